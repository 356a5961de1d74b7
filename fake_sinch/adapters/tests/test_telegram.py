"""Telegram's wire: answers, the secret header, updates and files."""

from typing import Any

import orjson
import pytest

from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Malformed,
    MediaFailed,
    MediaFile,
    Rejected,
    RetryLater,
    VendorCall,
)
from fake_sinch.adapters.telegram import ADAPTER
from fake_sinch.arrivals import Inbound, InboundEvent, InboundMessage, InboundOpt, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import TextPart
from fake_sinch.reasons import ReasonCode
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Headers, Request

CREDENTIAL = Credential("TELEGRAM", "telegram_credentials", {"token": "1:abc"}, "hook-secret")
ACCOUNT = Account(CREDENTIAL, "http://telegram.test")
ID = "01KAXZ0000000000000000MT01"
ANN = {"id": 5550001, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
CHAT = {"id": 5550001, "first_name": "Ann", "type": "private"}
ADDRESSED: dict[str, Any] = {"message_id": 7, "from": ANN, "chat": CHAT, "date": 1_760_000_000}


def parse(**update: Any) -> list[Inbound]:
    """Return what an update tells."""
    return ADAPTER.parse_callback(orjson.dumps({"update_id": 1001, **update}), CREDENTIAL)


def only(**fields: Any) -> InboundMessage:
    """Return the one message of an update with these fields in its message."""
    (found,) = parse(message={**ADDRESSED, **fields})
    assert isinstance(found, InboundMessage)
    return found


def test_call_goes_to_the_bots_method() -> None:
    """A text is posted to sendMessage under the bot's token."""
    call = ADAPTER.render(TextPart("hi"), "5550001", ACCOUNT, {}, ID)
    assert (call.method, call.url, call.name) == ("POST", "http://telegram.test/bot1:abc/sendMessage", "sendMessage")
    assert orjson.loads(call.body) == {"chat_id": "5550001", "text": "hi"}


def test_link_preview_can_be_disabled() -> None:
    """The channel property turns the preview off."""
    call = ADAPTER.render(TextPart("hi"), "5550001", ACCOUNT, {"TELEGRAM_DISABLE_LINK_PREVIEW": "true"}, ID)
    assert orjson.loads(call.body)["link_preview_options"] == {"is_disabled": True}


def test_transcoding_names_the_method() -> None:
    """`messages:transcode` shows the call as a webhook reply would write it."""
    assert orjson.loads(ADAPTER.transcode(TextPart("hi"), "{{to}}")) == {
        "method": "sendMessage",
        "chat_id": "{{to}}",
        "text": "hi",
    }


def test_acceptance_is_chat_and_message() -> None:
    """Message ids are unique within a chat, so the key has both."""
    body = b'{"ok":true,"result":{"message_id":42,"chat":{"id":5550001}}}'
    assert ADAPTER.read_answer(Answer(200, {}, body)) == Accepted("5550001:42")


def test_flood_is_waited_for() -> None:
    """429 names the seconds to wait, in the body or the header."""
    body = orjson.dumps({"ok": False, "error_code": 429, "parameters": {"retry_after": 3}})
    verdict = ADAPTER.read_answer(Answer(429, {}, body))
    assert isinstance(verdict, RetryLater)
    assert verdict.after_s == 3.0


def test_block_is_unreachable() -> None:
    """A blocked bot cannot reach the person."""
    body = orjson.dumps({"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"})
    verdict = ADAPTER.read_answer(Answer(403, {}, body))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.code is ReasonCode.RECIPIENT_NOT_REACHABLE
    assert verdict.reason.channel_code == ""


def test_typing_is_a_chat_action() -> None:
    """Composing is shown as typing; other events have no form."""
    call = ADAPTER.render_event({"composing_event": {}}, "5550001", ACCOUNT, "")
    assert call is not None
    assert orjson.loads(call.body) == {"chat_id": "5550001", "action": "typing"}
    assert ADAPTER.render_event({"agent_joined_event": {}}, "5550001", ACCOUNT, "") is None


def test_secret_header() -> None:
    """With a secret only the right header is believed; without one every update is."""
    right = Request("POST", "/", headers=Headers({"X-Telegram-Bot-Api-Secret-Token": "hook-secret"}))
    assert ADAPTER.authenticate(right, CREDENTIAL)
    assert not ADAPTER.authenticate(Request("POST", "/"), CREDENTIAL)
    assert ADAPTER.authenticate(Request("POST", "/"), Credential("TELEGRAM", "telegram_credentials", {}))
    assert ADAPTER.handshake(Request("GET", "/"), CREDENTIAL) is None


def test_text() -> None:
    """A text brings the chat, the person's name and the time."""
    found = only(text="hello")
    assert (found.vendor_id, found.identity, found.display_name) == ("5550001:7", "5550001", "Ann Lee")
    assert (found.at, found.content) == (1_760_000_000_000, {"text_message": {"text": "hello"}})


@pytest.mark.parametrize("text", ["/start", "/start ref1"])
def test_start_is_an_opt_in_and_a_text(text: str) -> None:
    """Starting the bot opts in, and is told as a text too."""
    opt, message = parse(message={**ADDRESSED, "text": text})
    assert isinstance(opt, InboundOpt)
    assert opt.opted_in
    assert isinstance(message, InboundMessage)
    assert message.content == {"text_message": {"text": text}}
    assert opt.vendor_id != message.vendor_id


def test_started_is_not_start() -> None:
    """A word that only begins like the command is a text."""
    assert only(text="/started").content == {"text_message": {"text": "/started"}}


def member(old: str, new: str) -> dict[str, Any]:
    """Return an update about the bot's membership."""
    bot = {"id": 99, "is_bot": True}
    return {
        "chat": CHAT,
        "from": ANN,
        "date": 1,
        "old_chat_member": {"user": bot, "status": old},
        "new_chat_member": {"user": bot, "status": new},
    }


def test_block_is_an_opt_out() -> None:
    """Blocking opts out; unblocking tells nothing, the /start after it does."""
    (found,) = parse(my_chat_member=member("member", "kicked"))
    assert isinstance(found, InboundOpt)
    assert (found.opted_in, found.identity) == (False, "5550001")
    assert parse(my_chat_member=member("kicked", "member")) == []


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        (
            {"photo": [{"file_id": "S"}, {"file_id": "L"}], "caption": "look"},
            MediaRef("L", "image/jpeg", "", "look"),
        ),
        ({"voice": {"file_id": "V", "mime_type": "audio/ogg"}}, MediaRef("V", "audio/ogg")),
        ({"audio": {"file_id": "A", "file_name": "a.mp3"}}, MediaRef("A", "audio/mpeg", "a.mp3")),
        ({"video": {"file_id": "V", "mime_type": "video/mp4"}}, MediaRef("V", "video/mp4")),
        ({"video_note": {"file_id": "N"}}, MediaRef("N", "video/mp4")),
        ({"sticker": {"file_id": "K"}}, MediaRef("K", "image/webp")),
        (
            {"document": {"file_id": "D", "file_name": "a.pdf", "mime_type": "application/pdf"}},
            MediaRef("D", "application/pdf", "a.pdf"),
        ),
        (
            {"animation": {"file_id": "G", "mime_type": "video/mp4"}, "document": {"file_id": "G"}},
            MediaRef("G", "video/mp4"),
        ),
    ],
)
def test_media(fields: dict[str, Any], media: MediaRef) -> None:
    """Each kind of file is named by its id, the photo by its largest size."""
    assert only(**fields).media == media


