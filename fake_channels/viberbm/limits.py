"""What Viber Business Messages allows, as tables: message types, sizes, sessions, status codes.

Pure data; every row carries its source. The vendor's own specification is confidential and was not used: what stands
here is what public clients and the pages of resellers show, and the notes say where this project chose for itself.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, MINUTE
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_CLIENT: Final = "https://github.com/andrey0001/n8n-nodes-viber-bm"
_ALIBABA: Final = "https://www.alibabacloud.com/help/en/chatapp/user-guide/viber-api-error-codes"
_SIZES: Final = "https://www.alibabacloud.com/help/doc-detail/2807999.html"
_INFOBIP: Final = "https://www.infobip.com/docs/viber/business-messages/compliance-guidelines"
_SINCH: Final = "https://developers.sinch.com/docs/conversation/channel-support/viberbm"

_MT_REFUSALS: Final = {
    "audio": "there is no audio message; a link in a text carries it",
    "voice": "there is no voice message; a link in a text carries it",
    "sticker": "a business sends no stickers",
    "location": "there is no location message; a link in a text carries it",
    "contact": "there is no contact message; a text carries it",
    "reaction": "a business cannot react",
}
_MT_DEGRADES: Final = {"buttons": "one button that opens a link; replies to choose from become a list"}
_MO_REFUSALS: Final = {
    "audio": "a chat with a business takes texts, pictures, videos and files",
    "voice": "a chat with a business takes no voice notes",
    "sticker": "no callback tells of stickers",
    "location": "a chat with a business takes no places",
    "contact": "a chat with a business takes no cards",
    "buttons": "a person sends no buttons",
    "list": "a person sends no lists; a choice from a shown one arrives as text",
    "template": "a person sends no templates",
    "reaction": "no callback tells of reactions",
}

MEGABYTE: Final = 1_048_576
TEXT_MAX: Final = 1_000
REQUEST_MAX: Final = 100_000
TTL_MIN_S: Final = 30
TTL_MAX_S: Final = 1_209_600
SESSION_MS: Final = DAY
SESSION_MAX: Final = 60
IN_A_ROW_MAX: Final = 5
MEDIA_LIFE_MS: Final = HOUR
MEDIA_KEPT: Final = 1_000
MEDIA_KEPT_BYTES: Final = 1_000 * MEGABYTE
WAITING_MAX: Final = 1_000
PARAMETER_MAX: Final = 125
RETRIES_MS: Final = tuple(step * MINUTE for step in (1, 2, 4, 8, 15, 30))
RETRY_LIFE_MS: Final = HOUR
FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 5


KIND_ROWS: Final = (
    *kind_rows("MT", _CLIENT, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES, known_by=KnownBy.SAMPLE),
    *kind_rows("MO", _SINCH, rejects=_MO_REFUSALS, degrades={}, known_by=KnownBy.INFERRED),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", _SIZES),
    Limit("list title", 85, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("list options", 10, "options; two at least", _CLIENT, KnownBy.SAMPLE),
    Limit("list option", 50, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("button caption", 30, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("file name", 25, "characters", _ALIBABA),
    Limit("thumbnail URL", 1_000, "characters", _ALIBABA),
    Limit("file", 200 * MEGABYTE, "bytes", _SIZES),
    Limit("video", 200 * MEGABYTE, "bytes", _ALIBABA),
    Limit("video duration", 600, "seconds", _ALIBABA),
    Limit("picture", 50 * MEGABYTE, "bytes", _SIZES),
    Limit("animated picture", 20 * MEGABYTE, "bytes", _SIZES),
    Limit("carousel", 5, "cards; two at least", _CLIENT, KnownBy.SAMPLE),
    Limit("card title", 38, "characters; two at least", _CLIENT, KnownBy.SAMPLE),
    Limit("card's first label", 10, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("card's second label", 12, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("template parameter", PARAMETER_MAX, "characters", _CLIENT, KnownBy.SAMPLE),
    Limit("shortest TTL", TTL_MIN_S, "seconds", _ALIBABA),
    Limit("longest TTL", TTL_MAX_S, "seconds, which is the default too", _ALIBABA),
    Limit("session", SESSION_MS // HOUR, "hours from the user's first message", _INFOBIP),
    Limit("session messages", SESSION_MAX, "messages a session", _INFOBIP),
    Limit("session messages in a row", IN_A_ROW_MAX, "messages without an answer", _INFOBIP),
    Limit("request", REQUEST_MAX, "bytes", _CLIENT, KnownBy.INFERRED),
    Limit("media of a user", MEDIA_LIFE_MS // MINUTE, "minutes", _SINCH, KnownBy.INFERRED),
)

Content: TypeAlias = Literal[
    "text", "image", "image_button", "text_button", "file", "video", "list", "carousel", "template"
]
Category: TypeAlias = Literal["transactional", "promotional", "session"]
Tracking: TypeAlias = Literal["required", "allowed", "refused"]


class TypeRule(msgspec.Struct, frozen=True):
    """What one numeric type of message is."""

    content: Content
    category: Category
    tracking: Tracking
    """Whether `#tracking_data` must, may or must not be there. A type that takes it can be replied to."""


def _types(content: Content, category: Category, tracking: Tracking, *numbers: int) -> dict[int, TypeRule]:
    return dict.fromkeys(numbers, TypeRule(content, category, tracking))


TYPES: Final = {
    **_types("text", "transactional", "refused", 6, 106),
    **_types("text", "transactional", "required", 206),
    **_types("text", "promotional", "required", 225),
    **_types("text", "session", "required", 306),
    **_types("image", "promotional", "refused", 7, 107),
    **_types("image", "promotional", "required", 207),
    **_types("image", "session", "required", 307),
    **_types("image_button", "promotional", "refused", 8, 108),
    **_types("image_button", "promotional", "required", 208, 210),
    **_types("text_button", "promotional", "refused", 9, 109),
    **_types("text_button", "promotional", "required", 209),
    **_types("file", "transactional", "required", 220),
    **_types("file", "transactional", "refused", 222),
    **_types("file", "transactional", "allowed", 223),
    **_types("file", "session", "allowed", 221, 224),
    **_types("video", "promotional", "required", 230, 231, 232, 233),
    **_types("list", "transactional", "required", 801),
    **_types("list", "session", "required", 802),
    **_types("carousel", "promotional", "required", 901),
    **_types("template", "transactional", "allowed", 1701, 1702),
}
"""Source: https://github.com/andrey0001/n8n-nodes-viber-bm#message-type-reference"""
ACTION_VIDEO: Final = 233
"""The one type of video whose button opens a link: its file is `#media`, not `#action`."""

