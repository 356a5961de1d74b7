"""Fixtures of the gateway's tests."""

from typing import Any

import pytest


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the messages that reach the pipeline; it does nothing with them."""
    from fake_sinch import sending  # noqa: PLC0415 - the pipeline is still being written

    seen: list[Any] = []

    def submit(_: object, message: Any, __: int) -> list[Any]:
        seen.append(message)
        return []

    monkeypatch.setattr(sending.pipeline, "submit", submit)
    return seen


@pytest.fixture
def scene(submitted: list[Any]) -> Any:  # noqa: ARG001 - asked for because it cuts off the pipeline
    """Return a service in CONVERSATION mode whose pipeline does nothing."""
    from fake_sinch.tests.scene import Scene  # noqa: PLC0415 - the pipeline is still being written

    return Scene()


@pytest.fixture
def dispatch(submitted: list[Any]) -> Any:  # noqa: ARG001 - as above
    """Return a service in DISPATCH mode whose pipeline does nothing."""
    from fake_sinch.tests.scene import Scene  # noqa: PLC0415 - the pipeline is still being written

    return Scene("DISPATCH")
