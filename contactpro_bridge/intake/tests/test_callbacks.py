"""Callbacks, parsed: every trigger the bridge knows, and whatever else the vendor or a stranger may send."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactpro_bridge.chats.attached import OWN_KEY
from contactpro_bridge.intake.callbacks import (
    Callback,
    ContactGone,
    ContactSeen,
    ConversationEnded,
    InboundEvent,
    InboundMessage,
    Malformed,
    OptChange,
    Unknown,
    parse_callback,
)
from contactpro_bridge.outbound.receipts import Receipt
from contactpro_bridge.tests.stage import CONTACT, CONVERSATION, PHONE, inbound, receipt, start_us

ENTRY = "0123456789ABCDEF0123456789ABCDEF"


def parse(callback: Any) -> Callback:
    """Parse a callback given as an object."""
    return parse_callback(orjson.dumps(callback))


def message(content: Any = "Hello", **parts: Any) -> InboundMessage:
    """Parse a customer's message."""
    event = parse(inbound(content, **parts)).event
    assert isinstance(event, InboundMessage)
    return event


def test_a_message_says_who_wrote_what_and_when() -> None:
    """The fields of MESSAGE_INBOUND that chats need."""
    found = message("Hello", metadata="m", message_metadata="mm")
    assert (found.channel, found.identity, found.contact_id) == ("WHATSAPP", PHONE, CONTACT)
    assert (found.conversation_id, found.accept_us) == (CONVERSATION, start_us())
    assert (found.content.kind, found.content.text) == ("text", "Hello")
    assert (found.metadata, found.message_metadata, found.dispatch) == ("m", "mm", False)


CARD = {"name": {"full_name": "A"}, "phone_numbers": [{"phone_number": "1"}, 7]}


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"media_message": {"url": "https://a.example/f", "filename_override": "f.pdf"}}, "media", None),
        ({"media_card_message": {"url": "https://a.example/f", "caption": "Look"}}, "media", "Look"),
        ({"media_message": {"url": ""}}, "unsupported", "A file without an address."),
        ({"location_message": {"title": "Home", "coordinates": {"latitude": 1, "longitude": 2}}}, "location", "Home"),
        ({"location_message": {"coordinates": {"latitude": True, "longitude": 2}}}, "unsupported", None),
        ({"location_message": {"coordinates": {"latitude": 1e300, "longitude": 2}}}, "unsupported", None),
        ({"location_message": {"title": "Nowhere"}}, "unsupported", "A location without coordinates."),
        ({"choice_response_message": {"message_id": "M", "postback_data": "yes"}}, "choice_response", "yes"),
        ({"contact_info_message": CARD}, "contact", "A 1"),
        ({"fallback_message": {"reason": {"description": "Why"}}}, "unsupported", "Why"),
        ({"fallback_message": {"raw_message": "raw"}}, "unsupported", "raw"),
        ({"product_response_message": {}}, "unsupported", "Content that cannot be shown: product_response_message"),
        ({}, "unsupported", "Content that cannot be shown: nothing"),
    ],
    ids=str,
)
def test_every_kind_of_content_is_shown_somehow(content: Any, kind: str, text: str | None) -> None:
    """What the bridge does not know is an entry of its own kind, never a lost message."""
    found = message(content).content
    assert found.kind == kind
    assert text is None or found.text == text


@pytest.mark.parametrize("digits", [b"1" + b"0" * 400, b"1e999"])
def test_a_number_beyond_all_bounds_costs_no_message(digits: bytes) -> None:
    """Such a location is unsupported content; it could not be written as JSON again."""
    body = orjson.dumps(inbound({"location_message": {"coordinates": {"latitude": 7, "longitude": 2}}}))
    event = parse_callback(body.replace(b'"latitude":7', b'"latitude":' + digits)).event
    assert isinstance(event, InboundMessage)
    assert event.content.kind == "unsupported"


