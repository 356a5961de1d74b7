"""What the Sinch SMS API ("XMS") allows, as tables: message kinds, numbers, delivery codes and errors.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_DOCS: Final = "https://developers.sinch.com/docs/sms/api-reference"
_BATCHES: Final = f"{_DOCS}/sms/tag/Batches"
_INBOUNDS: Final = f"{_DOCS}/sms/tag/Inbounds"
_HOOKS: Final = f"{_DOCS}/sms/tag/Webhooks"
_REPORTS: Final = f"{_DOCS}/sms/tag/Delivery-reports"
_GROUPS: Final = f"{_DOCS}/sms/tag/Groups"
_STATUS_CODES: Final = f"{_DOCS}/status-codes"

_MEDIA: Final = ("image", "video", "audio", "voice", "document", "sticker")
_MT_REFUSALS: Final = {
    **dict.fromkeys(_MEDIA, "an SMS carries no file; send a link in the text"),
    "location": "an SMS carries no location; send a link in the text",
    "contact": "an SMS carries no card; write name and number in the text",
    "buttons": "an SMS has no buttons; write the choices in the text",
    "list": "an SMS has no lists; write the choices in the text",
    "template": "SMS has no templates; use parameters in the text",
    "reaction": "SMS has no reactions",
}
_MO_REFUSALS: Final = {
    **dict.fromkeys(_MEDIA, "a file would leave the phone as MMS, which this API does not receive"),
    "location": "a shared place would leave the phone as MMS, which this API does not receive",
    "contact": "a card would leave the phone as MMS, which this API does not receive",
    "buttons": "a person sends no buttons, and an SMS shows none",
    "list": "a person sends no lists, and an SMS shows none",
    "template": "a person sends no templates",
    "reaction": "SMS has no reactions",
}

BODY_MAX: Final = 2_000
RECIPIENTS_MAX: Final = 1_000
LIFE_MS: Final = 3 * DAY
BINARY_MAX: Final = 140
PAGE_SIZE: Final = 30
PAGE_SIZE_MAX: Final = 100
LIST_WINDOW_MS: Final = DAY
DRY_RUN_RECIPIENTS: Final = 100
MAX_BODY_BYTES: Final = 2_097_152
KEPT_MS: Final = 35 * DAY
SWEEP_MS: Final = HOUR
BATCHES_MAX: Final = 20_000
INBOUNDS_MAX: Final = 100_000
WAITING_MAX: Final = 1_000
GROUPS_MAX: Final = 1_000
MEMBERS_MAX: Final = 10_000
CHILDREN_MAX: Final = 10
OUTSTANDING_MAX: Final = 10_000
RETRY_DELAYS_MS: Final = tuple(5 * SECOND * 2**step for step in range(15))

KIND_ROWS: Final = (
    *kind_rows("MT", _BATCHES, rejects=_MT_REFUSALS, degrades={}),
    *kind_rows("MO", _INBOUNDS, rejects=_MO_REFUSALS, degrades={}),
)

LIMITS: Final = (
    Limit("text", BODY_MAX, "characters", _BATCHES),
    Limit("recipients of a batch", RECIPIENTS_MAX, "recipients", _BATCHES),
    Limit("parameter name", 16, "characters", _BATCHES),
    Limit("parameter value", 160, "characters", _BATCHES),
    Limit("client reference", 128, "characters", _BATCHES),
    Limit("callback URL", 2_048, "characters", _BATCHES),
    Limit("lifetime of a message", 3, "days", _BATCHES),
    Limit("GSM-7, alone", 160, "characters", f"{_DOCS}/sms/tag/Batches#body"),
    Limit("GSM-7, each part of several", 153, "characters", f"{_DOCS}/sms/tag/Batches#body"),
    Limit("UCS-2, alone", 70, "UTF-16 units", f"{_DOCS}/sms/tag/Batches#body"),
    Limit("UCS-2, each part of several", 67, "UTF-16 units", f"{_DOCS}/sms/tag/Batches#body"),
    Limit("binary message with its header", BINARY_MAX, "bytes", _BATCHES),
    Limit("page size", PAGE_SIZE_MAX, "entries", _BATCHES),
    Limit("lists reach back unless told", LIST_WINDOW_MS // DAY, "days", _BATCHES),
    Limit("last callback retry", RETRY_DELAYS_MS[-1] // SECOND, "seconds", _HOOKS),
    Limit("reports are kept", KEPT_MS // DAY, "days", _REPORTS),
    Limit("group name", 20, "characters", _GROUPS),
    Limit("members of a group", MEMBERS_MAX, "members", _GROUPS),
    Limit("groups in a group", CHILDREN_MAX, "groups", _GROUPS),
    Limit("groups of a plan", GROUPS_MAX, "groups", _GROUPS, KnownBy.INFERRED),
    Limit("outstanding messages", OUTSTANDING_MAX, "messages", _STATUS_CODES, KnownBy.INFERRED),
    Limit("request body", MAX_BODY_BYTES, "bytes", _STATUS_CODES, KnownBy.INFERRED),
)


class Code(msgspec.Struct, frozen=True):
    """One row of the delivery codes: what a report says of one recipient."""

    code: int
    status: str
    text: str
    final: bool = True
    known_by: KnownBy = KnownBy.DOCUMENTED

    @property
    def by_operator(self) -> bool:
        """True for what the operator finds, after the API has handed the message over."""
        return self.status in {"Failed", "Expired", "Delivered"}


DELIVERED = Code(0, "Delivered", "Delivered to the handset")
QUEUED = Code(400, "Queued", "Waits in the API for its turn", final=False)
DISPATCHED = Code(401, "Dispatched", "Handed to the operator", final=False)
UNROUTABLE = Code(402, "Aborted", "No route to this number")
INTERNAL = Code(403, "Aborted", "Internal error")
UNMATCHED_PARAMETER = Code(405, "Aborted", "A parameter has no value for this recipient and no default")
EXPIRED = Code(406, "Expired", "Not delivered before it expired")
CANCELLED = Code(407, "Cancelled", "Cancelled before it was handed over")
INTERNAL_REJECT = Code(408, "Rejected", "Rejected inside the API")
NO_ORIGINATOR = Code(410, "Aborted", "No default originator fits this recipient")
TOO_MANY_PARTS = Code(411, "Aborted", "More parts than the batch allows")
REGION = Code(412, "Aborted", "The account may not send to this region")
BLOCKED_BY_DESTINATION = Code(61, "Failed", "The destination blocks the sender")
UNKNOWN_SUBSCRIBER = Code(150, "Failed", "Nobody has this number")
ABSENT = Code(153, "Failed", "The subscriber is absent")
MEMORY_FULL = Code(158, "Failed", "The memory of the phone is full")
BUSY = Code(203, "Failed", "The subscriber is busy")

CODES: Final = (
    DELIVERED,
    QUEUED,
    DISPATCHED,
    UNROUTABLE,
    INTERNAL,
    UNMATCHED_PARAMETER,
    EXPIRED,
    CANCELLED,
    INTERNAL_REJECT,
    NO_ORIGINATOR,
    TOO_MANY_PARTS,
    REGION,
    BLOCKED_BY_DESTINATION,
    UNKNOWN_SUBSCRIBER,
    ABSENT,
    MEMORY_FULL,
    BUSY,
)


def code_of(number: str) -> Code:
    """The row of a delivery code; a number without a row is some operator's."""
    known = {str(row.code): row for row in CODES}
    return known.get(number) or Code(int(number) if number.isdecimal() else INTERNAL.code, "Failed", "Operator's code")