def test_places() -> None:
    """A location has no name; a venue has, though it comes with a location too."""
    point = {"latitude": 1.2, "longitude": 3.4}
    assert only(location=point).content == {"location_message": {"title": "", "label": "", "coordinates": point}}
    venue = {"location": point, "title": "Office", "address": "Street 1"}
    assert only(venue=venue, location=point).content == {
        "location_message": {"title": "Office", "label": "Street 1", "coordinates": point}
    }


def test_contact_is_a_fallback() -> None:
    """A contact card comes as a fallback with the vendor's JSON."""
    contact = {"phone_number": "4670", "first_name": "Bob"}
    raw = only(contact=contact).content["fallback_message"]["raw_message"]
    assert orjson.loads(raw) == contact


def test_quote_names_the_quoted() -> None:
    """A reply refers to the message it answers."""
    assert only(text="yes", reply_to_message={**ADDRESSED, "message_id": 6}).refers_to == "5550001:6"


def test_tap_carries_data_and_is_acknowledged() -> None:
    """A tapped button carries its data; the spinner is stopped."""
    query = {"id": "438", "from": ANN, "message": {**ADDRESSED, "message_id": 6}, "data": "pb"}
    (found,) = parse(callback_query=query)
    assert isinstance(found, InboundMessage)
    assert (found.choice, found.refers_to, found.identity) == ("pb", "5550001:6", "5550001")
    call = ADAPTER.acknowledge(found, ACCOUNT)
    assert call is not None
    assert call.url == "http://telegram.test/bot1:abc/answerCallbackQuery"
    assert orjson.loads(call.body) == {"callback_query_id": "438"}
    assert ADAPTER.acknowledge(only(text="x"), ACCOUNT) is None