def test_a_file_name_is_made_safe() -> None:
    """The customer chose it."""
    content = message({"media_message": {"url": "https://a.example", "filename_override": "../../etc/passwd"}}).content
    assert "/" not in content.media_name


def test_a_reply_says_to_what() -> None:
    """Quoting is shown for the channels that have it."""
    assert message({"text_message": {"text": "x"}, "reply_to": {"message_id": "M1"}}).reply_to == "M1"


@pytest.mark.parametrize("time", ["", "yesterday", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_that_cannot_be_used_falls_back_to_the_envelope(time: str) -> None:
    """A message is never lost, and never poisons a transcript, for its time."""
    assert message("x", accept_time=time).accept_us == start_us()


def test_dispatch_mode_is_noticed() -> None:
    """The app should be in conversation mode; messages are taken all the same."""
    found = message("x", processing_mode="DISPATCH", contact_id="", conversation_id="")
    assert (found.dispatch, found.contact_id) == (True, "")


def test_lone_surrogates_and_nul_do_not_reach_the_store() -> None:
    """JSON can spell what neither UTF-8 nor a database can hold."""
    body = orjson.dumps(inbound("PLACE")).replace(b"PLACE", b"a\\ud800b\\u0000c")
    event = parse_callback(body).event
    assert isinstance(event, InboundMessage)
    assert event.content.text == "a?b\ufffdc"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff{}", b'{"a":"\xff"}', b"[]", b"7", b'"x"', b"NaN", b"[" * 100_000])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    """The only bodies that are refused for their content."""
    with pytest.raises(Malformed):
        parse_callback(body)


TRIGGERS = ["message", "event", "message_delivery_report", "contact_create_notification", "x_report"]
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(TRIGGERS), ANYTHING))
def test_no_object_makes_the_parser_raise(callback: dict[str, Any]) -> None:
    """Whatever the vendor adds, it is parsed or kept."""
    try:
        body = orjson.dumps(callback)
    except TypeError:
        return
    assert len(parse_callback(body).dedup_key) <= 255


@pytest.mark.parametrize(
    ("field", "size"),
    [("id", 129), ("contact_id", 65), ("conversation_id", 65)],
)
def test_an_id_the_store_has_no_room_for_is_kept_raw(field: str, size: int) -> None:
    """Refusing it would make the vendor deliver it for a day."""
    callback = inbound()
    callback["message"][field] = "x" * size
    assert isinstance(parse(callback).event, Unknown)
    callback["message"][field] = "x" * (size - 1)
    assert isinstance(parse(callback).event, InboundMessage)


@pytest.mark.parametrize("changes", [{"id": ""}, {"channel_identity": {}}, {"direction": "TO_CONTACT"}])
def test_an_unusable_message_is_kept_raw(changes: dict[str, Any]) -> None:
    """Without an id, a sender, or from ourselves, it belongs in no chat."""
    assert isinstance(parse(inbound("x", **changes)).event, Unknown)


def test_the_same_message_has_the_same_key_whatever_surrounds_it() -> None:
    """A repeated delivery is known by the message id."""
    one = inbound("x")
    other = {**one, "accepted_time": "2026-02-02T00:00:00Z", "correlation_id": "new"}
    assert parse(one).dedup_key == parse(other).dedup_key
    assert parse(one).dedup_key != parse(inbound("x")).dedup_key


def test_a_receipt_says_which_message_and_why_it_failed() -> None:
    """MESSAGE_DELIVERY with its reason, and our entry id from its metadata."""
    reason = {"code": "RECIPIENT_NOT_REACHABLE", "description": "Phone off"}
    metadata = orjson.dumps({OWN_KEY: ENTRY}).decode()
    event = parse(receipt("MT1", "FAILED", reason=reason, metadata=metadata)).event
    assert isinstance(event, Receipt)
    assert (event.message_id, event.status, event.code) == ("MT1", "FAILED", "RECIPIENT_NOT_REACHABLE")
    assert (event.description, event.entry_id) == ("Phone off", ENTRY)


def test_two_statuses_of_one_message_are_two_callbacks() -> None:
    """Idempotent on id and status."""
    assert parse(receipt("MT1", "READ")).dedup_key != parse(receipt("MT1", "DELIVERED")).dedup_key


@pytest.mark.parametrize(
    ("callback", "event"),
    [
        (
            {"conversation_stop_notification": {"conversation": {"id": "C", "app_id": "A", "contact_id": "K"}}},
            ConversationEnded("C", "A", "K"),
        ),
        ({"conversation_delete_notification": {"conversation": {"id": "C"}}}, ConversationEnded("C", "", "")),
        (
            {"event": {"id": "E", "conversation_id": "C", "contact_event": {"conversation_deleted_event": {}}}},
            ConversationEnded("C", "", ""),
        ),
        ({"contact_create_notification": {"contact": {"id": "K", "display_name": " N "}}}, ContactSeen("K", "N")),
        ({"contact_update_notification": {"contact": {"id": "K", "display_name": "Unknown"}}}, ContactSeen("K", None)),
        ({"contact_delete_notification": {"contact": {"id": "K"}}}, ContactGone("K", "")),
        (
            {"contact_merge_notification": {"preserved_contact": {"id": "P"}, "deleted_contact": {"id": "D"}}},
            ContactGone("D", "P"),
        ),
        (
            {"opt_in_notification": {"channel": "WHATSAPP", "identity": "1", "status": "OPT_IN_SUCCEEDED"}},
            OptChange("WHATSAPP", "1", "", opted_in=True),
        ),
        (
            {"opt_out_notification": {"channel": "WHATSAPP", "identity": "1", "status": "OPT_OUT_SUCCEEDED"}},
            OptChange("WHATSAPP", "1", "", opted_in=False),
        ),
        ({"opt_in_notification": {"channel": "WHATSAPP", "identity": "1", "status": "OPT_IN_FAILED"}}, Unknown()),
        ({"event": {"id": "E", "contact_event": {"composing_event": {}}}}, Unknown()),
        ({"conversation_stop_notification": {}}, Unknown()),
        ({"contact_merge_notification": {"preserved_contact": {"id": "P"}}}, Unknown()),
        ({"channel_event_notification": {"channel_event": {}}}, Unknown()),
        ({}, Unknown()),
    ],
    ids=str,
)
def test_other_triggers(callback: dict[str, Any], event: Any) -> None:
    """Each trigger the bridge acts on; everything else is kept."""
    assert parse(callback).event == event


def test_a_reaction_is_an_event_of_its_message() -> None:
    """With the emoji as text, or the word that it was withdrawn."""
    part = {
        "id": "E",
        "channel_identity": {"channel": "WHATSAPP", "identity": PHONE},
        "contact_message_event": {
            "reaction_event": {"emoji": "👍", "action": "REACTION_ACTION_REACT", "message_id": "M"}
        },
    }
    event = parse({"event": part}).event
    assert isinstance(event, InboundEvent)
    assert (event.kind, event.text, event.reply_to) == ("reaction", "👍", "M")


def test_unsupported_callbacks_are_shown_as_such() -> None:
    """The agent sees that there was something."""
    part = {
        "id": "U1",
        "channel": "WHATSAPP",
        "payload": "{}",
        "channel_identity": {"channel": "WHATSAPP", "identity": PHONE},
    }
    event = parse({"unsupported_callback": part}).event
    assert isinstance(event, InboundMessage)
    assert event.content.kind == "unsupported"


@pytest.mark.parametrize("key", ["new_thing_notification", "\ud800_report", "A_report", "x" * 300 + "_report"])
def test_the_name_of_an_unknown_trigger_is_taken_over_only_if_it_looks_like_one(key: str) -> None:
    """It is stored beside the callback."""
    body = b'{"' + key.encode("utf-8", "surrogatepass") + b'":{}}'
    if "\ud800" in key:
        body = b'{"\\ud800_report":{}}'
    assert parse_callback(body).trigger == (key if key == "new_thing_notification" else "UNKNOWN")
