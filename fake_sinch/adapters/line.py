"""Conversation API words <-> the LINE Messaging API.

Sources: developers.line.biz/en/reference/messaging-api; developers.sinch.com/docs/conversation/message-types. LINE
reports no delivery: acceptance is all it tells, also when the customer has blocked the account.
Must not know: state, time, how calls are performed. Not emulated: replies by reply token, quotes, stickers, several
accounts for an app.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import orjson

from fake_sinch.adapters import line_content as content
from fake_sinch.adapters.answers import (
    decoded,
    no_answer,
    no_media,
    object_of,
    read_bytes,
    reason_by_words,
    retry_after,
)
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    MediaFailed,
    MediaStep,
    Rejected,
    RetryLater,
    VendorCall,
    Verdict,
    bearer,
    encoded,
    json_call,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import Part
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import Reason, ReasonCode, reported
from fake_sinch.state import Credential

_OK: Final = 200
_PREPARING: Final = 202
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_COUNTRIES: Final = ("line_japan", "line_thailand")

ROWS: Final = (
    # Status, a fragment of the message in lower case, the reason. The first that fits holds. Messages:
    # developers.line.biz/en/reference/messaging-api/#error-messages; which reason Sinch gives is the nearest meaning.
    (400, "failed to send messages", ReasonCode.RECIPIENT_NOT_REACHABLE),
    (400, "the property, 'to'", ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY),
    (400, "", ReasonCode.BAD_REQUEST),
    (401, "", ReasonCode.CHANNEL_BAD_CONFIGURATION),
    (403, "", ReasonCode.CHANNEL_BAD_CONFIGURATION),
    (404, "", ReasonCode.CHANNEL_BAD_CONFIGURATION),
    (413, "", ReasonCode.BAD_REQUEST),
    (429, "monthly limit", ReasonCode.CHANNEL_REJECT),
)


class Line(Plain):
    """The adapter for LINE."""

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the push that sends a part; its retry key is the same each time, so that it is sent once."""
        del properties
        body = {"to": to, "messages": content.messages(part, to, message_id)}
        call = json_call("POST", f"{account.base_url}/v2/bot/message/push", body, "pushMessage")
        key = str(uuid5(NAMESPACE_OID, f"{message_id} {call.body.decode()}"))
        headers = {**call.headers, **_authorization(account), "x-line-retry-key": key}
        return VendorCall(call.method, call.url, headers, call.body, call.name)

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part."""
        return encoded({"to": to, "messages": content.messages(part, to, "")}).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer to a push means; a conflict says that it was accepted before."""
        known = object_of(answer)
        if answer.status in {_OK, _CONFLICT} and known.get("sentMessages"):
            return Accepted(str(known["sentMessages"][0]["id"]))
        text = str(known.get("message", f"status {answer.status}"))
        if answer.status == _TOO_MANY and "monthly" not in text:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, text), retry_after(answer))
        if (unanswered := no_answer(answer)) is not None:
            return unanswered
        return Rejected(reported(reason_by_words(ROWS, answer.status, text), text))

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the loading animation for composing."""
        del last_inbound
        if "composing_event" not in event:
            return None
        url = f"{account.base_url}/v2/bot/chat/loading/start"
        return json_call("POST", url, {"chatId": to}, "showLoadingAnimation", _authorization(account))

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over the body with the channel secret."""
        proof = hmac.digest(_secret(credential, "secret").encode(), request.body, "sha256")
        return same(request.headers.get("x-line-signature", ""), base64.b64encode(proof).decode())

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what the events of one webhook tell."""
        del credential
        told = decoded(body)
        if not isinstance(told, dict) or not isinstance(told.get("events"), list):
            raise Malformed("The body is not a webhook of LINE: there is no array 'events'.")
        return [_event(event) for event in told["events"]]

    # Media

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Ask for the content of the message that the file came with."""
        url = f"{account.base_url}/v2/bot/message/{media.ref}/content"
        return VendorCall("GET", url, _authorization(account), b"", "getMessageContent")

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Return the bytes; a large file may still be being prepared."""
        del hop, account
        if answer.status == _OK:
            return read_bytes(answer, media.mime)
        if answer.status == _PREPARING:
            return MediaFailed(
                Reason(ReasonCode.MEDIA_NOT_REACHABLE, "The channel still prepares the file"), retry=True
            )
        return no_media(answer)


def _secret(credential: Credential, name: str) -> str:
    """Return a field of the credential, of a country's account too."""
    secret: Mapping[str, Any] = credential.secret
    countries = (secret[country] for country in _COUNTRIES if isinstance(secret.get(country), Mapping))
    return str({**next(countries, {}), **secret}.get(name, ""))


def _authorization(account: Account) -> dict[str, str]:
    return bearer(_secret(account.credential, "token"))


# Reading events


def _event(event: Json) -> Inbound:
    read = _EVENTS.get(str(event.get("type")), _unsupported)
    return read(event)


def _common(event: Json) -> dict[str, Any]:
    return {
        "vendor_id": str(event.get("webhookEventId", "")),
        "identity": str(event.get("source", {}).get("userId", "")),
        "at": int(event.get("timestamp", 0)),
    }


def _unsupported(event: Json) -> Inbound:
    return InboundUnsupported(**_common(event), payload=orjson.dumps(event).decode())


def _message(event: Json) -> Inbound:
    message = event.get("message", {})
    read = _CONTENT.get(str(message.get("type")))
    if read is None:
        return _unsupported(event)
    common = {**_common(event), "vendor_id": str(message.get("id", ""))}
    refers_to = str(message.get("quotedMessageId", ""))
    return InboundMessage(**common, raw=orjson.dumps(message).decode(), refers_to=refers_to, **read(message))


def _postback(event: Json) -> Inbound:
    told = event.get("postback", {})
    return InboundMessage(**_common(event), choice=str(told.get("data", "")), raw=orjson.dumps(told).decode())


def _opt(event: Json) -> Inbound:
    return InboundOpt(**_common(event), opted_in=event.get("type") == "follow")


_EVENTS: Final[Mapping[str, Callable[[Json], Inbound]]] = {
    "message": _message,
    "postback": _postback,
    "follow": _opt,
    "unfollow": _opt,
}
"""Events; every other one (unsend, videoPlayComplete, those of groups) has no shape here."""


def _file(mime: str) -> Callable[[Json], dict[str, Any]]:
    def read(told: Json) -> dict[str, Any]:
        return {"media": MediaRef(str(told.get("id", "")), mime, str(told.get("fileName", "")))}

    return read


def _place(told: Json) -> dict[str, Any]:
    coordinates = {"latitude": told.get("latitude", 0), "longitude": told.get("longitude", 0)}
    title, label = str(told.get("title", "")), str(told.get("address", ""))
    return {"content": {"location_message": {"title": title, "label": label, "coordinates": coordinates}}}


_CONTENT: Final[Mapping[str, Callable[[Json], dict[str, Any]]]] = {
    "text": lambda told: {"content": {"text_message": {"text": str(told.get("text", ""))}}},
    "image": _file("image/jpeg"),
    "video": _file("video/mp4"),
    "audio": _file("audio/mp4"),
    "file": _file(""),
    "location": _place,
}
"""Contents; a sticker is a pair of numbers that no contact message has a place for (inferred)."""

ADAPTER: Final = Line()
