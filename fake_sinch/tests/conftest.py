"""Fixtures of the gateway's tests."""

import pytest

from fake_sinch import pipeline
from fake_sinch.effects import Effect
from fake_sinch.state import StoredMessage
from fake_sinch.tests.scene import Scene


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[StoredMessage]:
    """Return the messages that reach the pipeline; it does nothing with them."""
    seen: list[StoredMessage] = []

    def submit(_: object, message: StoredMessage, __: int) -> list[Effect]:
        seen.append(message)
        return []

    monkeypatch.setattr(pipeline, "submit", submit)
    return seen


@pytest.fixture
def scene(submitted: list[StoredMessage]) -> Scene:  # noqa: ARG001 - asked for because it cuts off the pipeline
    """Return a service in CONVERSATION mode whose pipeline does nothing."""
    return Scene()


@pytest.fixture
def dispatch(submitted: list[StoredMessage]) -> Scene:  # noqa: ARG001 - as above
    """Return a service in DISPATCH mode whose pipeline does nothing."""
    return Scene("DISPATCH")
