"""What Sinch Chat allows, as tables: message kinds, numbers, file types, errors, and what here is our own.

Pure data. The vendor speaks gRPC on port 443 with a certificate of its own and publishes no limits; served here is a
chat over HTTP and server-sent events with the same calls and message shapes, for pages and clients of one's own.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_DOCS: Final = "https://developers.sinch.com/docs/sinch-chat"
_SUPPORT: Final = "https://developers.sinch.com/docs/conversation/channel-support/chat/message-support"
_SDK: Final = "https://github.com/sinchlabs/sinch-chat-ios-sdk"
_TYPES: Final = "https://developers.sinch.com/docs/conversation/message-types"
_CALLBACKS: Final = "https://developers.sinch.com/docs/conversation/callbacks"
_CODES: Final = "https://grpc.io/docs/guides/status-codes"

_MT_REFUSALS: Final = {
    "sticker": "there are no stickers; send an image",
    "reaction": "there are no reactions",
}
_MT_DEGRADES: Final = {
    "voice": "audio: the app knows no voice notes of a business",
    "contact": "text: name and numbers",
    "template": "text: the template's name and parameters; the app keeps no templates",
}
_MO_REFUSALS: Final = {
    "sticker": "the app has no stickers",
    "contact": "the app sends no contact cards",
    "buttons": "a person sends no choices; taps on shown ones do arrive",
    "list": "a person sends no lists; taps on shown rows do arrive",
    "template": "a person sends no templates",
    "reaction": "the app has no reactions",
}
_MO_DEGRADES: Final = {
    "voice": "audio: a recorded note is a file like any other",
}

TEXT_MAX: Final = 4_096
METADATA_MAX: Final = 1_024
ID_MAX: Final = 255
JSON_MAX: Final = 1_048_576
MEDIA_MAX: Final = 20 * 1_048_576
MEDIA_KEPT_MAX: Final = 200 * 1_048_576
MEDIA_LIFE_MS: Final = 7 * DAY
FORM_SLACK: Final = 65_536
"""What a form may weigh besides its file."""
HISTORY_KEPT: Final = 500
WAITING_MAX: Final = 500
PAGE_SIZE: Final = 10
PAGE_SIZE_MAX: Final = 100
TOKEN_LIFE_MS: Final = DAY
VISITORS_MAX: Final = 10_000
COMPOSING_MS: Final = 10 * SECOND
HEAD_TIMEOUT_S: Final = 10.0
FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 5
RETRY_DELAYS_MS: Final = tuple(5 * SECOND * 2**step for step in range(15))
RETRY_EXPIRE_MS: Final = DAY

MEDIA_TYPES: Final = frozenset(
    {"video/mp4", "video/quicktime"}
    | {"audio/aac", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav"}
    | {"image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp"}
    | {"application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
    | {
        f"application/vnd.openxmlformats-officedocument.{kind}"
        for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
    }
)
"""The types that the app knows how to show: https://github.com/sinchlabs/sinch-chat-ios-sdk"""


