"""Conversation API words <-> the Telegram Bot API.

Sources: core.telegram.org/bots/api; developers.sinch.com/docs/conversation/channel-support/telegram and the page of
2021 in github.com/sinch/docs (opt-in by /start, opt-out by blocking, no delivery reports).
Must not know: state, time, how calls are performed. Not emulated: groups, payments, inline mode, edits (unsupported).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters import telegram_content as content
from fake_sinch.adapters import telegram_errors as errors
from fake_sinch.adapters.answers import decoded, no_media, read_bytes
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    MediaFailed,
    MediaStep,
    VendorCall,
    Verdict,
    encoded,
    json_call,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.arrivals import (
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundOpt,
    InboundUnsupported,
    MediaRef,
)
from fake_sinch.effects import Answer
from fake_sinch.parts import Part
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import Credential

_OK: Final = 200
_TOO_BIG: Final = "file is too big"


class Telegram(Plain):
    """The adapter for TELEGRAM."""

    # Sending

    def render(
        self,
        part: Part,
        to: str,
        account: Account,
        properties: Mapping[str, str],
        message_id: str,
    ) -> VendorCall:
        """Return the method call that sends a part."""
        method, body = content.call(part, to, message_id)
        if properties.get("TELEGRAM_DISABLE_LINK_PREVIEW", "").lower() == "true" and method == "sendMessage":
            body["link_preview_options"] = {"is_disabled": True}
        return _method(method, body, account)

    def transcode(self, part: Part, to: str) -> str:
        """Return the call that would send the part, as a webhook reply writes it; the form is inferred."""
        method, body = content.call(part, to, "")
        return encoded({"method": method, **body}).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer to a method means; acceptance is all that Telegram ever tells."""
        told = decoded(answer.body)
        if isinstance(told, dict) and told.get("ok") is True:
            result = told.get("result")
            return Accepted(_message_key(result) if isinstance(result, dict) else "")
        return errors.verdict(answer, told)

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the chat action for composing."""
        del last_inbound
        if "composing_event" not in event:
            return None
        return _method("sendChatAction", {"chat_id": to, "action": "typing"}, account)

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the secret token's header, if one was set with the webhook."""
        told = request.headers.get("x-telegram-bot-api-secret-token", "")
        return not credential.callback_secret or same(told, credential.callback_secret)

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what one update tells."""
        del credential
        update = decoded(body)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            raise Malformed("The body is not an update: there is no integer 'update_id'.")
        for kind, read in _UPDATES.items():
            if kind in update:
                return read(str(update["update_id"]), update[kind], update)
        return _unsupported(str(update["update_id"]), _first_of(update), update)

    def acknowledge(self, message: InboundMessage, account: Account) -> VendorCall | None:
        """Stop the spinner of a tapped button."""
        if not message.acknowledge:
            return None
        return _method("answerCallbackQuery", {"callback_query_id": message.acknowledge}, account)

    # Media

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Ask for the file's path."""
        return _method("getFile", {"file_id": media.ref}, account)

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Go from the path to the bytes."""
        if hop:
            return read_bytes(answer, media.mime)
        told = decoded(answer.body)
        if answer.status == _OK and isinstance(told, dict) and told.get("result", {}).get("file_path"):
            url = f"{account.base_url}/file/bot{_token(account)}/{told['result']['file_path']}"
            return VendorCall("GET", url, {}, b"", "file")
        if isinstance(told, dict) and _TOO_BIG in str(told.get("description", "")):
            too_big = Reason(ReasonCode.MEDIA_TOO_LARGE, f"The channel reported: {told['description']}")
            return MediaFailed(too_big, retry=False)
        return no_media(answer)


def _token(account: Account) -> str:
    return str(account.credential.secret.get("token", ""))


def _method(name: str, body: Mapping[str, Any], account: Account) -> VendorCall:
    return json_call("POST", f"{account.base_url}/bot{_token(account)}/{name}", body, name)


def _message_key(message: Json) -> str:
    """Return a message's id, unique within the bot."""
    return f"{message.get('chat', {}).get('id', '')}:{message.get('message_id', '')}"


# Reading updates


def _name(person: Json) -> str:
    return " ".join(str(person[key]) for key in ("first_name", "last_name") if person.get(key))


def _first_of(update: Json) -> Json:
    return next((value for value in update.values() if isinstance(value, dict)), {})


def _unsupported(update_id: str, told: Json, update: Json) -> list[Inbound]:
    chat = told.get("chat") or told.get("from") or told.get("user") or {}
    return [
        InboundUnsupported(
            vendor_id=update_id,
            identity=str(chat.get("id", "")),
            at=int(told.get("date", 0)) * 1000,
            payload=orjson.dumps(update).decode(),
            display_name=_name(told.get("from", {})),
        )
    ]


