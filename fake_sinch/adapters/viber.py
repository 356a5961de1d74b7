"""Conversation API words <-> the REST API of a Viber bot.

Sources: developers.viber.com/docs/api/rest-bot-api; the channel page of 2021 in github.com/sinch/docs (choices, cards
and carousels go out as text). Must not know: state, time, how calls are performed.
Not emulated: keyboards, except in explicit channel messages. The API wants the size of a video or a file, which nobody
here knows: it is told as one byte, and the receiver's app finds out for itself (inferred).
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters import viber_failures
from fake_sinch.adapters.answers import decoded, no_answer, object_of, retry_after
from fake_sinch.adapters.bodies import explicit_object, form_of
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    Rejected,
    RetryLater,
    VendorCall,
    Verdict,
    encoded,
    json_call,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.mediatypes import Family, family, file_name, suffix_for
from fake_sinch.parts import LocationPart, MediaPart, Part, RawPart, TextPart
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import Reason, ReasonCode, reported, to_wire
from fake_sinch.state import Credential

_OK: Final = 200
_TOO_MANY: Final = 429
_CAPTION_CHARS: Final = 512
_NAME_CHARS: Final = 256
_UNKNOWN_SIZE: Final = 1
_RATE_LIMITED: Final = 12

REASONS: Final[Mapping[int, ReasonCode]] = {
    # https://developers.viber.com/docs/api/rest-bot-api/#error-codes; which reason Sinch gives is the nearest meaning.
    1: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    2: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    3: ReasonCode.BAD_REQUEST,
    4: ReasonCode.BAD_REQUEST,
    5: ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY,
    6: ReasonCode.RECIPIENT_NOT_OPTED_IN,
    7: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    8: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    9: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    10: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    11: ReasonCode.RECIPIENT_NOT_REACHABLE,
    13: ReasonCode.RECIPIENT_NOT_REACHABLE,
    14: ReasonCode.BAD_REQUEST,
    15: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    23: ReasonCode.CHANNEL_REJECT,
    24: ReasonCode.CHANNEL_REJECT,
}
_SHOWN: Final[Mapping[Family, tuple[str, tuple[str, ...]]]] = {
    Family.IMAGE: ("picture", (".jpeg", ".jpg", ".png", ".gif")),
    Family.VIDEO: ("video", (".mp4",)),
}
"""Media that Viber shows as what they are, by how their links end; everything else is a file."""


class Viber(Plain):
    """The adapter for VIBER."""

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the call that sends a part."""
        del message_id
        body = {**_body(part, to)}
        named = {"name": "VIBER_SENDER_NAME", "avatar": "VIBER_SENDER_AVATAR"}
        sender = {key: properties[name] for key, name in named.items() if properties.get(name)}
        if sender:
            body["sender"] = sender
        token = str(account.credential.secret.get("token", ""))
        url = f"{account.base_url}/pa/send_message"
        return json_call("POST", url, body, "send_message", {"x-viber-auth-token": token})

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part."""
        return encoded(_body(part, to)).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what an answer means: the API tells it in the body, whatever the HTTP status."""
        known = object_of(answer)
        status = known.get("status")
        if answer.status == _OK and status == 0 and known.get("message_token"):
            return Accepted(str(known["message_token"]))
        text = f"{status}: {known.get('status_message', f'HTTP status {answer.status}')}"
        if status == _RATE_LIMITED or answer.status == _TOO_MANY:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, text), retry_after(answer))
        if (unanswered := no_answer(answer)) is not None:
            return unanswered
        code = REASONS.get(status, ReasonCode.CHANNEL_REJECT) if isinstance(status, int) else ReasonCode.CHANNEL_FAILURE
        return Rejected(reported(code, text))

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over the body, if a secret is set: it is the bot's token."""
        if not credential.callback_secret:
            return True
        proof = hmac.digest(credential.callback_secret.encode(), request.body, "sha256").hex()
        return same(request.headers.get("x-viber-content-signature", ""), proof)

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what one callback tells."""
        del credential
        told = decoded(body)
        if not isinstance(told, dict) or not isinstance(told.get("event"), str):
            raise Malformed("The body is not a callback of a Viber bot: there is no string 'event'.")
        read = _EVENTS.get(told["event"])
        return [] if read is None else read(told)


# Bodies


def _body(part: Part, to: str) -> dict[str, Any]:
    if isinstance(part, RawPart):
        return {"receiver": to, **explicit_object(part, to)}
    return {"receiver": to, **form_of(part, _RENDERERS, "A Viber bot")(part)}


def _text(part: TextPart) -> dict[str, Any]:
    return {"type": "text", "text": part.text}


def _media(part: MediaPart) -> dict[str, Any]:
    kind, suffixes = _SHOWN.get(family(part.mime), ("file", ()))
    name = part.filename or file_name(part.url) or "file"
    if not file_name(part.url).lower().endswith(suffixes):
        kind = "file"
    thumbnail = {"thumbnail": part.thumbnail} if part.thumbnail else {}
    caption = part.caption[:_CAPTION_CHARS]
    if kind == "picture":
        return {"type": kind, "text": caption, "media": part.url, **thumbnail}
    if kind == "video":
        return {"type": kind, "media": part.url, "size": _UNKNOWN_SIZE, "text": caption, **thumbnail}
    name = name if "." in name else name + suffix_for(part.mime)
    return {"type": "file", "media": part.url, "size": _UNKNOWN_SIZE, "file_name": name[-_NAME_CHARS:]}


def _location(part: LocationPart) -> dict[str, Any]:
    return {"type": "location", "location": {"lat": float(part.latitude), "lon": float(part.longitude)}}


_RENDERERS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = {
    TextPart: _text,
    MediaPart: _media,
    LocationPart: _location,
}


# Reading callbacks


def _message(told: Json) -> list[Inbound]:
    sender, message = told.get("sender", {}), told.get("message", {})
    common: dict[str, Any] = {
        "vendor_id": str(told.get("message_token", "")),
        "identity": str(sender.get("id", "")),
        "at": int(told.get("timestamp", 0)),
        "display_name": str(sender.get("name", "")),
    }
    read = _CONTENT.get(str(message.get("type")))
    if read is None:
        return [InboundUnsupported(**common, payload=orjson.dumps(told).decode())]
    return [InboundMessage(**common, raw=orjson.dumps(message).decode(), **read(message))]


def _opt(told: Json, user: Json, *, opted_in: bool) -> list[Inbound]:
    return [
        InboundOpt(
            vendor_id=str(told.get("message_token", "")),
            identity=str(user.get("id", "")),
            at=int(told.get("timestamp", 0)),
            opted_in=opted_in,
            display_name=str(user.get("name", "")),
        )
    ]


def _status(word: str) -> Callable[[Json], list[Inbound]]:
    def read(told: Json) -> list[Inbound]:
        reason = None
        if word == "FAILED":
            text = str(told.get("desc", ""))
            reason = reported(viber_failures.reason_code(text), text)
        return [InboundStatus(str(told.get("message_token", "")), word, int(told.get("timestamp", 0)), reason)]

    return read


_EVENTS: Final[Mapping[str, Callable[[Json], list[Inbound]]]] = {
    "message": _message,
    "subscribed": lambda told: _opt(told, told.get("user", {}), opted_in=True),
    "unsubscribed": lambda told: _opt(told, {"id": told.get("user_id", "")}, opted_in=False),
    "delivered": _status("DELIVERED"),
    "seen": _status("READ"),
    "failed": _status("FAILED"),
}
"""Events; a started conversation is no subscription, and the check of the webhook nothing at all."""


def _file(told: Json) -> dict[str, Any]:
    return {
        "media": MediaRef(
            ref=str(told.get("media", "")),
            filename=str(told.get("file_name", "")),
            caption=str(told.get("text", "")),
        )
    }


def _words(key: str) -> Callable[[Json], dict[str, Any]]:
    return lambda told: {"content": {"text_message": {"text": str(told.get(key, ""))}}}


def _place(told: Json) -> dict[str, Any]:
    place = told.get("location", {})
    coordinates = {"latitude": place.get("lat", 0), "longitude": place.get("lon", 0)}
    label = str(place.get("address", ""))
    return {"content": {"location_message": {"title": "", "label": label, "coordinates": coordinates}}}


def _card(told: Json) -> dict[str, Any]:
    # ContactMessage has no kind for a contact card; that it comes as a fallback is inferred.
    why = Reason(ReasonCode.UNSUPPORTED_OPERATION, "Contact cards have no contact message of their own")
    raw = orjson.dumps(told.get("contact", {})).decode()
    return {"content": {"fallback_message": {"raw_message": raw, "reason": to_wire(why)}}}


_CONTENT: Final[Mapping[str, Callable[[Json], dict[str, Any]]]] = {
    "text": _words("text"),
    "url": _words("media"),
    "picture": _file,
    "video": _file,
    "file": _file,
    "sticker": _file,
    "location": _place,
    "contact": _card,
}

ADAPTER: Final = Viber()
