"""Steps about callbacks that are made by hand: metadata, forgeries, repetitions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pytest_bdd import given, parsers, then, when

from features.scene import Scene, column
from harness.callbacks import message_inbound
from harness.outcomes import expect

ACCEPTED = range(200, 300)


def _document(scene: Scene, text: str, *, metadata: str = "", message_metadata: str = "") -> dict[str, Any]:
    stage = scene.stage
    return message_inbound(
        stage.callback_sender(scene.person),
        stage.made_up("message", stage.serial()),
        stage.now,
        text,
        metadata=metadata,
        message_metadata=message_metadata,
    )


def _arrive(scene: Scene, document: dict[str, Any], secret: str | None) -> None:
    scene.callback_status = scene.stage.post_callback(document, secret)


def _secret(scene: Scene) -> str:
    return scene.stage.open().sinch.webhook.secret


@given("an earlier message with the metadata:")
def earlier_with_metadata(scene: Scene, docstring: str) -> None:
    """Let the customer's chat have been opened by a message with metadata."""
    _arrive(scene, _document(scene, "Earlier", metadata=docstring), _secret(scene))
    was_accepted(scene)


@when("a message arrives with the metadata:")
def arrives_with_metadata(scene: Scene, docstring: str) -> None:
    """Let a message arrive whose `metadata` is this text."""
    scene.take_stock()
    _arrive(scene, _document(scene, "With metadata", metadata=docstring), _secret(scene))


@when("a message arrives with the message metadata:")
def arrives_with_message_metadata(scene: Scene, docstring: str) -> None:
    """Let a message arrive whose callback has this `message_metadata` and whose message has none."""
    scene.take_stock()
    _arrive(scene, _document(scene, "With metadata", message_metadata=docstring), _secret(scene))


@when(parsers.parse("a message arrives with the metadata {metadata} and the message metadata {other}"))
def arrives_with_both(scene: Scene, metadata: str, other: str) -> None:
    """Let a message arrive with both kinds of metadata."""
    scene.take_stock()
    document = _document(scene, "With metadata", metadata=metadata, message_metadata=other)
    _arrive(scene, document, _secret(scene))


@when("a callback with a wrong signature arrives")
def arrives_forged(scene: Scene) -> None:
    """Let somebody without the secret post a message."""
    scene.take_stock()
    _arrive(scene, _document(scene, "Forged"), _secret(scene) + "x")


@when("a callback without a signature arrives")
def arrives_unsigned(scene: Scene) -> None:
    """Let somebody post a message unsigned."""
    scene.take_stock()
    _arrive(scene, _document(scene, "Forged"), None)


@when("these messages arrive in reverse order:")
def arrive_reversed(scene: Scene, datatable: list[list[str]]) -> None:
    """Let messages that were accepted a second apart be delivered last first."""
    scene.take_stock()
    stage, texts = scene.stage, column(datatable)
    stage.open()
    sender = stage.callback_sender(scene.person)
    for age, text in enumerate(reversed(texts), 1):
        accepted = stage.now - dt.timedelta(seconds=age)
        document = message_inbound(sender, stage.made_up("message", stage.serial()), accepted, text)
        _arrive(scene, document, _secret(scene))


@then(parsers.parse("the callback is refused with {status:d}"))
def was_refused(scene: Scene, status: int) -> None:
    """Expect this status as the answer to the callback."""
    expect(
        scene.callback_status == status,
        f"the callback should be answered {status} and was answered {scene.callback_status}",
    )


@then("the callback is accepted")
def was_accepted(scene: Scene) -> None:
    """Expect a 2xx as the answer to the callback."""
    expect(
        scene.callback_status in ACCEPTED,
        f"the callback should be accepted and was answered {scene.callback_status}",
    )
