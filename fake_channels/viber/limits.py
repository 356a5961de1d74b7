"""What the Viber bot API allows, as tables: message kinds, sizes, rates, status codes.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

DOCS: Final = "https://developers.viber.com/docs/api/rest-bot-api/"
_HUB: Final = "https://creators.viber.com/docs/bots-api"
_SEND: Final = f"{_HUB}/resources/messaging/send-message"
_BROADCAST: Final = f"{_HUB}/resources/messaging/broadcast-message"
_KEYBOARDS: Final = "https://developers.viber.com/docs/tools/keyboards/"
_ERRORS: Final = f"{_HUB}/errors"
_FAQ: Final = "https://developers.viber.com/docs/faq/"
_NODE: Final = "https://github.com/Viber/viber-bot-node"
_PYTHON: Final = "https://github.com/Viber/viber-bot-python"

_MT_REFUSALS: Final = {
    "template": "there are no templates; text goes out as it is",
    "reaction": "a bot cannot react",
}
_MT_DEGRADES: Final = {
    "audio": "there is no audio type: it goes out as a file",
    "voice": "there is no voice type: it goes out as a file",
    "list": "a keyboard or rich media carries the choices",
}
_MO_REFUSALS: Final = {
    "voice": "a chat with a bot takes no voice notes",
    "buttons": "a person sends no buttons; taps on shown ones arrive as text",
    "list": "a person sends no lists, and a chat shows none",
    "template": "a person sends no templates",
    "reaction": "no callback tells of reactions",
}
_MO_DEGRADES: Final = {"audio": "arrives as a file"}

KILOBYTE: Final = 1_024
MEGABYTE: Final = 1_048_576
TEXT_MAX: Final = 7_000
REQUEST_MAX: Final = 30 * KILOBYTE
BROADCAST_MAX: Final = 300
ONLINE_MAX: Final = 100
UNANSWERED_MAX: Final = 100
BROADCASTS_MAX: Final = 500
BROADCASTS_MS: Final = 10 * SECOND
DETAILS_MAX: Final = 2
DETAILS_MS: Final = 12 * HOUR
SESSION_MS: Final = 24 * HOUR
MEDIA_LIFE_MS: Final = HOUR
MEDIA_KEPT: Final = 1_000
MEDIA_KEPT_BYTES: Final = 1_000 * MEGABYTE
WAITING_MAX: Final = 1_000
DEVICE_API: Final = 10
RICH_MEDIA_API: Final = 7
PICKERS_API: Final = 3
RETRIES_MS: Final = tuple(step * MINUTE for step in (1, 2, 4, 8, 15, 30))
RETRY_LIFE_MS: Final = HOUR
WEBHOOK_TIMEOUT_S: Final = 10.0
ANSWER_MAX: Final = 65_536
"""The most that is read of what a new webhook answers; only its status counts."""
FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 5


KIND_ROWS: Final = (
    *kind_rows("MT", DOCS, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", DOCS, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES, inferred=("voice", "reaction", "audio")),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", DOCS),
    Limit("picture text", 512, "characters", DOCS),
    Limit("picture on iOS", MEGABYTE, "bytes; not enforced, as the phones here are Android", DOCS),
    Limit("picture", 3 * MEGABYTE, "bytes", DOCS),
    Limit("video", 26 * MEGABYTE, "bytes", DOCS),
    Limit("video duration", 180, "seconds", DOCS),
    Limit("file", 50 * MEGABYTE, "bytes", DOCS),
    Limit("file name", 256, "characters", DOCS),
    Limit("URL message", 2_000, "characters", DOCS),
    Limit("contact name", 28, "characters", DOCS),
    Limit("contact number", 18, "characters", DOCS),
    Limit("sender name", 28, "characters", _SEND),
    Limit("tracking data", 4_000, "characters", _SEND),
    Limit("request", REQUEST_MAX, "bytes", _FAQ),
    Limit("unanswered messages", UNANSWERED_MAX, "a user and clock hour; a reply resets the count", _SEND),
    Limit("broadcast", BROADCAST_MAX, "receivers", _BROADCAST),
    Limit("broadcasts", BROADCASTS_MAX, "requests in ten seconds", _BROADCAST),
    Limit("user details", DETAILS_MAX, "requests a user in twelve hours", DOCS),
    Limit("online status", ONLINE_MAX, "users", DOCS),
    Limit("session", SESSION_MS // HOUR, "hours from the user's first message", f"{_HUB}/welcome", KnownBy.INFERRED),
    Limit("keyboard columns", 6, "columns", _KEYBOARDS),
    Limit("rows of a keyboard's button", 2, "rows", _KEYBOARDS, KnownBy.INFERRED),
    Limit("rows of rich media", 7, "rows", DOCS),
    Limit("rich media", RICH_MEDIA_API, "API version at least", DOCS),
    Limit("location-picker and share-phone", PICKERS_API, "API version at least", _KEYBOARDS),
    Limit("API version of the phones", DEVICE_API, "version", DOCS, KnownBy.INFERRED),
    Limit("callback retries", RETRY_LIFE_MS // MINUTE, "minutes", _FAQ),
    Limit("media of a user", MEDIA_LIFE_MS // MINUTE, "minutes", DOCS, KnownBy.INFERRED),
)


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one type of message takes."""

    max_bytes: int
    suffixes: tuple[str, ...] = ()
    """How the URL's path must end; empty takes any."""
    types: tuple[str, ...] = ()
    """What the bytes must be; empty takes anything."""