@pytest.mark.parametrize(
    ("new", "old", "action"),
    [("x", "", "REACTION_ACTION_REACT"), ("", "x", "REACTION_ACTION_UNREACT")],
)
def test_reaction(new: str, old: str, action: str) -> None:
    """A reaction is an event about a message; taking it back names what was there."""
    (found,) = parse(
        message_reaction={
            "chat": CHAT,
            "message_id": 6,
            "user": ANN,
            "date": 1,
            "new_reaction": [{"type": "emoji", "emoji": new}] if new else [],
            "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
        }
    )
    assert isinstance(found, InboundEvent)
    assert found.content == {"reaction_event": {"emoji": "x", "action": action}}
    assert found.refers_to == "5550001:6"


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": {**ADDRESSED, "text": "new"}},
        {"message": {**ADDRESSED, "poll": {"id": "1"}}},
        {"callback_query": {"id": "1", "from": ANN, "game_short_name": "g"}},
        {"poll_answer": {"poll_id": "1", "user": ANN}},
    ],
    ids=["edit", "poll", "game", "answer"],
)
def test_the_rest_is_unsupported(update: dict[str, Any]) -> None:
    """What has no shape here is handed on as it came, with the sender."""
    (found,) = parse(**update)
    assert isinstance(found, InboundUnsupported)
    assert found.identity == "5550001"
    assert orjson.loads(found.payload) == {"update_id": 1001, **update}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"update_id":"1"}'])
def test_other_bodies_are_malformed(body: bytes) -> None:
    """A body without an integer update_id is refused."""
    with pytest.raises(Malformed):
        ADAPTER.parse_callback(body, CREDENTIAL)


def test_files_take_two_hops() -> None:
    """The id gives a path, the path gives the bytes; the callback's type stands in for a generic one."""
    media = MediaRef("V", "audio/ogg")
    first = ADAPTER.fetch_media(media, ACCOUNT)
    assert (first.name, orjson.loads(first.body)) == ("getFile", {"file_id": "V"})
    second = ADAPTER.read_media(0, media, Answer(200, {}, b'{"ok":true,"result":{"file_path":"voice/1.oga"}}'), ACCOUNT)
    assert isinstance(second, VendorCall)
    assert (second.method, second.url) == ("GET", "http://telegram.test/file/bot1:abc/voice/1.oga")
    answer = Answer(200, {"content-type": "application/octet-stream"}, b"ogg")
    assert ADAPTER.read_media(1, media, answer, ACCOUNT) == MediaFile("audio/ogg", b"ogg")


def test_file_over_20_megabytes_is_given_up() -> None:
    """A file that the Bot API will not hand out is not asked for again."""
    body = b'{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}'
    failed = ADAPTER.read_media(0, MediaRef("V"), Answer(400, {}, body), ACCOUNT)
    assert isinstance(failed, MediaFailed)
    assert (failed.reason.code, failed.retry) == (ReasonCode.MEDIA_TOO_LARGE, False)
    outage = ADAPTER.read_media(0, MediaRef("V"), Answer(500), ACCOUNT)
    assert isinstance(outage, MediaFailed)
    assert outage.retry
