"""What WhatsApp Cloud API allows, as tables: message kinds, numbers, media types and error codes.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_DOCS: Final = "https://developers.facebook.com/documentation/business-messaging/whatsapp"
_SEND: Final = f"{_DOCS}/messages/send-messages"
_HOOKS: Final = f"{_DOCS}/webhooks/reference/messages"
_MEDIA: Final = f"{_DOCS}/business-phone-numbers/media"
_CODES: Final = f"{_DOCS}/support/error-codes"
_TEMPLATES: Final = f"{_DOCS}/templates/overview"
_RATES: Final = f"{_DOCS}/about-the-platform#rate-limits"
_BLOCKING: Final = f"{_DOCS}/block-users"
_UPLOADS: Final = "https://developers.facebook.com/docs/graph-api/guides/upload"

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
MESSAGE_LIFE_MS: Final = 30 * DAY
AUTHENTICATION_LIFE_MS: Final = 10 * MINUTE
THROUGHPUT: Final = 80
PAIR_PAUSE_MS: Final = 6 * SECOND
PAIR_BURST: Final = 45
MANAGEMENT_CALLS: Final = 200
MANAGEMENT_CALLS_ACTIVE: Final = 5_000
TIERS: Final = (250, 2_000, 10_000, 100_000)
TIER: Final = TIERS[-1]
TEMPLATES_MAX: Final = 250
TEMPLATE_BODY_MAX: Final = 1_024
TEMPLATE_NAME_FREE_MS: Final = 30 * DAY
REVIEW_MS: Final = 5 * MINUTE
BLOCKED_MAX: Final = 64_000
BLOCK_CALL_MAX: Final = 1_000
BLOCK_WITHIN_MS: Final = DAY
EDIT_WITHIN_MS: Final = 15 * MINUTE
REVOKE_WITHIN_MS: Final = 60 * HOUR
UPLOAD_LIFE_MS: Final = DAY
UPLOADS_MAX: Final = 100
SENT_MAX: Final = 100_000
WAITING_MAX: Final = 1_000
MEDIA_MAX: Final = 2_000
STATIC_STICKER_MAX: Final = 100 * 1_024
VOICE_TYPE: Final = "audio/ogg"
NUMBER_MAX: Final = 15
LATITUDE_MAX: Final = 90
LONGITUDE_MAX: Final = 180

KIND_ROWS: Final = (
    *kind_rows("MT", _SEND, rejects={}, degrades={}),
    *kind_rows("MO", _HOOKS, rejects=_MO_REFUSALS, degrades={}),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", _SEND),
    Limit("caption", CAPTION_MAX, "characters", _SEND),
    Limit("phone number", NUMBER_MAX, "digits", "https://www.itu.int/rec/T-REC-E.164"),
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
    Limit("throughput of a number", THROUGHPUT, "messages a second", _RATES),
    Limit("pause between messages to one person", PAIR_PAUSE_MS // SECOND, "seconds", _RATES),
    Limit("burst to one person", PAIR_BURST, "messages, paid back by pauses", _RATES),
    Limit("people outside windows in 24 hours", TIER, "people, by tier", f"{_DOCS}/messaging-limits"),
    Limit("management calls of an account without numbers", MANAGEMENT_CALLS, "an hour", _RATES),
    Limit("management calls", MANAGEMENT_CALLS_ACTIVE, "an hour", _RATES),
    Limit("message lifetime", MESSAGE_LIFE_MS // DAY, "days", _SEND),
    Limit("authentication message lifetime", AUTHENTICATION_LIFE_MS // MINUTE, "minutes", _TEMPLATES),
    Limit("templates of an account", TEMPLATES_MAX, "templates", _TEMPLATES),
    Limit("template name", 512, "characters", _TEMPLATES),
    Limit("template header", 60, "characters", _TEMPLATES),
    Limit("template body", TEMPLATE_BODY_MAX, "characters", _TEMPLATES),
    Limit("template footer", 60, "characters", _TEMPLATES),
    Limit("template buttons", 10, "buttons", _TEMPLATES),
    Limit("template button label", 25, "characters", _TEMPLATES),
    Limit("name of a deleted template is kept", TEMPLATE_NAME_FREE_MS // DAY, "days", _TEMPLATES, KnownBy.SAMPLE),
    Limit("template review", REVIEW_MS // MINUTE, "minutes", _TEMPLATES, KnownBy.INFERRED),
    Limit("people on the block list", BLOCKED_MAX, "people", _BLOCKING),
    Limit("people blocked by one call", BLOCK_CALL_MAX, "people", _BLOCKING),
    Limit("blocking after a message", BLOCK_WITHIN_MS // HOUR, "hours", _BLOCKING),
    Limit("editing by a person", EDIT_WITHIN_MS // MINUTE, "minutes", _HOOKS, KnownBy.INFERRED),
    Limit("deleting for everybody by a person", REVOKE_WITHIN_MS // HOUR, "hours", _HOOKS, KnownBy.INFERRED),
    Limit("upload session", UPLOAD_LIFE_MS // HOUR, "hours", _UPLOADS, KnownBy.INFERRED),
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

ALIKE: Final = (frozenset({"audio/mp4", "audio/x-m4a", "video/mp4", "video/x-m4v", "video/3gpp", "video/quicktime"}),)
"""Types that share a container: which of them a file is, its first bytes do not say for certain."""
SILENT: Final = frozenset({"audio/aac", "audio/mpeg"})
"""Types whose files may begin with anything; those of all others show themselves."""

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
BLOCKED_BY_BUSINESS = VendorError(130403, 400, "The business has blocked this user", _CODES, KnownBy.SAMPLE)
MARKETING_STOPPED = VendorError(131050, 400, "User has stopped marketing messages from this business", _CODES)
USER_ID_NOT_ALLOWED = VendorError(131062, 400, "Business-scoped user ids are not allowed here", _CODES)
TEMPLATE_TOO_LONG = VendorError(132005, 400, "Template hydrated text too long", _CODES)
TEMPLATE_FORMAT = VendorError(132012, 400, "Parameter format does not match format in the created template", _CODES)
TEMPLATE_PAUSED = VendorError(132015, 400, "Template is paused", _CODES)
TEMPLATE_DISABLED = VendorError(132016, 400, "Template is disabled", _CODES)
TEMPLATE_PARAMETER = VendorError(132018, 400, "There is a problem with the parameters of the template", _CODES)
PIN_MISMATCH = VendorError(133005, 400, "Two step verification PIN mismatch", _CODES)
NOT_REGISTERED = VendorError(133010, 400, "Phone number not registered", _CODES)
BLOCKING_FAILED = VendorError(139100, 400, "Failed to block some users", _BLOCKING, KnownBy.SAMPLE)
BLOCK_LIST_FULL = VendorError(139101, 400, "Block list limit reached", _BLOCKING, KnownBy.SAMPLE)
SOMETHING_WRONG = VendorError(131000, 500, "Something went wrong", _CODES)
UNAVAILABLE = VendorError(131016, 503, "Service unavailable", _CODES)
METHOD = VendorError(3, 500, "API Method", _CODES)
PERMISSION = VendorError(10, 403, "Permission denied", _CODES)
NO_PERMISSION = VendorError(200, 403, "API Permission", _CODES)
TOO_MANY_CALLS = VendorError(4, 400, "API Too Many Calls", _CODES)
POLICY = VendorError(368, 403, "Temporarily blocked for policies violations", _CODES)
ACCESS_DENIED = VendorError(131005, 403, "Access denied", _CODES)
COUNTRY = VendorError(130497, 403, "Business account is restricted from messaging users in this country", _CODES)
EXPERIMENT = VendorError(130472, 400, "User's number is part of an experiment", _CODES)
NOT_ALLOWED = VendorError(131030, 400, "Recipient phone number not in allowed list", _CODES)
MEDIA_DOWNLOAD = VendorError(131052, 400, "Media download error", _CODES)
TEMPLATE_POLICY = VendorError(132007, 400, "Template format character policy violated", _CODES)
GENERIC_USER = VendorError(135000, 400, "Generic user error", _CODES)

ERRORS: Final = (
    METHOD,
    PERMISSION,
    NO_PERMISSION,
    TOO_MANY_CALLS,
    POLICY,
    ACCESS_DENIED,
    COUNTRY,
    EXPERIMENT,
    NOT_ALLOWED,
    MEDIA_DOWNLOAD,
    TEMPLATE_POLICY,
    GENERIC_USER,
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
    BLOCKED_BY_BUSINESS,
    MARKETING_STOPPED,
    USER_ID_NOT_ALLOWED,
    TEMPLATE_TOO_LONG,
    TEMPLATE_FORMAT,
    TEMPLATE_PAUSED,
    TEMPLATE_DISABLED,
    TEMPLATE_PARAMETER,
    PIN_MISMATCH,
    NOT_REGISTERED,
    BLOCKING_FAILED,
    BLOCK_LIST_FULL,
    SOMETHING_WRONG,
    UNAVAILABLE,
)
BY_CODE: Final = {str(error.code): error for error in ERRORS}


def error_of(code: str) -> VendorError:
    """The error with this code; one that is not in the table has a text of no importance."""
    return BY_CODE.get(code) or VendorError(int(code) if code.isdecimal() else code, 400, "Unknown error", _CODES)


class Subcode(msgspec.Struct, frozen=True):
    """Why a template cannot be made: what goes with code 100."""

    number: int
    title: str
    known_by: KnownBy = KnownBy.SAMPLE


TOO_MANY_TEMPLATES = Subcode(2388019, "Message template limit exceeded")
BEING_DELETED = Subcode(2388023, "Message template language is being deleted")
LANGUAGE_EXISTS = Subcode(2388024, "Content in this language already exists")
FIELD_TOO_LONG = Subcode(2388040, "The field exceeded the character limit")
FIELD_MISSING = Subcode(2388043, 'Message template "components" param is missing expected field(s)')
HEADER_FORMAT = Subcode(2388047, "Message header format is incorrect")
BODY_FORMAT = Subcode(2388072, "Message body format is incorrect")
FOOTER_FORMAT = Subcode(2388073, "Message footer format is incorrect")
TOO_MANY_VARIABLES = Subcode(2388293, "This template has too many variables for its length")
VARIABLE_AT_EDGE = Subcode(2388299, "Variables can't be at the start or end of the template")
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"""