MEDIA_RULES: Final = {
    "picture": MediaRule(
        3 * MEGABYTE, (".jpeg", ".jpg", ".png", ".gif"), ("image/jpeg", "image/jpg", "image/png", "image/gif")
    ),
    "video": MediaRule(26 * MEGABYTE, (".mp4",), ("video/mp4",)),
    "file": MediaRule(50 * MEGABYTE),
}

EVENTS: Final = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started", "message")
ALWAYS_SENT: Final = frozenset({"message", "subscribed", "unsubscribed"})
"""Events that `event_types` cannot turn off."""


def _status(code: int, text: str, known_by: KnownBy = KnownBy.DOCUMENTED) -> VendorError:
    return VendorError(code, 200, text, _ERRORS, known_by)


INVALID_URL = _status(1, "invalidUrl")
INVALID_AUTH_TOKEN = _status(2, "invalidAuthToken")
MISSING_AUTH_TOKEN = VendorError(2, 200, "missing_auth_token", DOCS)
BAD_DATA = _status(3, "badData")
MISSING_DATA = _status(4, "missingData")
NOT_REGISTERED = _status(5, "receiverNotRegistered")
NOT_SUBSCRIBED = VendorError(6, 200, "notSubscribed", f"{_NODE}/issues", KnownBy.SAMPLE)
BLOCKED = _status(7, "publicAccountBlocked")
NOT_FOUND = _status(8, "publicAccountNotFound")
SUSPENDED = _status(9, "publicAccountSuspended")
WEBHOOK_NOT_SET = _status(10, "webhookNotSet")
NO_SUITABLE_DEVICE = _status(11, "receiverNoSuitableDevice")
TOO_MANY = VendorError(12, 200, "Too many requests", _SEND, KnownBy.SAMPLE)
API_NOT_SUPPORTED = _status(13, "apiVersionNotSupported")
INCOMPATIBLE = _status(14, "incompatibleWithVersion")
NOT_AUTHORIZED = _status(15, "publicAccountNotAuthorized")
NO_INCHAT_REPLY = _status(16, "inchatReplyMessageNotAllowed")
NOT_INLINE = _status(17, "publicAccountIsNotInline")
NO_PUBLIC_CHAT = _status(18, "noPublicChat")
CANNOT_BROADCAST = _status(19, "cannotSendBroadcast")
BROADCAST_NOT_ALLOWED = _status(20, "broadcastNotAllowed")
COUNTRY = _status(21, "countryNotSupported", KnownBy.INFERRED)
PAYMENTS = _status(22, "paymentsNotSupported", KnownBy.INFERRED)
QUOTA = _status(23, "freeMessagesExceeded", KnownBy.INFERRED)
BALANCE = _status(24, "noBalance", KnownBy.INFERRED)
GENERAL = _status(-1, "failure", KnownBy.INFERRED)
NO_ROUTE = VendorError(8_404, 404, "Not Found", DOCS, KnownBy.INFERRED)

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))
BY_CODE: Final = {str(error.code): error for error in reversed(ERRORS) if error is not NO_ROUTE}

FAILED_LIST_WORDS: Final = {NOT_SUBSCRIBED.code: "Not subscribed", NOT_REGISTERED.code: "Not found"}
"""How the published answer to a broadcast words them."""

BROKEN_MEDIA: Final = "The media of the message could not be downloaded"
WRONG_MEDIA: Final = "The media of the message is not of the declared type"

BILLED_IN_SESSION: Final = 2
BILLED_FREE: Final = 4
"""https://creators.viber.com/docs/bots-api/resources/messaging/broadcast-message#billing-statuses"""