FILE_TYPES: Final = (
    "doc docx rtf dot dotx odt odf fodt txt info pdf xps pdax eps xls xlsx ods fods csv xlsm xltx".split()  # noqa: SIM905
)
"""Source: https://www.alibabacloud.com/help/doc-detail/2807999.html"""


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one kind of media takes."""

    max_bytes: int
    family: str = ""
    """What the bytes must be; empty takes anything."""


MEDIA_RULES: Final = {
    "image": MediaRule(50 * MEGABYTE, "image"),
    "video": MediaRule(200 * MEGABYTE, "video"),
    "document": MediaRule(200 * MEGABYTE),
}
GIF_MAX: Final = 20 * MEGABYTE


def _status(code: int, text: str, source: str = _ALIBABA, known_by: KnownBy = KnownBy.DOCUMENTED) -> VendorError:
    return VendorError(code, 200, text, source, known_by)


INTERNAL = _status(1, "SRVC_INTERNAL_FAILURE")
BAD_SERVICE = _status(2, "SRVC_BAD_SERVICE_ID")
BAD_DATA = _status(3, "SRVC_BAD_DATA")
BAD_TYPE = _status(5, "SRVC_BAD_MESSAGE_TYPE")
BAD_PARAMETERS = _status(6, "SRVC_BAD_PARAMETERS")
TIMEOUT = _status(7, "SRVC_TIMEOUT")
USER_BLOCKED = _status(8, "SRVC_USER_BLOCKED")
NOT_A_USER = _status(9, "SRVC_NOT_VIBER_USER")
NO_DEVICE = _status(10, "SRVC_NO_SUITABLE_DEVICE")
BAD_IP = _status(401, "SRVC_UNAUTHORIZED_IP")
NOT_PERMITTED = _status(13, "SRVC_NOT_PERMITTED")
NO_MORE = _status(17, "SRVC_NO_MORE_MESSAGES", _CLIENT, KnownBy.INFERRED)
BAD_LABEL = _status(18, "SRVC_BAD_LABEL")
BAD_TTL = _status(20, "SRVC_INVALID_TTL")
WAIT = _status(21, "SRVC_WAIT_FOR_USER_RESPONSE")
BAD_PHONE = _status(27, "SRVC_INVALID_PHONE_NUMBER", _CLIENT, KnownBy.SAMPLE)
BAD_FILE = _status(28, "SRVC_FILE_NOT_PERMITTED")
BAD_FILE_NAME = _status(29, "SRVC_BAD_FILE_NAME_LENGTH")
BAD_THUMBNAIL = _status(30, "SRVC_BAD_THUMBNAIL")
BAD_FILE_SIZE = _status(31, "SRVC_BAD_FILE_SIZE")
BAD_DURATION = _status(32, "SRVC_BAD_DURATION")
NO_TEMPLATE = _status(38, "TEMPLATE_NOT_FOUND", _CLIENT, KnownBy.SAMPLE)
BAD_TEMPLATE = _status(39, "TEMPLATE_VALIDATION_ERROR", _CLIENT, KnownBy.SAMPLE)
BAD_LIST = _status(40, "SRVC_SURVEY_VALIDATION_ERROR", _CLIENT, KnownBy.SAMPLE)
BAD_CAROUSEL = _status(41, "SRVC_CAROUSEL_VALIDATION_ERROR", _CLIENT, KnownBy.SAMPLE)
SERVICE_BLOCKED = _status(43, "SRVC_SERVICE_BLOCKED", _CLIENT, KnownBy.SAMPLE)
NO_ROUTE = VendorError("404", 404, "Not Found", _CLIENT, KnownBy.INFERRED)

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))
BY_CODE: Final = {str(error.code): error for error in ERRORS if error is not NO_ROUTE}

BLAME: Final = (
    ("label", "", BAD_LABEL),
    ("ttl", "", BAD_TTL),
    ("", "required", BAD_PARAMETERS),
    ("dest", "", BAD_PHONE),
    ("file_type", "", BAD_FILE),
    ("message.#fileName", "", BAD_FILE_NAME),
    ("message.#thumbnail", "", BAD_THUMBNAIL),
    ("file_size", "", BAD_FILE_SIZE),
    ("duration", "", BAD_DURATION),
    ("survey", "", BAD_LIST),
    ("carousel", "", BAD_CAROUSEL),
    ("templateParams", "", BAD_TEMPLATE),
    ("message.#caption", "", BAD_PARAMETERS),
    ("", "", BAD_DATA),
)
"""Which status a mistake has: where it is, which rule it breaks (empty is any), the status. The first row that fits."""

BROKEN_MEDIA: Final = "The media of the message could not be downloaded"
WRONG_MEDIA: Final = "The media of the message is not of the declared type"

NOTES: Final = (
    Note(
        "requests, types, sizes and status codes",
        "as public clients and pages show",
        KnownBy.SAMPLE,
        _CLIENT,
    ),
    Note("callbacks", "this project's own contract: the vendor's is not public", KnownBy.INFERRED),
    Note("who may call", "whoever knows the service id; really listed addresses only", KnownBy.SAMPLE, _CLIENT),
    Note("proof of a callback", "none; the service id is in the body", KnownBy.INFERRED),
    Note("HTTP status", "200 always; the error is in the body's status", KnownBy.SAMPLE, _CLIENT),
    Note("reason", "a key of our own in refusals, with all mistakes", KnownBy.INFERRED),
    Note("unknown path", "404 with a JSON body", KnownBy.INFERRED),
    Note("label", "transaction or promotion, whatever the type", KnownBy.INFERRED, _ALIBABA),
    Note("seq", "required and echoed; a repeated one is sent again", KnownBy.INFERRED),
    Note("a session message without a session, or a sixth in a row", "status 21", KnownBy.INFERRED, _INFOBIP),
    Note("the sixty-first message of a session", "status 17", KnownBy.INFERRED),
    Note("older accounts", "may send ten in a row: the setting in_a_row_max", KnownBy.SAMPLE, _CLIENT),
    Note(
        "kinds of account",
        "one-way, two-way, session: the setting kind, session by default",
        KnownBy.DOCUMENTED,
        _SINCH,
    ),
    Note("what a person may send", "text, pictures, videos, files", KnownBy.INFERRED, _SINCH),
    Note("seen", "a receipt for each message", KnownBy.INFERRED),
    Note("expired", "at the end of the TTL, when the phone was not reached", KnownBy.DOCUMENTED, _SINCH),
    Note("somebody who is offline", "1,000 messages wait; one more expires the oldest", KnownBy.INFERRED),
    Note("a file that cannot be fetched", "a failed receipt; nothing is published on that", KnownBy.INFERRED),
    Note("templates", "an order update and a one-time password, ids in the account's credentials", KnownBy.INFERRED),
    Note("a one-time password without its pin", "status 7", KnownBy.SAMPLE, _CLIENT),
    Note("primary device or all devices", "alike: the person has one phone", KnownBy.INFERRED),
    Note("rate limits, billing, HEAD requests to media, markup in texts", "not emulated", KnownBy.INFERRED),
)

_SENDING: Final = "send_message"


def _preset(error: VendorError, says: str) -> Preset:
    what = Status(status=400, code=str(error.code))
    return Preset(str(error.code), says, what, _SENDING, source=error.source, known_by=error.known_by)


def _later(name: str, says: str) -> Preset:
    return Preset(name, says, Failure(code=name), _SENDING, source=_SINCH)


PRESETS: Final = (
    _preset(INTERNAL, "Refused: something went wrong at the vendor's."),
    _preset(BAD_SERVICE, "Refused: the service id is unknown."),
    _preset(TIMEOUT, "Refused: the vendor's server timed out."),
    _preset(USER_BLOCKED, "Refused: the person blocks the business."),
    _preset(NOT_A_USER, "Refused: nobody with this number uses Viber."),
    _preset(NO_DEVICE, "Refused: the person has no device that shows such a message."),
    _preset(NOT_PERMITTED, "Refused: a billing problem."),
    _preset(WAIT, "Refused: the business must wait for an answer."),
    _preset(SERVICE_BLOCKED, "Refused: the service is blocked."),
    _preset(BAD_IP, "Refused: the caller's address is not on the list."),
    _later("failed", "Accepted, then reported: not delivered."),
    _later("expired", "Accepted, then reported: not delivered before its TTL ran out."),
    Preset("500", "Refused with a 500: something went wrong at the vendor's.", Status(status=500), source=_CLIENT),
)

_ACCEPTS: Final[dict[str, tuple[str, ...]]] = {
    kind: (f"{rule.family}/*",) for kind, rule in MEDIA_RULES.items() if rule.family
}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS, fails_later=(_SENDING,))
