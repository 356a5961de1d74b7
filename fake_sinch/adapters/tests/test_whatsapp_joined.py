"""The adapter and the emulated Cloud API joined: what one writes the other reads."""

from typing import Any

import orjson
import pytest

from fake_channels.whatsapp import limits, wire
from fake_sinch.adapters.contract import Accepted
from fake_sinch.adapters.whatsapp import ADAPTER
from fake_sinch.adapters.whatsapp_content import body
from fake_sinch.arrivals import InboundMessage, InboundStatus
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, ChoicePart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential

CREDENTIAL = Credential("WHATSAPP", "static_bearer", {"claimed_identity": "1065", "token": "T"})
SENDER = wire.Sender("WABA", "1065", "15550783881", "16505551234", "US.1", "Ada")
NOW = 1_790_000_000_000
ID = "01KAXZ0000000000000000MT01"


def test_message() -> None:
    """A customer's text arrives with sender, name, time and quote."""
    content = {"type": "text", "text": {"body": "hi"}}
    told = wire.render_inbound(SENDER, "wamid.A", NOW, content, {"from": "1", "id": "wamid.MT"})
    (found,) = ADAPTER.parse_callback(orjson.dumps(told), CREDENTIAL)
    assert isinstance(found, InboundMessage)
    assert (found.vendor_id, found.identity, found.display_name, found.at) == ("wamid.A", "16505551234", "Ada", NOW)
    assert found.refers_to == "wamid.MT"
    assert found.content == {"text_message": {"text": "hi"}}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (limits.WINDOW_CLOSED, ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW),
        (limits.UNDELIVERABLE, ReasonCode.RECIPIENT_NOT_REACHABLE),
        (limits.MEDIA_UPLOAD, ReasonCode.MEDIA_NOT_REACHABLE),
    ],
)
def test_failure(error: Any, code: ReasonCode) -> None:
    """What fails late arrives as FAILED with its reason."""
    told = wire.render_status(SENDER, "wamid.MT", NOW, "failed", error=error, details="http code 404")
    (found,) = ADAPTER.parse_callback(orjson.dumps(told), CREDENTIAL)
    assert isinstance(found, InboundStatus)
    assert (found.status, found.reason.code if found.reason else None) == ("FAILED", code)


def test_acceptance_and_button() -> None:
    """The acceptance is read, and the button the customer sees carries its payload back."""
    part = ChoicePart("Sure?", (Button("text_message", "Yes", "", "y"),))
    sending = wire.parse_send(orjson.loads(orjson.dumps(body(part, "+16505551234", ID))))
    (button,) = sending.item.buttons
    assert (button.title, button.id) == ("Yes", f"{ID}_y")
    answer = Answer(200, {}, orjson.dumps(wire.render_accepted(sending, "wamid.MT")))
    assert ADAPTER.read_answer(answer) == Accepted("wamid.MT")
