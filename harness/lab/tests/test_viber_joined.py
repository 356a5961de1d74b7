"""The adapter and the emulated bot API joined: what one writes the other reads."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core.handset import OptIn, Read, SendMedia, SendText
from fake_channels.viber import limits, wire
from fake_channels.viber.tests.calls import PNG, Bot
from fake_sinch.adapters.contract import Accepted, Account, MediaFile, Rejected
from fake_sinch.adapters.viber import ADAPTER, REASONS
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus
from fake_sinch.effects import Answer
from fake_sinch.parts import LocationPart, MediaPart, Part, TextPart
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

SAMPLES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "callbacks.json").read_bytes())


class Joined(Bot):
    """The emulated bot with the adapter in front of it and behind it."""

    @property
    def credential(self) -> Credential:
        """As an app has it."""
        return Credential("VIBER", "static_token", {"token": self.account.token}, self.account.token)

    def sends(self, part: Part, to: str) -> Any:
        """What becomes of a part."""
        call = ADAPTER.render(part, to, Account(self.credential, ""), {}, "01KAXZ0000000000000000MT01")
        reply = self.ask(call.method, call.url, body=call.body, headers=dict(call.headers))
        return ADAPTER.read_answer(Answer(reply.status, reply.headers, reply.body))

    def hears(self) -> list[Inbound]:
        """What was told since the last time; all of it must be genuine."""
        calls, self.calls = [call for call in self.calls if call.method == "POST"], []
        found: list[Inbound] = []
        for call in calls:
            headers = Headers({name.lower(): value for name, value in call.headers.items()})
            assert ADAPTER.authenticate(Request("POST", "/", body=call.body, headers=headers), self.credential)
            found += ADAPTER.parse_callback(call.body, self.credential)
        return found


@pytest.fixture
def bot() -> Joined:
    """Somebody who holds a token, with a webhook."""
    return Joined()


def test_every_sample_is_read() -> None:
    """Those that mean nothing here aside."""
    told = {name: ADAPTER.parse_callback(orjson.dumps(SAMPLES[name]), Credential("VIBER", "", {})) for name in SAMPLES}
    assert {name for name, found in told.items() if not found} == {"webhook", "conversation_started"}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (TextPart("hi"), "text"),
        (MediaPart("https://f.example/a.png", "image/png"), "image"),
        (MediaPart("https://f.example/a.pdf", "application/pdf"), "document"),
        (LocationPart("", "", "1.5", "2.5"), "location"),
    ],
)
def test_parts_arrive_and_their_receipts_find_them(bot: Joined, part: Part, kind: str) -> None:
    """Accepted, delivered, read."""
    customer = bot.subscriber()
    bot.page("https://f.example/a.png", PNG, "image/png")
    bot.page("https://f.example/a.pdf", b"%PDF-1.7", "application/pdf")
    verdict = bot.sends(part, customer.identity)
    assert isinstance(verdict, Accepted)
    bot.act(customer, Read())
    told = [found for found in bot.hears() if isinstance(found, InboundStatus)]
    assert [(found.vendor_id, found.status) for found in told] == [
        (verdict.vendor_id, "DELIVERED"),
        (verdict.vendor_id, "READ"),
    ]
    assert [item.kind for item in customer.screen] == [kind]


def test_refusals_have_the_nearest_reason(bot: Joined) -> None:
    """Each status of the table that is about the receiver or the bot."""
    verdict = bot.sends(TextPart("x"), bot.enrol().identity)
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is REASONS[limits.NOT_SUBSCRIBED.code]  # type: ignore[index]
    for error in limits.ERRORS:
        answer = Answer(200, {}, orjson.dumps(wire.render_error(error)))
        assert not isinstance(ADAPTER.read_answer(answer), Accepted)


def test_what_a_person_does_is_heard(bot: Joined) -> None:
    """Consent, words, and a file that can be fetched."""
    customer = bot.enrol("Ada")
    bot.act(customer, OptIn())
    bot.act(customer, SendText(text="Hi"))
    bot.act(customer, SendMedia(kind="image", data=PNG, mime="image/png", name="a.png", caption="Look"))
    opted, text, picture = bot.hears()
    assert isinstance(opted, InboundOpt)
    assert isinstance(text, InboundMessage)
    assert isinstance(picture, InboundMessage)
    assert (opted.opted_in, text.content, text.display_name) == (True, {"text_message": {"text": "Hi"}}, "Ada")
    assert picture.media is not None
    assert (picture.media.filename, picture.media.caption) == ("a.png", "Look")
    call = ADAPTER.fetch_media(picture.media, Account(bot.credential, ""))
    reply = bot.download(call.url)
    answer = Answer(reply.status, {"content-type": reply.content_type}, reply.body)
    found = ADAPTER.read_media(0, picture.media, answer, Account(bot.credential, ""))
    assert found == MediaFile("image/png", PNG)
