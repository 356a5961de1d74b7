"""The adapter and the emulated Bot API joined: what one writes the other reads."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.telegram import limits, wire
from fake_sinch.adapters import telegram_content as content
from fake_sinch.adapters.contract import Accepted, Rejected, RetryLater
from fake_sinch.adapters.telegram import ADAPTER
from fake_sinch.arrivals import Inbound, InboundEvent, InboundMessage, InboundOpt, InboundStatus
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, ChoicePart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential

CREDENTIAL = Credential("TELEGRAM", "telegram_credentials", {"token": "1:abc"}, "hook-secret")
ID = "01KAXZ0000000000000000MT01"
BOT = {"id": 99, "is_bot": True, "first_name": "Acme"}
CHAT = {"id": 5550001, "first_name": "Ann", "type": "private"}
UPDATES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "updates.json").read_bytes())


def sample(name: str) -> list[Inbound]:
    """What one of the samples of the emulated server tells."""
    return ADAPTER.parse_callback(orjson.dumps(UPDATES[name]), CREDENTIAL)


def test_every_sample_is_somebodys() -> None:
    """Whatever the server tells is about the person in the chat."""
    told = [found for name in UPDATES for found in sample(name)]
    assert len(told) == len(UPDATES) + 1
    assert {found.identity for found in told if not isinstance(found, InboundStatus)} == {"5550001"}


def test_samples_are_read_as_what_they_are() -> None:
    """A command opts in and is a text; a block opts out; a tap carries its postback; a photo its largest size."""
    opt, text = sample("command")
    assert isinstance(opt, InboundOpt)
    assert isinstance(text, InboundMessage)
    assert opt.opted_in
    (photo,) = sample("photo with a caption, as a reply")
    assert isinstance(photo, InboundMessage)
    assert photo.media is not None
    assert (photo.media.ref, photo.media.caption) == ("AgACAgIAAxkBAAM2", "Here")
    assert (photo.refers_to, photo.display_name) == (wire.message_key(5550001, 8), "Ann Lee")
    (tapped,) = sample("tapped inline button")
    assert isinstance(tapped, InboundMessage)
    assert (tapped.choice, tapped.refers_to) == ("pb:1", wire.message_key(5550001, 12))
    (blocked,) = sample("blocked")
    assert isinstance(blocked, InboundOpt)
    assert not blocked.opted_in
    (reaction,) = sample("reaction")
    assert isinstance(reaction, InboundEvent)


def test_acceptance_and_button() -> None:
    """The answer is read, and the button that the customer sees carries its postback back."""
    method, body = content.call(ChoicePart("Sure?", (Button("text_message", "Yes", "", "y"),)), "5550001", ID)
    keyboard = wire.parse_keyboard(body["reply_markup"])
    (button,) = keyboard.buttons
    assert (method, button.title, button.id) == ("sendMessage", "Yes", f"{ID}_y")
    parts = {"text": body["text"], "reply_markup": keyboard.inline}
    message = wire.render_message(7, BOT, CHAT, 1_760_000_000_000, parts, None)
    answer = Answer(200, {}, orjson.dumps({"ok": True, "result": message}))
    assert ADAPTER.read_answer(answer) == Accepted(wire.message_key(5550001, 7))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (limits.BLOCKED, ReasonCode.RECIPIENT_NOT_REACHABLE),
        (limits.NOT_STARTED, ReasonCode.RECIPIENT_NOT_OPTED_IN),
        (limits.TO_BOT, ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
        (limits.CHAT_NOT_FOUND, ReasonCode.RECIPIENT_NOT_REACHABLE),
        (limits.TEXT_TOO_LONG, ReasonCode.BAD_REQUEST),
        (limits.URL_FAILED, ReasonCode.MEDIA_NOT_REACHABLE),
        (limits.WRONG_IDENTIFIER, ReasonCode.MEDIA_NOT_REACHABLE),
        (limits.WRONG_REMOTE, ReasonCode.MEDIA_NOT_REACHABLE),
        (limits.URL_TYPE, ReasonCode.MEDIA_TYPE_UNSUPPORTED),
        (limits.FILE_TOO_BIG, ReasonCode.MEDIA_TOO_LARGE),
        (limits.TOO_LARGE, ReasonCode.MEDIA_TOO_LARGE),
        (limits.UNAUTHORIZED, ReasonCode.CHANNEL_BAD_CONFIGURATION),
    ],
)
def test_refusals(error: Any, code: ReasonCode) -> None:
    """Each error of the server has the gateway's nearest reason."""
    body = orjson.dumps(wire.render_error(error.status, error.text))
    verdict = ADAPTER.read_answer(Answer(error.status, {}, body))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is code


def test_a_flood_is_waited_out() -> None:
    """For as long as the server says."""
    body = orjson.dumps(wire.render_error(429, "Too Many Requests: retry after 3", 3))
    verdict = ADAPTER.read_answer(Answer(429, {"retry-after": "3"}, body))
    assert isinstance(verdict, RetryLater)
    assert verdict.after_s == 3.0
