"""What WhatsApp Cloud API allows, as tables: message kinds, numbers, media types and error codes.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KINDS, Kind, KnownBy, Limit, Note, Preset, Support, Tables, VendorError

_DOCS: Final = "https://developers.facebook.com/documentation/business-messaging/whatsapp"
_SEND: Final = f"{_DOCS}/messages/send-messages"
_HOOKS: Final = f"{_DOCS}/webhooks/reference/messages"
_MEDIA: Final = f"{_DOCS}/business-phone-numbers/media"
_CODES: Final = f"{_DOCS}/support/error-codes"

_MT_NATIVE: Final = frozenset(
    {"text", "image", "video", "audio", "voice", "document", "sticker", "location", "contact", "buttons", "list"}
    | {"template", "reaction"}
)
_MO_NATIVE: Final = _MT_NATIVE - {"buttons", "list", "template"}
_MO_REFUSALS: Final = {
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists; taps on shown rows do arrive",
    "template": "templates are the business's",
}

TEXT_MAX: Final = 4_096
CAPTION_MAX: Final = 1_024
WINDOW_MS: Final = DAY
MEDIA_URL_LIFE_MS: Final = 5 * MINUTE
INBOUND_MEDIA_LIFE_MS: Final = 7 * DAY
UPLOADED_MEDIA_LIFE_MS: Final = 30 * DAY
LINK_CACHE_MS: Final = 10 * MINUTE
TYPING_MS: Final = 25 * SECOND
LIST_ROWS_MAX: Final = 10
MEGABYTE: Final = 1_048_576

KIND_ROWS: Final = tuple(Kind(kind, "MT", Support.NATIVE, "", _SEND) for kind in KINDS) + tuple(
    Kind(
        kind,
        "MO",
        Support.NATIVE if kind in _MO_NATIVE else Support.REJECTED,
        _MO_REFUSALS.get(kind, ""),
        _HOOKS,
    )
    for kind in KINDS
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", _SEND),
    Limit("caption", CAPTION_MAX, "characters", _SEND),
    Limit("interactive body", 1_024, "characters", _SEND),
    Limit("reply buttons", 3, "buttons", _SEND),
    Limit("reply button title", 20, "characters", _SEND),
    Limit("list rows", LIST_ROWS_MAX, "rows", _SEND),
    Limit(
        "customer service window",
        WINDOW_MS // HOUR,
        "hours",
        f"{_DOCS}/messages/send-messages#customer-service-windows",
    ),
    Limit("media URL lifetime", MEDIA_URL_LIFE_MS // MINUTE, "minutes", _MEDIA),
    Limit("inbound media lifetime", INBOUND_MEDIA_LIFE_MS // DAY, "days", _MEDIA),
    Limit("uploaded media lifetime", UPLOADED_MEDIA_LIFE_MS // DAY, "days", _MEDIA),
    Limit("link cache", LINK_CACHE_MS // MINUTE, "minutes", _MEDIA),
    Limit("typing indicator", TYPING_MS // SECOND, "seconds", f"{_DOCS}/typing-indicators"),
    Limit("webhook retries", 7, "days", f"{_DOCS}/webhooks/overview"),
)


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one message kind takes."""

    types: tuple[str, ...]
    """Accepted media types; empty accepts any."""
    max_bytes: int


MEDIA_RULES: Final = {
    "image": MediaRule(("image/jpeg", "image/png"), 5 * MEGABYTE),
    "video": MediaRule(("video/mp4", "video/3gpp"), 16 * MEGABYTE),
    "audio": MediaRule(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * MEGABYTE),
    "document": MediaRule((), 100 * MEGABYTE),
    "sticker": MediaRule(("image/webp",), 500 * 1_024),
}
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""

INVALID_PARAMETER = VendorError(100, 400, "Invalid parameter", _CODES)
PARAMETER_MISSING = VendorError(131008, 400, "Required parameter is missing", _CODES)
PARAMETER_INVALID = VendorError(131009, 400, "Parameter value is not valid", _CODES)
SAME_SENDER = VendorError(131021, 400, "Recipient cannot be sender", _CODES)
UNDELIVERABLE = VendorError(131026, 400, "Message undeliverable", _CODES)
WINDOW_CLOSED = VendorError(131047, 400, "Re-engagement message", _CODES)
UNSUPPORTED_TYPE = VendorError(131051, 400, "Unsupported message type", _CODES)
MEDIA_UPLOAD = VendorError(131053, 400, "Media upload error", _CODES)
TEMPLATE_PARAMETERS = VendorError(
    132000, 400, "Number of parameters does not match the expected number of params", _CODES
)
TEMPLATE_MISSING = VendorError(132001, 404, "Template name does not exist in the translation", _CODES)
RATE_LIMIT = VendorError(130429, 400, "Rate limit hit", _CODES)
PAIR_RATE_LIMIT = VendorError(131056, 400, "(Business Account, Consumer Account) pair rate limit hit", _CODES)
SPAM_LIMIT = VendorError(131048, 400, "Spam rate limit hit", _CODES)
NOT_ENGAGED = VendorError(
    131049, 400, "This message was not delivered to maintain healthy ecosystem engagement", _CODES
)
PAYMENT = VendorError(131042, 400, "Business eligibility payment issue", _CODES)
LOCKED = VendorError(131031, 403, "Business Account locked", _CODES)
BUSINESS_LIMIT = VendorError(80007, 400, "Rate limit issues", _CODES)
SOMETHING_WRONG = VendorError(131000, 500, "Something went wrong", _CODES)
UNAVAILABLE = VendorError(131016, 503, "Service unavailable", _CODES)

