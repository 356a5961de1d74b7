"""The adapter and the emulated Messaging API joined: what one writes the other reads."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer as Fetched
from fake_channels.core.handset import (
    Block,
    Handset,
    OptIn,
    SendLocation,
    SendMedia,
    SendText,
    Tap,
)
from fake_channels.line import limits, wire
from fake_channels.line.tests.calls import JPEG, MP3, MP4, PDF, Owner, shown
from fake_sinch.adapters.contract import Accepted, Account, MediaFile, Rejected, RetryLater
from fake_sinch.adapters.line import ADAPTER
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundUnsupported
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, CarouselPart, ChoicePart, LocationPart, MediaPart, Part, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

ID = "01KAXZ0000000000000000MT01"
SAMPLES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "webhooks.json").read_bytes())
YES = Button("text_message", "Yes", postback="y")


class Joined(Owner):
    """The emulated account with the adapter in front of it and behind it."""

    @property
    def outer(self) -> Account:
        """The account as an app has it."""
        secret = {"token": self.account.access_token, "secret": self.account.channel_secret}
        return Account(Credential("LINE", "line_credentials", secret, ""), "")

    def sends(self, part: Part, to: str) -> Any:
        """What becomes of a part."""
        call = ADAPTER.render(part, to, self.outer, {}, ID)
        reply = self.ask(call.method, call.url, body=call.body, headers=dict(call.headers))
        return ADAPTER.read_answer(Answer(reply.status, reply.headers, reply.body))

    def hears(self) -> list[Inbound]:
        """What was told since the last time; all of it must be genuine."""
        calls, self.calls = [call for call in self.calls if call.method == "POST"], []
        found: list[Inbound] = []
        for call in calls:
            headers = Headers({name.lower(): value for name, value in call.headers.items()})
            request = Request("POST", "/", body=call.body, headers=headers)
            assert ADAPTER.authenticate(request, self.outer.credential)
            found += ADAPTER.parse_callback(call.body, self.outer.credential)
        return found


@pytest.fixture
def joined() -> Joined:
    """Somebody who holds a token, with a webhook."""
    joined = Joined()
    for name, mime, data in (("a.jpg", "image/jpeg", JPEG), ("a.mp4", "video/mp4", MP4), ("a.mp3", "audio/mpeg", MP3)):
        joined.pages[f"https://f.example/{name}"] = Fetched(200, {"content-type": mime}, data)
    return joined


def test_every_sample_is_read() -> None:
    """The check of a webhook alone tells nothing."""
    credential = Credential("LINE", "", {})
    told = {name: ADAPTER.parse_callback(orjson.dumps(one["body"]), credential) for name, one in SAMPLES.items()}
    assert {name for name, found in told.items() if not found} == {"verification"}


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        (TextPart("hi"), ["text"]),
        (MediaPart("https://f.example/a.jpg", "image/jpeg", "Look"), ["image", "text"]),
        (MediaPart("https://f.example/a.mp4", "video/mp4"), ["video"]),
        (MediaPart("https://f.example/a.mp3", "audio/mpeg"), ["audio"]),
        (MediaPart("https://f.example/a.pdf", "application/pdf"), ["text"]),
        (LocationPart("Home", "", "1.5", "2.5"), ["location"]),
        (ChoicePart("Sure?", (YES,)), ["buttons"]),
        (ChoicePart("Sure?", (YES,) * 13), ["buttons"]),
        (ChoicePart("", (YES,), MediaPart("https://f.example/a.jpg", "image/jpeg"), title="Card"), ["card"]),
        (ChoicePart("", (), title="Card"), ["card"]),
        (CarouselPart((ChoicePart("", (YES,), title="A"), ChoicePart("", (), title="B")), (YES,)), ["carousel"]),
    ],
)
def test_parts_arrive(joined: Joined, part: Part, kinds: list[str]) -> None:
    """Accepted under the first message's id, with their files, and once however often they are tried."""
    friend = joined.friend()
    verdict = joined.sends(part, friend.identity)
    assert isinstance(verdict, Accepted)
    assert joined.sends(part, friend.identity) == verdict
    assert [item.kind for item in shown(friend)] == kinds
    assert shown(friend)[0].id == verdict.vendor_id
    assert [item.problem for item in shown(friend)] == [""] * len(kinds)


def test_a_tap_carries_its_postback_back(joined: Joined) -> None:
    """With the message that it belongs to."""
    friend = joined.friend()
    verdict = joined.sends(ChoicePart("Sure?", (YES,)), friend.identity)
    joined.act(friend, Tap(item=verdict.vendor_id, button="Yes"))
    (tapped,) = joined.hears()
    assert isinstance(tapped, InboundMessage)
    assert tapped.choice == f"{ID}_y"


def test_refusals_have_the_nearest_reason(joined: Joined) -> None:
    """Nobody, the monthly limit, too many requests, a wrong token, and every error of the table."""
    friend = joined.friend()
    nobody = joined.sends(TextPart("x"), "U" + "0" * 32)
    assert isinstance(nobody, Rejected)
    assert nobody.reason.code is ReasonCode.RECIPIENT_NOT_REACHABLE
    joined.component.change_settings({"quota": 0})
    spent = joined.sends(TextPart("x"), friend.identity)
    assert isinstance(spent, Rejected)
    assert spent.reason.code is ReasonCode.CHANNEL_REJECT
    for error in limits.ERRORS:
        verdict = ADAPTER.read_answer(Answer(error.status, {}, orjson.dumps(wire.render_error(error.text))))
        assert isinstance(verdict, RetryLater if error in {limits.RATE_LIMIT, limits.INTERNAL} else Rejected)


def test_what_a_person_does_is_heard(joined: Joined) -> None:
    """Consent, words, a place, and files that can be fetched."""
    customer: Handset = joined.enrol("Ada")
    for action in (OptIn(), SendText(text="Hi"), SendLocation(latitude=1.5, longitude=2, name="Home"), Block()):
        joined.act(customer, action)
    opted, text, place, gone = joined.hears()
    assert isinstance(opted, InboundOpt)
    assert isinstance(text, InboundMessage)
    assert isinstance(place, InboundMessage)
    assert isinstance(gone, InboundOpt)
    assert (opted.opted_in, gone.opted_in) == (True, False)
    assert text.content == {"text_message": {"text": "Hi"}}
    assert place.content["location_message"]["title"] == "Home"


@pytest.mark.parametrize(
    ("kind", "mime", "data"),
    [
        ("image", "image/jpeg", JPEG),
        ("video", "video/mp4", MP4),
        ("audio", "audio/mpeg", MP3),
        ("document", "application/pdf", PDF),
    ],
)
def test_a_customers_file_is_fetched(joined: Joined, kind: Any, mime: str, data: bytes) -> None:
    """By its message's id, with the token."""
    friend = joined.friend()
    joined.act(friend, SendMedia(kind=kind, mime=mime, data=data, name="a"))
    (message,) = joined.hears()
    assert isinstance(message, InboundMessage)
    assert message.media is not None
    call = ADAPTER.fetch_media(message.media, joined.outer)
    reply = joined.ask(call.method, call.url, headers=dict(call.headers))
    answer = Answer(reply.status, {"content-type": reply.content_type}, reply.body)
    assert ADAPTER.read_media(0, message.media, answer, joined.outer) == MediaFile(mime, data)


def test_a_sticker_has_no_shape(joined: Joined) -> None:
    """It is told as unsupported."""
    joined.act(joined.friend(), SendMedia(kind="sticker", mime="image/png", data=b"", name=""))
    (found,) = joined.hears()
    assert isinstance(found, InboundUnsupported)