INVALID_JSON = VendorError("syntax_invalid_json", 400, "The body is not valid JSON", _STATUS_CODES)
INVALID_FORMAT = VendorError(
    "syntax_invalid_parameter_format", 400, "A field has the wrong type or format", _STATUS_CODES
)
CONSTRAINT = VendorError("syntax_constraint_violation", 400, "A field breaks a constraint", _STATUS_CODES)
UNAUTHORIZED = VendorError("", 401, "", _STATUS_CODES)
BLOCKED_ACCOUNT = VendorError("blocked_account", 403, "The account is blocked", _STATUS_CODES)
MISSING_CALLBACK = VendorError(
    "missing_callback_url",
    403,
    "A delivery report was requested, but neither the batch nor the service plan has a callback URL",
    _STATUS_CODES,
)
STOP_WORDS: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS: Final = frozenset({"START", "UNSTOP"})
HELP_WORDS: Final = frozenset({"HELP", "INFO"})

UNKNOWN_GROUP = VendorError("unknown_group", 403, "There is no such group", _STATUS_CODES)
NOT_FOUND = VendorError("", 404, "", _STATUS_CODES)
NOT_ALLOWED = VendorError("", 405, "", _STATUS_CODES)
TOO_LARGE = VendorError("", 413, "", _STATUS_CODES, KnownBy.INFERRED)
UNSUPPORTED_TYPE = VendorError("", 415, "", _STATUS_CODES)
TOO_MANY = VendorError("", 429, "", _STATUS_CODES)
INTERNAL_ERROR = VendorError("", 500, "", _STATUS_CODES)
UNAVAILABLE = VendorError("", 503, "", _STATUS_CODES)

_REFUSALS: Final = (
    INVALID_JSON,
    INVALID_FORMAT,
    CONSTRAINT,
    UNAUTHORIZED,
    BLOCKED_ACCOUNT,
    MISSING_CALLBACK,
    UNKNOWN_GROUP,
    NOT_FOUND,
    NOT_ALLOWED,
    TOO_LARGE,
    UNSUPPORTED_TYPE,
    TOO_MANY,
    INTERNAL_ERROR,
    UNAVAILABLE,
)
BY_CODE: Final = {str(error.code): error for error in _REFUSALS if error.code}

