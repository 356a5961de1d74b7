"""Instagram's wire: what it adds to a send, and what its webhooks tell."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.instagram import wire
from fake_sinch.adapters.contract import Account
from fake_sinch.adapters.instagram import ADAPTER
from fake_sinch.arrivals import (
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundStatus,
    InboundUnsupported,
    MediaRef,
)
from fake_sinch.parts import TextPart
from fake_sinch.state import Credential

IGID = "109876543210987"
CREDENTIAL = Credential("INSTAGRAM", "instagram_credentials", {"token": "T", "business_account_id": IGID}, "secret")
ACCOUNT = Account(CREDENTIAL, "http://graph.test")
ID = "01KAXZ0000000000000000MT01"
IGSID, AT = "1234567890123456", 1_458_692_752_478
SAMPLES: dict[str, Any] = orjson.loads((Path(wire.__file__).parent / "samples" / "webhooks.json").read_bytes())


def sample(name: str) -> list[Inbound]:
    """What one of the samples of the emulated server tells."""
    return ADAPTER.parse_callback(orjson.dumps(SAMPLES[name]), CREDENTIAL)


def only(name: str) -> InboundMessage:
    """The one message of a sample."""
    (found,) = sample(name)
    assert isinstance(found, InboundMessage)
    assert (found.identity, found.at) == (IGSID, AT)
    return found


def parse(**event: Any) -> list[Inbound]:
    """What an event of the person tells."""
    whole = {"sender": {"id": IGSID}, "recipient": {"id": IGID}, "timestamp": AT, **event}
    body = {"object": "instagram", "entry": [{"id": IGID, "time": AT, "messaging": [whole]}]}
    return ADAPTER.parse_callback(orjson.dumps(body), CREDENTIAL)


@pytest.mark.parametrize(
    ("properties", "told"),
    [({}, {}), ({"INSTAGRAM_MESSAGE_TAG": "HUMAN_AGENT"}, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})],
)
def test_a_text_goes_to_the_accounts_messages(properties: dict[str, str], told: dict[str, str]) -> None:
    """With a tag only when it is asked for."""
    call = ADAPTER.render(TextPart("hi"), IGSID, ACCOUNT, properties, ID)
    assert call.url == "http://graph.test/v23.0/me/messages"
    body = orjson.loads(call.body)
    assert body == {"recipient": {"id": IGSID}, "message": {"text": "hi"}, **told}
    assert wire.SEND["text"].accepts(body)


def test_texts_and_taps() -> None:
    """A quick reply and a card's button are choices, an ice breaker is a text."""
    assert only("text").content == {"text_message": {"text": "hello"}}
    assert only("reply").refers_to == "aWdfZAG0faXRl"
    assert only("quick reply").choice == "RED"
    assert only("ice breaker").content == {"text_message": {"text": "Where are you?"}}
    (tapped,) = parse(postback={"mid": "aWdf1", "title": "Yes", "payload": f"{ID}_y"})
    assert isinstance(tapped, InboundMessage)
    assert tapped.choice == f"{ID}_y"


def test_files_stories_and_shares_are_media() -> None:
    """A story's answer has its words as the caption; several files are several messages."""
    first, second = sample("several files")
    assert isinstance(first, InboundMessage)
    assert isinstance(second, InboundMessage)
    assert second.vendor_id == f"{first.vendor_id}#1"
    for name in ("voice", "share", "story mention"):
        assert only(name).media is not None
    assert only("story reply").media == MediaRef("https://lookaside.fbsbx.com/a", caption="Nice")
    (lost,) = parse(message={"mid": "aWdf1", "text": "Nice", "reply_to": {"story": {"id": "1"}}})
    assert isinstance(lost, InboundMessage)
    assert lost.content == {"text_message": {"text": "Nice"}}


@pytest.mark.parametrize("name", ["heart", "seen once", "unsent", "unsupported", "edit"])
def test_the_rest_is_unsupported(name: str) -> None:
    """As the vendor says of all other kinds."""
    (found,) = sample(name)
    assert isinstance(found, InboundUnsupported)
    assert found.identity == IGSID


def test_an_unsent_message_is_not_taken_for_a_repeat() -> None:
    """Its id is the message's own and more."""
    (message,), (unsent,), (edit,) = sample("text"), sample("unsent"), sample("edit")
    ids = {one.vendor_id for one in (message, unsent, edit) if isinstance(one, InboundMessage | InboundUnsupported)}
    assert len(ids) == 3


def test_reads_reactions_and_links() -> None:
    """A read is a message's; echoes tell nothing."""
    (read,) = sample("read")
    assert read == InboundStatus("aWdfZAG1faXRlbToxOjE3ODQxNDA", "READ", AT)
    (reaction,) = sample("reaction")
    assert isinstance(reaction, InboundEvent)
    referral, message = sample("from a link")
    assert isinstance(referral, InboundEvent)
    assert referral.content["shortlink_activated_event"]["ref"] == "summer"
    assert isinstance(message, InboundMessage)
    (alone,) = sample("referral")
    assert isinstance(alone, InboundEvent)
    assert sample("echo") == []


def test_another_accounts_events_are_not_ours() -> None:
    """By the account's id."""
    stranger = Credential("INSTAGRAM", "instagram_credentials", {"token": "T", "business_account_id": "42"})
    assert ADAPTER.parse_callback(orjson.dumps(SAMPLES["text"]), stranger) == []
