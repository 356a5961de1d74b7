"""The adapter and the emulated Bot API joined: what one writes the other reads."""

from typing import Any

import orjson
import pytest

from fake_channels.core.handset import (
    Action,
    Block,
    Handset,
    OptIn,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
)
from fake_channels.telegram import CHANNEL
from fake_channels.tests.scene import Scene
from fake_sinch.adapters.contract import Accepted, Account, MediaFile, Rejected, VendorCall, Verdict
from fake_sinch.adapters.telegram import ADAPTER
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import Button, ChoicePart, LocationPart, Part, TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential

ID = "01KAXZ0000000000000000MT01"
BASE = "http://vendor.example"


class Joined:
    """A bot's server and the gateway that serves it."""

    def __init__(self) -> None:
        self.scene = Scene(CHANNEL)
        told = CHANNEL.credentials(self.scene.account)
        self.credential = Credential("TELEGRAM", "telegram_credentials", {"token": told["token"]}, told["secret_token"])
        self.account = Account(self.credential, BASE)
        self.customer: Handset = self.scene.enrol("Ada Lee")

    def ask(self, call: VendorCall) -> Answer:
        """Perform a call of the gateway."""
        path, headers = call.url.removeprefix(BASE), dict(call.headers)
        reply = self.scene.ask(call.method, path, body=call.body, headers=headers)
        return Answer(reply.status, {"content-type": reply.content_type}, reply.body)

    def send(self, part: Part) -> Verdict:
        """Send a part to the customer."""
        return ADAPTER.read_answer(self.ask(ADAPTER.render(part, self.customer.identity, self.account, {}, ID)))

    def heard(self, *actions: Action) -> list[Inbound]:
        """What the gateway hears when the customer acts."""
        self.scene.calls.clear()
        for action in actions:
            self.scene.act(self.customer, action)
        return [one for call in self.scene.calls for one in ADAPTER.parse_callback(call.body, self.credential)]


@pytest.fixture
def joined() -> Joined:
    """A customer has started the bot."""
    joined = Joined()
    opt, text = joined.heard(OptIn())
    assert isinstance(opt, InboundOpt)
    assert isinstance(text, InboundMessage)
    assert (opt.opted_in, opt.identity, opt.display_name) == (True, joined.customer.identity, "Ada Lee")
    return joined


def test_texts_and_places_arrive(joined: Joined) -> None:
    """And are accepted under the ids that they have on the screen."""
    for part in (TextPart("Hello"), LocationPart("Hotel", "Main St", "59.5", "18.25")):
        assert joined.send(part) == Accepted(joined.customer.screen[-1].id)
    assert joined.customer.screen[-2].text == "Hello"
    place = joined.customer.screen[-1].location
    assert place is not None
    assert (place.name, place.address, place.latitude) == ("Hotel", "Main St", 59.5)


def test_a_choice_comes_back_and_its_spinner_is_stopped(joined: Joined) -> None:
    """With the message it refers to, and its postback."""
    accepted = joined.send(ChoicePart("Sure?", (Button("text_message", "Yes", "", "y"),)))
    assert isinstance(accepted, Accepted)
    (tapped,) = joined.heard(Tap(item=joined.customer.screen[-1].id, button="Yes"))
    assert isinstance(tapped, InboundMessage)
    assert (tapped.choice, tapped.refers_to) == (f"{ID}_y", accepted.vendor_id)
    acknowledgement = ADAPTER.acknowledge(tapped, joined.account)
    assert acknowledgement is not None
    assert orjson.loads(joined.ask(acknowledgement).body) == {"ok": True, "result": True}


def test_a_file_is_fetched_by_way_of_its_path(joined: Joined) -> None:
    """With the type that the update told."""
    media = SendMedia(kind="document", data=b"%PDF-1.7", mime="application/pdf", name="a.pdf", caption="c")
    (message,) = joined.heard(media)
    assert isinstance(message, InboundMessage)
    assert isinstance(message.media, MediaRef)
    assert (message.media.filename, message.media.caption) == ("a.pdf", "c")
    found: Any = joined.ask(ADAPTER.fetch_media(message.media, joined.account))
    step = ADAPTER.read_media(0, message.media, found, joined.account)
    assert isinstance(step, VendorCall)
    file = ADAPTER.read_media(1, message.media, joined.ask(step), joined.account)
    assert file == MediaFile("application/pdf", b"%PDF-1.7")


def test_places_replies_and_polls_are_read(joined: Joined) -> None:
    """A quoted message by its id; what has no shape as unsupported."""
    joined.send(TextPart("Where?"))
    asked = joined.customer.screen[-1].id
    text, place, poll = joined.heard(
        SendText(text="here", reply_to=asked), SendLocation(latitude=1.5, longitude=2.5), SendUnsupported()
    )
    assert isinstance(text, InboundMessage)
    assert (text.refers_to, text.at) == (asked, joined.scene.now)
    assert isinstance(place, InboundMessage)
    assert place.content is not None
    assert place.content["location_message"]["coordinates"] == {"latitude": 1.5, "longitude": 2.5}
    assert isinstance(poll, InboundUnsupported)
    assert poll.identity == joined.customer.identity


def test_a_block_is_an_opt_out_and_refuses_sends(joined: Joined) -> None:
    """With the reason that is told."""
    (opt,) = joined.heard(Block())
    assert isinstance(opt, InboundOpt)
    assert not opt.opted_in
    verdict = joined.send(TextPart("x"))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is ReasonCode.RECIPIENT_NOT_REACHABLE


def test_who_has_not_started_is_not_opted_in(joined: Joined) -> None:
    """Another reason than a block."""
    joined.customer = joined.scene.enrol()
    verdict = joined.send(TextPart("x"))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is ReasonCode.RECIPIENT_NOT_OPTED_IN