ERRORS: Final = (
    INVALID_PARAMETER,
    PARAMETER_MISSING,
    PARAMETER_INVALID,
    SAME_SENDER,
    UNDELIVERABLE,
    WINDOW_CLOSED,
    UNSUPPORTED_TYPE,
    MEDIA_UPLOAD,
    TEMPLATE_PARAMETERS,
    TEMPLATE_MISSING,
    RATE_LIMIT,
    PAIR_RATE_LIMIT,
    SPAM_LIMIT,
    NOT_ENGAGED,
    PAYMENT,
    LOCKED,
    BUSINESS_LIMIT,
    SOMETHING_WRONG,
    UNAVAILABLE,
)
BY_CODE: Final = {str(error.code): error for error in ERRORS}


def error_of(code: str) -> VendorError:
    """The error with this code; one that is not in the table has a text of no importance."""
    return BY_CODE.get(code) or VendorError(int(code) if code.isdecimal() else code, 400, "Unknown error", _CODES)


DETAILS: Final = {
    131026: "Message Undeliverable.",
    131047: "Message failed to send because more than 24 hours have passed since the customer last replied.",
    131051: "Message type is currently not supported.",
}

NOTES: Final = (
    Note("send, statuses, inbound messages, media, window", "emulated", KnownBy.DOCUMENTED, _SEND),
    Note("failed 131047 and 131053 come after the 200", "emulated", KnownBy.SAMPLE),
    Note(
        "webhook retry delays", "2 s growing to 12 h, for 7 days; the vendor says only 'decreasing'", KnownBy.INFERRED
    ),
    Note("media by link: redirects", "up to three are followed", KnownBy.SAMPLE),
    Note("media by link: time-out", "20 s, one attempt; unpublished", KnownBy.INFERRED),
    Note("unknown media id in a send", "refused at once with 131009", KnownBy.INFERRED),
    Note(
        "callback set-up of a lab world", "registered as the dashboard would, without the challenge", KnownBy.INFERRED
    ),
    Note("pricing in statuses", "always free customer service, also for templates", KnownBy.INFERRED),
    Note("template parameters", "of the body; those of header and buttons are taken and not shown", KnownBy.INFERRED),
    Note("several contacts in one message", "the phone shows the first", KnownBy.INFERRED),
    Note("token scopes, appsecret_proof", "not checked: each token of the account may do everything", KnownBy.INFERRED),
    Note("override_callback_uri", "counts for the whole account", KnownBy.INFERRED),
    Note("rate limits, template review, flows, catalogues, groups, calls", "not emulated", KnownBy.DOCUMENTED),
    Note("business-scoped user ids", "always sent beside the phone number", KnownBy.DOCUMENTED, _HOOKS),
)

_MESSAGES: Final = "messages"


def _later(error: VendorError, says: str) -> Preset:
    return Preset(str(error.code), says, Failure(code=str(error.code)), _MESSAGES, source=error.source)


def _at_once(error: VendorError, says: str, operation: str = _MESSAGES) -> Preset:
    what = Status(status=error.status, code=str(error.code))
    return Preset(str(error.code), says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _later(UNDELIVERABLE, "Accepted, then failed: the recipient cannot get the message."),
    _later(WINDOW_CLOSED, "Accepted, then failed: more than 24 hours have passed since the customer last wrote."),
    _later(MEDIA_UPLOAD, "Accepted, then failed: the file could not be fetched or used."),
    _later(NOT_ENGAGED, "Accepted, then failed: the vendor limits marketing to this person."),
    _later(SPAM_LIMIT, "Accepted, then failed: too many people have blocked or reported the number."),
    _later(PAYMENT, "Accepted, then failed: the account has a payment problem."),
    _at_once(RATE_LIMIT, "Refused: the number sends faster than it may."),
    _at_once(PAIR_RATE_LIMIT, "Refused: too many messages to this one person in a short time."),
    _at_once(BUSINESS_LIMIT, "Refused: the account makes too many calls.", "*"),
    _at_once(LOCKED, "Refused: the account is locked."),
    _at_once(SOMETHING_WRONG, "Refused with a 500: something went wrong at the vendor's."),
    _at_once(UNAVAILABLE, "Refused with a 503: the service is down."),
    Preset(
        "190", "Refused: the access token is invalid or has expired.", Status(status=401, code="190"), source=_CODES
    ),
)

TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, fails_later=(_MESSAGES,))
