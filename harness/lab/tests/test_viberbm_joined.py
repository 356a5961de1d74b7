"""The adapter and the emulated Viber Business Messages joined: what one writes the other reads."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core.handset import Block, ComeBack, GoOffline, Read, SendMedia, SendText, Unblock
from fake_channels.viberbm import limits, wire
from fake_channels.viberbm.tests.calls import MP4, PDF, PNG, Business
from fake_sinch.adapters.contract import Accepted, Account, MediaFile, Rejected
from fake_sinch.adapters.viberbm import ADAPTER, REASONS
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, ChoicePart, MediaPart, Part, TemplatePart, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Request

SAMPLES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "callbacks.json").read_bytes())
ID = "01KAXZ0000000000000000MT01"


class Joined(Business):
    """The emulated service with the adapter in front of it and behind it."""

    @property
    def credential(self) -> Credential:
        """As an app has it."""
        return Credential("VIBERBM", "static_bearer", {"claimed_identity": str(self.account.service_id)})

    def sends(self, part: Part, to: str) -> Any:
        """What becomes of a part."""
        call = ADAPTER.render(part, to, Account(self.credential, ""), {}, ID)
        reply = self.ask(call.method, call.url, body=call.body, headers=dict(call.headers))
        return ADAPTER.read_answer(Answer(reply.status, reply.headers, reply.body))

    def hears(self) -> list[Inbound]:
        """What was told since the last time; all of it must be about this service."""
        calls, self.calls = [call for call in self.calls if call.method == "POST"], []
        assert all(ADAPTER.authenticate(Request("POST", "/", body=call.body), self.credential) for call in calls)
        return [found for call in calls for found in ADAPTER.parse_callback(call.body, self.credential)]


@pytest.fixture
def business() -> Joined:
    """Somebody with a service id who is called back."""
    return Joined()


def test_every_sample_is_read() -> None:
    """As a message, a receipt or consent."""
    for sample in SAMPLES.values():
        (found,) = ADAPTER.parse_callback(orjson.dumps(sample), Credential("VIBERBM", "", {}))
        assert isinstance(found, InboundMessage | InboundStatus | InboundOpt)


_LINK = Button("url_message", "Shop now", "https://a.example")
_CALL = Button("call_message", "Call us", "+15550100")
_PICTURE = MediaPart("https://f.example/a.png", "image/png")


@pytest.mark.parametrize(
    ("part", "kind", "buttons"),
    [
        (TextPart("hi"), "text", []),
        (_PICTURE, "image", []),
        (MediaPart("https://f.example/a.pdf", "application/pdf"), "document", []),
        (MediaPart("https://f.example/a.mp4", "video/mp4", thumbnail="https://f.example/t.jpg"), "video", []),
        (MediaPart("https://f.example/a.mp3", "audio/mpeg"), "text", []),
        (ChoicePart("Sale", (_LINK,)), "buttons", [("Shop now", "url")]),
        (ChoicePart("Sale", (_CALL,)), "buttons", [("Call us", "call")]),
        (ChoicePart("Sale", (_LINK,), _PICTURE), "image", [("Shop now", "url")]),
    ],
)
def test_parts_arrive_and_their_receipts_find_them(
    business: Joined, part: Part, kind: str, buttons: list[tuple[str, str]]
) -> None:
    """Accepted, delivered, read."""
    customer = business.enrol()
    business.page("https://f.example/a.png", PNG, "image/png")
    business.page("https://f.example/a.pdf", PDF, "application/pdf")
    business.page("https://f.example/a.mp4", MP4, "video/mp4")
    verdict = business.sends(part, customer.identity)
    assert isinstance(verdict, Accepted)
    business.act(customer, Read())
    told = [found for found in business.hears() if isinstance(found, InboundStatus)]
    assert [(found.vendor_id, found.status) for found in told] == [
        (verdict.vendor_id, "DELIVERED"),
        (verdict.vendor_id, "READ"),
    ]
    (item,) = customer.screen
    assert (item.kind, [(button.title, button.kind) for button in item.buttons]) == (kind, buttons)


def test_templates(business: Joined) -> None:
    """Filled in, or not found."""
    customer = business.enrol()
    order, _ = business.account.templates
    parameters = {"order": "7", "status": "here"}
    assert isinstance(business.sends(TemplatePart(order, "en", parameters), customer.identity), Accepted)
    assert customer.screen[0].text == "Order 7 is now here."
    verdict = business.sends(TemplatePart("other", "en", {}), customer.identity)
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is ReasonCode.TEMPLATE_NOT_FOUND


def test_refusals_have_the_nearest_reason(business: Joined) -> None:
    """Strangers and blocks; no status is taken for acceptance."""
    customer = business.enrol()
    business.act(customer, Block())
    for to, error in (("15550000000", limits.NOT_A_USER), (customer.identity, limits.USER_BLOCKED)):
        verdict = business.sends(TextPart("x"), to)
        assert isinstance(verdict, Rejected)
        assert verdict.reason.code is REASONS[error.code]  # type: ignore[index]
    for error in limits.ERRORS:
        answer = Answer(error.status, {}, orjson.dumps(wire.render_error(error)))
        assert not isinstance(ADAPTER.read_answer(answer), Accepted)


def test_what_a_person_does_is_heard(business: Joined) -> None:
    """Words, a file that can be fetched, consent, and silence beyond the time to live."""
    customer = business.enrol()
    business.act(customer, SendText(text="Hi"))
    business.act(customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png", caption="Look"))
    business.act(customer, Block())
    business.act(customer, Unblock())
    text, picture, blocked, unblocked = business.hears()
    assert isinstance(text, InboundMessage)
    assert isinstance(picture, InboundMessage)
    assert isinstance(blocked, InboundOpt)
    assert isinstance(unblocked, InboundOpt)
    assert (text.content, text.identity) == ({"text_message": {"text": "Hi"}}, customer.identity)
    assert picture.media is not None
    reply = business.download(ADAPTER.fetch_media(picture.media, Account(business.credential, "")).url)
    answer = Answer(reply.status, {"content-type": reply.content_type}, reply.body)
    found = ADAPTER.read_media(0, picture.media, answer, Account(business.credential, ""))
    assert found == MediaFile("image/png", PNG)
    assert (blocked.opted_in, unblocked.opted_in) == (False, True)


def test_a_message_that_expires_has_timed_out(business: Joined) -> None:
    """It never reaches the phone."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    business.sends(TextPart("late"), customer.identity)
    business.advance(limits.TTL_MAX_S * 1_000)
    business.act(customer, ComeBack())
    (told,) = business.hears()
    assert isinstance(told, InboundStatus)
    assert told.reason is not None
    assert (told.reason.code, customer.screen) == (ReasonCode.DELIVERY_TIMED_OUT, [])