def _message(update_id: str, told: Json, update: Json) -> list[Inbound]:
    fields = next((read(told) for key, read in _CONTENT.items() if key in told), None)
    if fields is None:
        return _unsupported(update_id, told, update)
    chat, at = str(told.get("chat", {}).get("id", "")), int(told.get("date", 0)) * 1000
    name = _name(told.get("from", {}))
    quoted = told.get("reply_to_message")
    message = InboundMessage(
        vendor_id=_message_key(told),
        identity=chat,
        at=at,
        display_name=name,
        refers_to=_message_key(quoted) if quoted else "",
        raw=orjson.dumps(told).decode(),
        **fields,
    )
    if str(told.get("text", "")).split(maxsplit=1)[:1] == ["/start"]:
        return [InboundOpt(f"{update_id}:start", chat, at, opted_in=True, display_name=name), message]
    return [message]


def _callback_query(update_id: str, told: Json, update: Json) -> list[Inbound]:
    tapped = told.get("message") or {}
    if "data" not in told:
        return _unsupported(update_id, told, update)
    return [
        InboundMessage(
            vendor_id=f"query:{told.get('id', update_id)}",
            identity=str(tapped.get("chat", {}).get("id") or told.get("from", {}).get("id", "")),
            at=0,
            display_name=_name(told.get("from", {})),
            choice=str(told["data"]),
            refers_to=_message_key(tapped) if tapped else "",
            acknowledge=str(told.get("id", "")),
            raw=orjson.dumps(told).decode(),
        )
    ]


def _membership(update_id: str, told: Json, update: Json) -> list[Inbound]:
    """Read a block as an opt-out. Unblocking is no opt-in: the /start that follows is."""
    del update
    if told.get("new_chat_member", {}).get("status") != "kicked":
        return []
    chat, at = str(told.get("chat", {}).get("id", "")), int(told.get("date", 0)) * 1000
    return [InboundOpt(update_id, chat, at, opted_in=False, display_name=_name(told.get("from", {})))]


def _reaction(update_id: str, told: Json, update: Json) -> list[Inbound]:
    del update
    new, old = told.get("new_reaction", ()), told.get("old_reaction", ())
    emoji = next((str(reaction.get("emoji", "")) for reaction in (*new, *old)), "")
    action = "REACTION_ACTION_REACT" if new else "REACTION_ACTION_UNREACT"
    return [
        InboundEvent(
            vendor_id=update_id,
            identity=str(told.get("chat", {}).get("id", "")),
            at=int(told.get("date", 0)) * 1000,
            key="contact_message_event",
            content={"reaction_event": {"emoji": emoji, "action": action}},
            display_name=_name(told.get("user", {})),
            refers_to=_message_key(told),
        )
    ]


_UPDATES: Final[Mapping[str, Callable[[str, Any, Json], list[Inbound]]]] = {
    "message": _message,
    "callback_query": _callback_query,
    "my_chat_member": _membership,
    "message_reaction": _reaction,
}
"""Kinds of update; every other one (edited_message, polls, channel posts ...) has no shape here."""


def _media(key: str, mime: str = "") -> Callable[[Json], dict[str, Any]]:
    def read(told: Json) -> dict[str, Any]:
        file = told[key]
        media = MediaRef(
            ref=str(file.get("file_id", "")),
            mime=str(file.get("mime_type") or mime),
            filename=str(file.get("file_name", "")),
            caption=str(told.get("caption", "")),
        )
        return {"media": media}

    return read


def _photo(told: Json) -> dict[str, Any]:
    """Read a photo: of its sizes the last is the largest."""
    largest = told["photo"][-1]
    return {"media": MediaRef(str(largest.get("file_id", "")), "image/jpeg", "", str(told.get("caption", "")))}


def _place(location: Json, title: str = "", label: str = "") -> dict[str, Any]:
    coordinates = {"latitude": location.get("latitude", 0), "longitude": location.get("longitude", 0)}
    return {"content": {"location_message": {"title": title, "label": label, "coordinates": coordinates}}}


def _venue(told: Json) -> dict[str, Any]:
    venue = told["venue"]
    return _place(venue.get("location", {}), str(venue.get("title", "")), str(venue.get("address", "")))


def _contact(told: Json) -> dict[str, Any]:
    # ContactMessage has no kind for a contact card; that it comes as a fallback is inferred.
    why = Reason(ReasonCode.UNSUPPORTED_OPERATION, "Contact cards have no contact message of their own")
    raw = orjson.dumps(told["contact"]).decode()
    return {"content": {"fallback_message": {"raw_message": raw, "reason": to_wire(why)}}}


_CONTENT: Final[Mapping[str, Callable[[Json], dict[str, Any]]]] = {
    # The order matters: an animation comes with a document, a venue with a location.
    "text": lambda told: {"content": {"text_message": {"text": str(told["text"])}}},
    "photo": _photo,
    "animation": _media("animation", "video/mp4"),
    "video": _media("video", "video/mp4"),
    "video_note": _media("video_note", "video/mp4"),
    "voice": _media("voice", "audio/ogg"),
    "audio": _media("audio", "audio/mpeg"),
    "sticker": _media("sticker", "image/webp"),
    "document": _media("document"),
    "venue": _venue,
    "location": lambda told: _place(told["location"]),
    "contact": _contact,
}

ADAPTER: Final = Telegram()