REVIEWS: Final = {
    "reject": ("REJECTED",),
    "pause": ("APPROVED", "PAUSED"),
    "disable": ("APPROVED", "DISABLED"),
}
"""What becomes of a template whose name holds such a word, one step a review; all others are approved."""
REJECTION: Final = "INVALID_FORMAT"

DETAILS: Final = {
    131026: "Message Undeliverable.",
    131047: "Message failed to send because more than 24 hours have passed since the customer last replied.",
    131051: "Message type is currently not supported.",
}

NOTES: Final = (
    Note("send, statuses, inbound messages, media, window", "emulated", KnownBy.DOCUMENTED, _SEND),
    Note("failed 131047, 131050 and 131053 come after the 200", "emulated", KnownBy.SAMPLE),
    Note(
        "webhook retry delays", "2 s growing to 12 h, for 7 days; the vendor says only 'decreasing'", KnownBy.INFERRED
    ),
    Note("media by link: redirects", "up to three are followed", KnownBy.SAMPLE),
    Note("media by link: time-out", "20 s, one attempt; unpublished", KnownBy.INFERRED),
    Note("mislabelled files", "what the first bytes show must be what is declared", KnownBy.SAMPLE, _MEDIA),
    Note("unknown media id in a send", "refused at once with 131009", KnownBy.INFERRED),
    Note(
        "callback set-up of a lab world", "registered as the dashboard would, without the challenge", KnownBy.INFERRED
    ),
    Note(
        "pricing in statuses", "service and utility are free in an open window, templates else cost", KnownBy.INFERRED
    ),
    Note("template review", "by words in the name: reject, pause, disable; all others pass", KnownBy.INFERRED),
    Note("template review time", "5 minutes, a setting; the vendor says minutes to a day", KnownBy.INFERRED),
    Note("template creation errors", "subcodes as reported; examples are wanted, not judged", KnownBy.SAMPLE),
    Note("editing a template", "a new review; counts of edits are not limited", KnownBy.INFERRED),
    Note(
        "people outside windows",
        "beyond the tier a template fails with 131048; the code is unpublished",
        KnownBy.INFERRED,
    ),
    Note("tier", "100,000 people, a setting; new accounts of the vendor's start with 250", KnownBy.INFERRED),
    Note("pair rate", "a burst is what comes within 6 s; then all of it must be paid back", KnownBy.DOCUMENTED, _RATES),
    Note("rates", "kept unless the world lifts them", KnownBy.DOCUMENTED, _RATES),
    Note("statuses of old messages", "a message is remembered for 30 days, and no more than 100,000", KnownBy.INFERRED),
    Note("delivered", "always told, also when the chat is open", KnownBy.INFERRED),
    Note("several contacts in one message", "the phone shows the first", KnownBy.INFERRED),
    Note("token scopes", "not checked: each token of the account may do everything", KnownBy.INFERRED),
    Note("appsecret_proof", "checked when it is in the query, never required", KnownBy.SAMPLE),
    Note("files", "the newest 2,000 are kept, within their lifetimes", KnownBy.INFERRED),
    Note("recipients that are no phone numbers", "refused at once with 131009", KnownBy.INFERRED),
    Note("access token", "lives for ever, as a system user's; preset 190 takes it back", KnownBy.DOCUMENTED),
    Note("fields of objects that are unknown here", "left out of the answer", KnownBy.INFERRED),
    Note("a number above its rate of management calls", "80007 and the usage header", KnownBy.DOCUMENTED, _RATES),
    Note("a person's edits and deletions", "told as edit and revoke; a setting makes them unsupported", KnownBy.SAMPLE),
    Note("another number", "when the person does send_unsupported user_changed_number", KnownBy.INFERRED),
    Note("listening to a voice message", "a tap on its button Play", KnownBy.INFERRED),
    Note("a tap on an advertisement", "opting in with a payload: it is the advertisement's id", KnownBy.INFERRED),
    Note("opting out and in", "of marketing messages; told by user_preferences", KnownBy.DOCUMENTED, _HOOKS),
    Note("a call that blocks nobody", "400 with 139100; with somebody blocked 200 and errors", KnownBy.INFERRED),
    Note("a quote of an unknown message", "the message arrives without it", KnownBy.INFERRED),
    Note("flows, catalogues, orders, groups, calls, profiles, QR codes", "not emulated", KnownBy.DOCUMENTED),
    Note("batches of Graph requests in one", "not emulated: 2500", KnownBy.DOCUMENTED),
    Note("coexistence (smb_message_echoes), quality and account updates", "not emulated", KnownBy.DOCUMENTED, _HOOKS),
    Note("templates in appeal, held or experimented with", "not emulated: presets fail a send", KnownBy.DOCUMENTED),
    Note(
        "business-scoped user ids", "beside the phone number, or by a setting instead of it", KnownBy.DOCUMENTED, _HOOKS
    ),
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
    _later(EXPERIMENT, "Accepted, then failed: the person is part of an experiment without such messages."),
    _later(PAYMENT, "Accepted, then failed: the account has a payment problem."),
    _at_once(RATE_LIMIT, "Refused: the number sends faster than it may."),
    _at_once(PAIR_RATE_LIMIT, "Refused: too many messages to this one person in a short time."),
    _at_once(BUSINESS_LIMIT, "Refused: the account makes too many calls.", "*"),
    _at_once(NOT_ALLOWED, "Refused: a test number writes to people of its list only."),
    _at_once(POLICY, "Refused: the account is blocked for a while for what it did."),
    _at_once(LOCKED, "Refused: the account is locked."),
    _at_once(SOMETHING_WRONG, "Refused with a 500: something went wrong at the vendor's."),
    _at_once(UNAVAILABLE, "Refused with a 503: the service is down."),
    Preset(
        "190", "Refused: the access token is invalid or has expired.", Status(status=401, code="190"), source=_CODES
    ),
)

_ACCEPTS: Final = {kind: rule.types for kind, rule in MEDIA_RULES.items() if rule.types}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS, fails_later=(_MESSAGES,))