ERRORS: Final = (
    *_REFUSALS,
    *(  # these come by delivery report only, hence no HTTP status
        VendorError(row.code, 0, row.text, _REPORTS, row.known_by)
        for row in CODES
        if row.final and row is not DELIVERED
    ),
)

NOTES: Final = (
    Note("text batches, reports, inbounds, dry runs, callbacks", "emulated", KnownBy.DOCUMENTED, _BATCHES),
    Note("mt_binary", "accepted and reported; a phone shows nothing of it", KnownBy.INFERRED),
    Note("mt_media", "refused with syntax_constraint_violation: MMS is another product", KnownBy.INFERRED),
    Note("groups", "made, changed, sent to, and joined or left by keywords", KnownBy.DOCUMENTED, _GROUPS),
    Note("keywords of a group with two words", "the first two words of the message, in any case", KnownBy.INFERRED),
    Note("deletion of a group", "answered with an empty 200; what waits for it goes to nobody", KnownBy.INFERRED),
    Note("size of a group", "its own members and those of its child groups, each once", KnownBy.INFERRED),
    Note("landlines and other numbers with a fate", "a setting names the code of each", KnownBy.INFERRED),
    Note("plan rate", "a setting; messages wait their turn as Queued, and beyond a number 429", KnownBy.INFERRED),
    Note("retention", "35 days, and no more than 20,000 batches and 100,000 inbounds", KnownBy.INFERRED),
    Note("project paths with OAuth tokens", "not emulated: a service plan and its token only", KnownBy.DOCUMENTED),
    Note("per-recipient reports", "Queued only while a batch waits for send_at, then Dispatched", KnownBy.INFERRED),
    Note("update of a batch on its way", "reaches recipients added; what has left is not recalled", KnownBy.INFERRED),
    Note("replace of a batch on its way", "what the phone has not got is withdrawn; all are sent anew", KnownBy.SAMPLE),
    Note("which status goes with which code", "by the meaning of both; the pairs are unpublished", KnownBy.INFERRED),
    Note("expiry after hand-over", "Expired with 406; operators have codes of their own", KnownBy.INFERRED),
    Note("answers of 401, 404, 405, 413, 415", "empty bodies", KnownBy.INFERRED),
    Note("unknown service plan", "401, as for a wrong token", KnownBy.INFERRED),
    Note("callback answers 3xx", "not followed and not retried", KnownBy.INFERRED),
    Note("signed callbacks", "always, with the account's secret; the vendor signs on request", KnownBy.DOCUMENTED),
    Note("STOP, START and HELP", "ordinary messages, told to the business", KnownBy.DOCUMENTED),
    Note("automatic answers to them", "off; a setting answers, and rejects later sends with 408", KnownBy.INFERRED),
    Note("encoding, operator, sent_at, operator_id", "left out: optional, by account set-up", KnownBy.DOCUMENTED),
    Note("SMPP, MMS, campaigns", "not emulated: text and binary over REST only", KnownBy.DOCUMENTED),
    Note("number lookup, smart encoding, mo_binary", "not emulated", KnownBy.DOCUMENTED),
)

_SENDING: Final = "batches"


def _by_report(row: Code, says: str) -> Preset:
    return Preset(str(row.code), says, Failure(code=str(row.code)), _SENDING, source=_REPORTS, known_by=row.known_by)


def _at_once(
    name: str, error: VendorError, says: str, operation: str = "*", retry_after_s: int | None = None
) -> Preset:
    what = Status(status=error.status, code=str(error.code), retry_after_s=retry_after_s)
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _at_once("429", TOO_MANY, "Refused: the service plan sends faster than it may."),
    _at_once("401", UNAUTHORIZED, "Refused: the token is wrong or was taken back."),
    _at_once("403", BLOCKED_ACCOUNT, "Refused: the account is blocked."),
    _at_once("500", INTERNAL_ERROR, "Refused with a 500: something went wrong at the vendor's."),
    _at_once("503", UNAVAILABLE, "Refused with a 503: the service is down."),
    _by_report(UNKNOWN_SUBSCRIBER, "Accepted, then reported: nobody has this number."),
    _by_report(ABSENT, "Accepted, then reported: the subscriber is absent."),
    _by_report(BLOCKED_BY_DESTINATION, "Accepted, then reported: the destination blocks the sender."),
    _by_report(MEMORY_FULL, "Accepted, then reported: the phone's memory is full."),
    _by_report(UNROUTABLE, "Accepted, then reported: there is no route to this number."),
    _by_report(INTERNAL_REJECT, "Accepted, then reported: rejected inside the API."),
    _by_report(EXPIRED, "Accepted, then reported: not delivered before it expired."),
)

TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, fails_later=(_SENDING,))