KIND_ROWS: Final = (
    *kind_rows("MT", _SUPPORT, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", _SDK, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", _SUPPORT, KnownBy.INFERRED),
    Limit("choices", 10, "choices", _TYPES),
    Limit("cards of a carousel", 10, "cards", _TYPES),
    Limit("choices below a carousel", 3, "choices", _TYPES),
    Limit("list sections", 10, "sections", _TYPES),
    Limit("rows of a section", 10, "rows", _TYPES),
    Limit("uuids, ids of messages, topics", ID_MAX, "characters", _SDK, KnownBy.INFERRED),
    Limit("metadata", METADATA_MAX, "characters", _TYPES, KnownBy.INFERRED),
    Limit("file", MEDIA_MAX, "bytes", _SDK, KnownBy.INFERRED),
    Limit("file lifetime", MEDIA_LIFE_MS // DAY, "days", _DOCS),
    Limit("history page", PAGE_SIZE, "entries", _SDK),
    Limit("largest history page", PAGE_SIZE_MAX, "entries", _SDK, KnownBy.INFERRED),
    Limit("history kept a person", HISTORY_KEPT, "entries", _SDK, KnownBy.INFERRED),
    Limit("messages that wait for a person", WAITING_MAX, "messages", _SDK, KnownBy.INFERRED),
    Limit("access token", TOKEN_LIFE_MS // HOUR, "hours", _SDK, KnownBy.INFERRED),
    Limit("visitors", VISITORS_MAX, "identities issued over the wire", _SDK, KnownBy.INFERRED),
    Limit("typing indicator", COMPOSING_MS // SECOND, "seconds", _SDK, KnownBy.INFERRED),
    Limit("last callback retry", RETRY_DELAYS_MS[-1] // MINUTE, "minutes", _CALLBACKS, KnownBy.INFERRED),
    Limit("request body", JSON_MAX, "bytes", _SDK, KnownBy.INFERRED),
)


def _error(code: int, status: int, text: str) -> VendorError:
    return VendorError(code, status, text, _CODES, KnownBy.INFERRED)


INVALID_ARGUMENT = _error(3, 400, "The request is not valid")
NOT_FOUND = _error(5, 404, "Not Found")
PERMISSION_DENIED = _error(7, 403, "The caller may not do this")
EXHAUSTED = _error(8, 429, "Too many requests")
TOO_LARGE = VendorError("8 too large", 413, "The request is larger than the server takes", _CODES, KnownBy.INFERRED)
UNSUPPORTED_TYPE = VendorError("3 type", 415, "The content type is not supported", _CODES, KnownBy.INFERRED)
UNIMPLEMENTED = _error(12, 501, "This call is not emulated")
METHOD = VendorError("12 method", 405, "Method Not Allowed", _CODES, KnownBy.INFERRED)
INTERNAL = _error(13, 500, "Internal error")
UNAVAILABLE = _error(14, 503, "The service is unavailable")
UNAUTHENTICATED = _error(16, 401, "The access token is missing, wrong or has expired")

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))
BY_STATUS: Final = {error.status: error for error in ERRORS}


def grpc_code(error: VendorError) -> int:
    """The gRPC status number of an error; two HTTP statuses may share one."""
    return error.code if isinstance(error.code, int) else int(error.code.partition(" ")[0])


REASONS: Final = {
    "RECIPIENT_NOT_REACHABLE": "The recipient is not reachable",
    "CHANNEL_FAILURE": "The channel failed",
    "MEDIA_TYPE_UNSUPPORTED": "The file's type is not supported",
    "MEDIA_NOT_REACHABLE": "The file cannot be fetched",
    "DELIVERY_TIMED_OUT": "The message was not delivered in time",
    "INTERNAL_ERROR": "Internal error",
}
"""Why a message failed after it was accepted: https://developers.sinch.com/docs/conversation/callbacks"""

SEND: Final = "app send"


def _at_once(error: VendorError, says: str, operation: str = "*", retry_after_s: int | None = None) -> Preset:
    name = str(grpc_code(error))
    what = Status(status=error.status, code=name, retry_after_s=retry_after_s)
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


def _later(reason: str, says: str) -> Preset:
    return Preset(reason, says, Failure(code=reason), SEND, source=_CALLBACKS)


PRESETS: Final = (
    _at_once(UNAUTHENTICATED, "Refused: the token is missing, wrong or has expired."),
    _at_once(EXHAUSTED, "Refused: too many requests.", retry_after_s=5),
    _at_once(NOT_FOUND, "Refused: nobody has this uuid.", SEND),
    _at_once(INVALID_ARGUMENT, "Refused: the request is not valid.", SEND),
    _at_once(UNAVAILABLE, "Refused with a 503: the service is down; clients subscribe again."),
    _at_once(INTERNAL, "Refused with a 500: something went wrong at the vendor's."),
    _later("RECIPIENT_NOT_REACHABLE", "Accepted, then failed: neither stream nor push reached the person."),
    _later("CHANNEL_FAILURE", "Accepted, then failed: something went wrong inside the channel."),
    _later("DELIVERY_TIMED_OUT", "Accepted, then failed: nobody took the message in time."),
)

NOTES: Final = (
    Note("the vendor's gRPC (SdkService on port 443)", "not emulated: its SDKs cannot connect", KnownBy.DOCUMENTED),
    Note("the wire", "our own: the SDK's calls over HTTP, entries by server-sent events", KnownBy.INFERRED, _SDK),
    Note("message and event shapes", "the Conversation API's own, as the SDK carries them", KnownBy.SAMPLE, _SDK),
    Note("signed uuid", "hex HMAC-SHA512 of the uuid with the client secret", KnownBy.SAMPLE, _SDK),
    Note("access token", "a JWT with the claim uuid, sent without Bearer; how long it lives is ours", KnownBy.SAMPLE),
    Note("the business's side", "our own: in life the Conversation API sits right behind it", KnownBy.INFERRED),
    Note("signature of callbacks", "as the Conversation API signs its own", KnownBy.INFERRED, _CALLBACKS),
    Note("retries of callbacks", "the SMS API's schedule, for 24 hours; unpublished", KnownBy.INFERRED),
    Note("DELIVERED", "when the phone or a stream took the entry; there are no read receipts", KnownBy.DOCUMENTED),
    Note("somebody who is away", "the message waits; the 501st drops the first as not reachable", KnownBy.INFERRED),
    Note("numbers of the errors", "gRPC's, in the JSON and HTTP statuses of the gRPC gateway", KnownBy.INFERRED),
    Note("a message id used twice", "taken once; the second answer is the first's", KnownBy.INFERRED),
    Note(
        "files of the business", "the phone asks HEAD first, as the SDK does; no HEAD, no file", KnownBy.INFERRED, _SDK
    ),
    Note("typing", "in streams and on the phone for 10 seconds, never in the history", KnownBy.INFERRED),
    Note("several files in one message", "the phone loads the first", KnownBy.INFERRED),
    Note("display name", "sent with callbacks when the person has one; the SDK has no field", KnownBy.INFERRED),
    Note("foreign pages", "any origin may use the customer's calls, as a chat in a web page must", KnownBy.INFERRED),
    Note("push, inbox, calls, client settings", "not emulated: 501 with code 12", KnownBy.DOCUMENTED, _SDK),
    Note("products in lists", "shown, not tappable", KnownBy.INFERRED),
)

_ACCEPTS: Final = {
    kind: tuple(sorted(mime for mime in MEDIA_TYPES if mime.startswith(family)))
    for kind, family in (("image", "image/"), ("video", "video/"), ("audio", "audio/"), ("document", "application/"))
}
TABLES: Final = Tables(
    KIND_ROWS,
    LIMITS,
    ERRORS,
    NOTES,
    PRESETS,
    accepts=_ACCEPTS,
    files={"voice": "audio/mp4"},
    fails_later=(SEND,),
)