NOTES: Final = (
    Note("set_webhook, sends, broadcasts, look-ups, callbacks, welcome messages", "emulated", KnownBy.DOCUMENTED, DOCS),
    Note("HTTP status", "always 200; the error is in the body's status", KnownBy.SAMPLE, _PYTHON),
    Note("status_message", "the published word, then what is wrong; switch on the number", KnownBy.INFERRED, _ERRORS),
    Note("which status a mistake has", "4 when a field is missing, 3 for any other", KnownBy.INFERRED, _ERRORS),
    Note("unknown path, or another method than POST", "404 with a JSON body", KnownBy.INFERRED),
    Note("over 30 kB", "status 3 with HTTP 200", KnownBy.INFERRED),
    Note("throttled by order of a fault", "status 12 with HTTP 200, as the API's own limit", KnownBy.SAMPLE, _SEND),
    Note("http and inside addresses", "taken for webhooks and media; the API wants a trusted CA", KnownBy.DOCUMENTED),
    Note("proof of a callback", "in the header and as ?sig= of the URL", KnownBy.SAMPLE, _NODE),
    Note(
        "times of callback retries", "after 1, 2, 4, 8, 15 and 30 minutes; an hour is published", KnownBy.INFERRED, _FAQ
    ),
    Note("a webhook that stays dead", "is kept: no deactivation is published", KnownBy.DOCUMENTED, _FAQ),
    Note("the first message of a user", "subscribes; a setting adds the subscribed callback", KnownBy.DOCUMENTED, DOCS),
    Note(
        "seen",
        "one callback for all that was unread",
        KnownBy.DOCUMENTED,
        f"{_HUB}/events/message-seen",
    ),
    Note("which token seen carries", "the newest unread message's", KnownBy.INFERRED),
    Note("receipts of a welcome message", "none", KnownBy.INFERRED),
    Note("blocking the bot", "tells unsubscribed, as opting out does", KnownBy.INFERRED),
    Note("sender", "may be left out: the bot's own name is shown", KnownBy.INFERRED),
    Note(
        "send_name",
        "a name is hidden only when it is false, said to be the default",
        KnownBy.INFERRED,
        DOCS,
    ),
    Note("somebody without a name", 'comes as "Subscriber"', KnownBy.INFERRED),
    Note("message tokens", "below 2**53; 19 digits by the setting wide_tokens", KnownBy.SAMPLE, _NODE),
    Note("somebody without network", "the newest 1,000 messages wait for the phone", KnownBy.INFERRED),
    Note(
        "media of a message",
        "fetched for the phone after acceptance; failed when it cannot be",
        KnownBy.DOCUMENTED,
        _FAQ,
    ),
    Note("declared size and duration", "bounded, not compared with the file", KnownBy.INFERRED),
    Note("animated GIFs, thumbnails, avatars, forbidden file types", "not checked", KnownBy.DOCUMENTED, DOCS),
    Note(
        "last keyboard", "stays until the next one comes; older ones cannot be tapped", KnownBy.DOCUMENTED, _KEYBOARDS
    ),
    Note("a text that is nothing but a link", "arrives as a url message", KnownBy.INFERRED),
    Note("an API version that a button needs", "status 14 when min_api_version is below", KnownBy.INFERRED, _ERRORS),
    Note("get_user_details of who is not subscribed", "status 6", KnownBy.INFERRED),
    Note("billing_status", "2 within 24 hours of a user's message, else 4; quotas are not counted", KnownBy.INFERRED),
    Note("channel posts, inline bots, payments, chat extensions", "not emulated: 404", KnownBy.DOCUMENTED, DOCS),
)

_SENDING: Final = "send_message"


def _preset(name: str, error: VendorError, says: str, operation: str = _SENDING) -> Preset:
    what = Status(status=400, code=str(error.code))
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


def _later(name: str, desc: str, says: str) -> Preset:
    return Preset(name, says, Failure(code=desc), _SENDING, source=_FAQ)


PRESETS: Final = (
    _preset("2", INVALID_AUTH_TOKEN, "Refused: the token is wrong or was taken back.", "*"),
    _preset("3", BAD_DATA, "Refused: the request is malformed."),
    _preset("5", NOT_REGISTERED, "Refused: nobody has this id."),
    _preset("6", NOT_SUBSCRIBED, "Refused: the receiver is not subscribed to the bot."),
    _preset("7", BLOCKED, "Refused: the bot is blocked.", "*"),
    _preset("9", SUSPENDED, "Refused: the bot is suspended.", "*"),
    _preset("10", WEBHOOK_NOT_SET, "Refused: no webhook is set."),
    _preset("11", NO_SUITABLE_DEVICE, "Refused: the receiver has no device that supports bots."),
    _preset("12", TOO_MANY, "Refused: too many messages without an answer."),
    _preset("13", API_NOT_SUPPORTED, "Refused: the receiver's app is too old for the message."),
    _preset("23", QUOTA, "Refused: the free messages of the month are used up."),
    _preset("24", BALANCE, "Refused: there is no balance left."),
    _later("failed-media", BROKEN_MEDIA, "Accepted, then failed: the phone could not get the file."),
    _later("failed", "Client validation failed", "Accepted, then failed: the phone refused the message."),
    Preset("500", "Refused with a 500: something went wrong at the vendor's.", Status(status=500), source=_ERRORS),
)

_ACCEPTS: Final = {"image": MEDIA_RULES["picture"].types, "video": MEDIA_RULES["video"].types}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS, fails_later=(_SENDING,))
