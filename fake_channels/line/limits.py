"""What the LINE Messaging API allows, as tables: message kinds, numbers, media types, rates and errors.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_REFERENCE: Final = "https://developers.line.biz/en/reference/messaging-api/"
_DOCS: Final = "https://developers.line.biz/en/docs/messaging-api"
_MESSAGES: Final = f"{_REFERENCE}#message-objects"
_HOOKS: Final = f"{_REFERENCE}#message-event"
_RECEIVING: Final = f"{_DOCS}/receiving-messages/"
_RETRYING: Final = f"{_DOCS}/retrying-api-request/"
_TOKENS: Final = "https://developers.line.biz/en/docs/basics/channel-access-token/"
_ERRORS: Final = f"{_REFERENCE}#error-messages"
_SPEC: Final = "https://github.com/line/line-openapi"

_MT_DEGRADES: Final = {"voice": "an audio message; there are no voice notes from an account"}
_MT_REFUSALS: Final = {
    "document": "there are no file messages from an account: send a link",
    "contact": "there are no contact messages: send the card as text",
    "list": "there are no lists: a carousel or quick replies carry the choices",
    "template": "there are no approved templates; text goes out as it is",
    "reaction": "an account cannot react",
}
_MO_DEGRADES: Final = {"voice": "an audio message"}
_MO_REFUSALS: Final = {
    "contact": "no webhook event carries a card",
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists",
    "template": "a person sends no templates",
    "reaction": "no webhook event carries a reaction",
}

TEXT_MAX: Final = 5_000
ALT_TEXT_MAX: Final = 1_500
MESSAGES_MAX: Final = 5
MULTICAST_MAX: Final = 500
QUICK_REPLIES_MAX: Final = 13
POSTBACK_DATA_MAX: Final = 300
URL_MAX: Final = 2_000
WEBHOOK_URL_MAX: Final = 500
UNITS_KEPT: Final = 1_000
MEGABYTE: Final = 1_048_576
REQUEST_MAX: Final = 2 * MEGABYTE
MENU_IMAGE_MAX: Final = MEGABYTE
MENUS_MAX: Final = 1_000
REPLY_TOKEN_MS: Final = MINUTE
REPLY_EVENT_MS: Final = 20 * MINUTE
"""No token of an event older than this can be used, redelivered or not."""
STRANGER_MS: Final = 7 * DAY
RETRY_KEY_MS: Final = DAY
RETRY_KEYS_KEPT: Final = 10_000
WEBHOOK_TIMEOUT_S: Final = 2.0
WEBHOOK_TEST_TIMEOUT_S: Final = 10.0
REDELIVERY_MS: Final = (MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR)
LOADING_S: Final = 20
QUOTA: Final = 30_000
CONTENT_LIFE_MS: Final = 14 * DAY
CONTENTS_KEPT: Final = 1_000
WAITING_MAX: Final = 1_000
PREPARED_FROM: Final = 10 * MEGABYTE
PREPARING_MS: Final = 3 * SECOND
DAYS_COUNTED: Final = 120
NARROWCASTS_KEPT: Final = 100
SHORT_TOKEN_S: Final = 30 * 86_400
STATELESS_TOKEN_S: Final = 900
TOKENS_MAX: Final = 30
STATELESS_KEPT: Final = 1_000
ASSERTION_LIFE_S: Final = 1_800
FOLLOWERS_PAGE: Final = 300
FOLLOWERS_PAGE_MAX: Final = 1_000

KIND_ROWS: Final = (
    *kind_rows("MT", _MESSAGES, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", _HOOKS, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "UTF-16 units", f"{_DOCS}/text-character-count/"),
    Limit("alternative text", ALT_TEXT_MAX, "characters", _MESSAGES),
    Limit("messages a request", MESSAGES_MAX, "messages", _SPEC),
    Limit("multicast recipients", MULTICAST_MAX, "users", _SPEC),
    Limit("quick replies", QUICK_REPLIES_MAX, "buttons", _SPEC),
    Limit("buttons template actions", 4, "actions", f"{_REFERENCE}#buttons"),
    Limit("confirm template actions", 2, "actions exactly", f"{_REFERENCE}#confirm"),
    Limit("carousel columns", 10, "columns", f"{_REFERENCE}#carousel"),
    Limit("carousel column actions", 3, "actions, as many in each column", f"{_REFERENCE}#carousel"),
    Limit("action label", 20, "characters", f"{_REFERENCE}#action-objects"),
    Limit("postback data", POSTBACK_DATA_MAX, "characters", _SPEC),
    Limit("media URL", URL_MAX, "characters", _MESSAGES),
    Limit("webhook URL", WEBHOOK_URL_MAX, "characters", _SPEC),
    Limit("request", REQUEST_MAX, "bytes", f"{_REFERENCE}#status-codes"),
    Limit("reply token", REPLY_TOKEN_MS // SECOND, "seconds, one use", f"{_REFERENCE}#send-reply-message"),
    Limit("reply token, redelivered", REPLY_EVENT_MS // MINUTE, "minutes after the event", _RECEIVING),
    Limit("push to a stranger who wrote", STRANGER_MS // DAY, "days", f"{_REFERENCE}#send-push-message"),
    Limit("retry key", RETRY_KEY_MS // HOUR, "hours", _RETRYING),
    Limit("webhook time-out", int(WEBHOOK_TIMEOUT_S), "seconds", f"{_DOCS}/check-webhook-error-statistics/"),
    Limit("loading animation", 60, "seconds at most", _SPEC),
    Limit("short-lived token", SHORT_TOKEN_S // 86_400, "days", _TOKENS),
    Limit("stateless token", STATELESS_TOKEN_S, "seconds", _TOKENS),
    Limit("valid short-lived or v2.1 tokens", TOKENS_MAX, "tokens each", _TOKENS),
    Limit("assertion lifetime", ASSERTION_LIFE_S, "seconds", _TOKENS),
    Limit("rich menus", MENUS_MAX, "menus", f"{_REFERENCE}#create-rich-menu"),
    Limit("rich menu areas", 20, "areas", _SPEC),
    Limit("rich menu image", MENU_IMAGE_MAX, "bytes", f"{_REFERENCE}#upload-rich-menu-image"),
    Limit("monthly messages", QUOTA, "recipients; what a plan includes differs", f"{_DOCS}/pricing/", KnownBy.INFERRED),
    Limit("redelivery attempts", len(REDELIVERY_MS), "attempts; undisclosed", _RECEIVING, KnownBy.INFERRED),
    Limit("content lifetime", CONTENT_LIFE_MS // DAY, "days; undisclosed", _REFERENCE, KnownBy.INFERRED),
)


class Rate(msgspec.Struct, frozen=True):
    """So many requests in each window, counted for one channel and one endpoint."""

    count: int
    window_ms: int


DEFAULT_RATE: Final = Rate(2_000, SECOND)
RATES: Final = {
    **dict.fromkeys(("multicast", "validateMulticast"), Rate(200, SECOND)),
    "showLoadingAnimation": Rate(100, SECOND),
    **dict.fromkeys(("narrowcast", "broadcast", "testWebhookEndpoint"), Rate(60, HOUR)),
    **dict.fromkeys(("getWebhookEndpoint", "setWebhookEndpoint"), Rate(1_000, MINUTE)),
    **dict.fromkeys(("createRichMenu", "deleteRichMenu"), Rate(100, HOUR)),
    **dict.fromkeys(("issueChannelToken", "issueChannelTokenByJWT", "issueStatelessChannelToken"), Rate(370, SECOND)),
}
"""By operation. Source: https://developers.line.biz/en/reference/messaging-api/#rate-limits"""


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one message type takes."""

    types: tuple[str, ...]
    max_bytes: int


MEDIA_RULES: Final = {
    "image": MediaRule(("image/jpeg", "image/png"), 10 * MEGABYTE),
    "video": MediaRule(("video/mp4",), 200 * MEGABYTE),
    "audio": MediaRule(("audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"), 200 * MEGABYTE),
}
"""Source: https://developers.line.biz/en/reference/messaging-api/#image-message and its neighbours."""
_AUDIO: Final = ("audio/", "video/mp4", "application/ogg")
SNIFFED_AS: Final = {"audio": _AUDIO, "voice": _AUDIO}
"""What the bytes may look like: an m4a is an MP4 without a picture."""

QUOTABLE: Final = frozenset({"text", "textV2", "sticker", "image", "video", "imagemap", "template", "flex"})
"""Message types whose answer carries a quote token: https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/"""


def _error(status: int, text: str, source: str = _ERRORS, known_by: KnownBy = KnownBy.DOCUMENTED) -> VendorError:
    return VendorError(status, status, text, source, known_by)


_ISSUES: Final = "https://github.com/line/line-bot-sdk-python/issues"

BODY_ERRORS = _error(400, "The request body has {count} error(s)")
MESSAGE_INVALID = _error(400, "A message (messages[{index}]) in the request body is invalid", f"{_ISSUES}/314")
BAD_PROPERTY = _error(400, "The property, '{name}', in the request body is invalid (line: -, column: -)")
NOT_JSON = _error(400, "The request body could not be parsed as JSON (line: {line}, column: {column})")
BAD_REPLY_TOKEN = _error(400, "Invalid reply token")
NOT_SENT = _error(400, "Failed to send messages")
BAD_WEBHOOK_URL = _error(400, "Invalid webhook endpoint URL", f"{_REFERENCE}#set-webhook-endpoint-url")
BAD_RETRY_KEY = _error(400, "The retry key is invalid", _RETRYING, KnownBy.INFERRED)
NO_RETRY_KEY_HERE = _error(400, "The retry key is not supported by this API", _RETRYING, KnownBy.INFERRED)
BAD_PARAMETER = _error(400, "The value for the '{name}' parameter is invalid", _ERRORS, KnownBy.INFERRED)
BAD_READ_TOKEN = _error(400, "Invalid markAsReadToken", f"{_REFERENCE}#mark-as-read", KnownBy.INFERRED)
NO_MENU_IMAGE = _error(
    400, "must upload richmenu image before applying it to user", f"{_REFERENCE}#set-default-rich-menu"
)
MENU_IMAGE_TWICE = _error(
    400, "An image has already been uploaded to the richmenu", f"{_REFERENCE}#upload-rich-menu-image", KnownBy.SAMPLE
)
BAD_MENU_IMAGE = _error(400, "The image is invalid: {why}", f"{_REFERENCE}#upload-rich-menu-image", KnownBy.INFERRED)
TOO_MANY_MENUS = _error(400, "Too many rich menus", f"{_REFERENCE}#create-rich-menu", KnownBy.INFERRED)
ALIAS_TAKEN = _error(400, "conflict richmenu alias id", f"{_REFERENCE}#create-rich-menu-alias", KnownBy.SAMPLE)
NO_ALIAS_TARGET = _error(400, "richmenu not found", f"{_REFERENCE}#create-rich-menu-alias", KnownBy.SAMPLE)
NO_ALIAS = _error(404, "richmenu alias not found", f"{_REFERENCE}#get-rich-menu-alias-by-id", KnownBy.SAMPLE)
NO_AUTHORIZATION = _error(
    401,
    "Authorization header required. Must follow the scheme, 'Authorization: Bearer <ACCESS TOKEN>'",
    _ERRORS,
    KnownBy.SAMPLE,
)
UNAUTHORIZED = _error(
    401,
    "Authentication failed. Confirm that the access token in the authorization header is valid.",
    _ERRORS,
    KnownBy.SAMPLE,
)
NO_ACCESS = _error(403, "Access to this API is not available for your account")
NOT_FOUND = _error(404, "Not found")
CONTENT_NOT_FOUND = _error(404, "not found", f"{_REFERENCE}#get-content")
NO_WEBHOOK = _error(404, "Webhook endpoint not found", f"{_REFERENCE}#get-webhook-endpoint-information")
BAD_METHOD = _error(405, "The request method, '{method}', is not supported", _ERRORS, KnownBy.INFERRED)
KEY_ACCEPTED = _error(409, "The retry key is already accepted", f"{_REFERENCE}#send-push-message")
GONE = _error(410, "The content is gone", f"{_REFERENCE}#get-content")
TOO_LARGE = _error(413, "Request Entity Too Large", f"{_REFERENCE}#status-codes", KnownBy.INFERRED)
BAD_TYPE = _error(415, "The content type, {type}, is not supported")
RATE_LIMIT = _error(429, "The API rate limit has been exceeded. Try again later.")
MONTHLY_LIMIT = _error(429, "You have reached your monthly limit.")
INTERNAL = _error(500, "Error on the internal server", f"{_REFERENCE}#status-codes", KnownBy.INFERRED)

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))

MAY_NOT_BE_EMPTY: Final = "May not be empty"

NOTES: Final = (
    Note("sends, webhook, content, profile, quota, rich menus, tokens", "emulated", KnownBy.DOCUMENTED, _REFERENCE),
    Note("receipts", "there are none: a push is accepted, and a blocked one silently dropped", KnownBy.DOCUMENTED),
    Note(
        "webhook redelivery",
        "on, though a new channel has it off (the console's switch): after 1, 5, 10, 30 and 60 minutes; count and "
        "interval are undisclosed, and settings",
        KnownBy.INFERRED,
        _RECEIVING,
    ),
    Note("webhook time-out", "2 s of the machine's time, not the world's", KnownBy.DOCUMENTED, _RECEIVING),
    Note("order of redelivered events", "later events are not held back", KnownBy.DOCUMENTED, _RECEIVING),
    Note("events a webhook", "one; the vendor may send several", KnownBy.INFERRED),
    Note(
        "addresses without TLS",
        "http is taken for loopback, private and single-label hosts, which no vendor could reach; others need https",
        KnownBy.INFERRED,
    ),
    Note(
        "media by URL", "fetched when the phone shows it; a failure is seen there and told to nobody", KnownBy.INFERRED
    ),
    Note("media by URL: time-out, redirects", "20 s, three redirects, one attempt; unpublished", KnownBy.INFERRED),
    Note("previewImageUrl, thumbnails, Flex and imagemap pictures", "checked as URLs, not fetched", KnownBy.INFERRED),
    Note(
        "rate limits", "fixed windows for one channel and one endpoint", KnownBy.INFERRED, f"{_REFERENCE}#rate-limits"
    ),
    Note("monthly limit", "30,000 recipients a month of Japan's time; a setting", KnownBy.INFERRED),
    Note(
        "preparing content",
        "video and audio from 10 MB on answer 202 for 3 s; unpublished, so settings",
        KnownBy.INFERRED,
    ),
    Note("content", "kept 14 days, the newest 1,000; unpublished", KnownBy.INFERRED),
    Note("somebody who is offline", "the newest 1,000 messages wait for the phone", KnownBy.INFERRED),
    Note(
        "pictures that a person sends together",
        "not emulated: each is sent by itself, without imageSet",
        KnownBy.DOCUMENTED,
        _HOOKS,
    ),
    Note(
        "contentProvider external", "not emulated: a person's files all lie at the vendor", KnownBy.DOCUMENTED, _HOOKS
    ),
    Note(
        "pictures from a person",
        "kept as sent, not recompressed; a preview is the picture or a blank",
        KnownBy.INFERRED,
    ),
    Note(
        "duration of audio and video from a person", "guessed from the size: 16 bytes a millisecond", KnownBy.INFERRED
    ),
    Note("stickers", "any package and sticker id is taken; a person sends 446/1988 unless named", KnownBy.INFERRED),
    Note(
        "texts of errors inside templates and Flex messages", "as reported by users", KnownBy.SAMPLE, f"{_ISSUES}/314"
    ),
    Note("length of texts", "UTF-16 units for text messages; elsewhere characters", KnownBy.INFERRED),
    Note("date and time picker", "a tap picks `initial`, or else the world's own time", KnownBy.INFERRED),
    Note(
        "quick replies",
        "gone from the phone when a newer message is shown",
        KnownBy.DOCUMENTED,
        f"{_DOCS}/using-quick-reply/",
    ),
    Note("stateless tokens", "opaque; the newest 1,000 are remembered", KnownBy.INFERRED, _TOKENS),
    Note("assertion signing key", "one published key for all accounts; its id is the account's own", KnownBy.INFERRED),
    Note("narrowcast", "to all friends at once; audiences and demographic filters are refused", KnownBy.DOCUMENTED),
    Note("groups, rooms, members", "not emulated: pushes fail, look-ups are not found", KnownBy.DOCUMENTED),
    Note("PNP", "403: it takes a contract of its own", KnownBy.DOCUMENTED),
    Note(
        "coupons, memberships, account link, beacons, insight, audiences, LIFF, modules",
        "not found",
        KnownBy.DOCUMENTED,
    ),
    Note("batch replacement of rich menus", "not found", KnownBy.DOCUMENTED),
)

_PUSH: Final = "pushMessage"


def _preset(name: str, error: VendorError, says: str, operation: str = _PUSH) -> Preset:
    what = Status(status=error.status, text=error.text)
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _preset("429", RATE_LIMIT, "Refused: the endpoint was called too often; the vendor tells no time to wait."),
    _preset("429-monthly", MONTHLY_LIMIT, "Refused: the plan's messages of this month are used up."),
    _preset("400-not-sent", NOT_SENT, "Refused: the message could not be sent, as to a user that does not exist."),
    _preset("400-reply-token", BAD_REPLY_TOKEN, "Refused: the reply token is used or too old.", "replyMessage"),
    _preset("401", UNAUTHORIZED, "Refused: the channel access token is wrong, expired or revoked.", "*"),
    _preset("403", NO_ACCESS, "Refused: the account or plan may not use this API."),
    _preset("404-profile", NOT_FOUND, "Refused: the profile cannot be seen.", "getProfile"),
    _preset("404-content", CONTENT_NOT_FOUND, "Refused: the content is not there any more.", "getMessageContent"),
    _preset("410-content", GONE, "Refused: the person has unsent the message.", "getMessageContent"),
    _preset("500", INTERNAL, "Refused: the vendor's own error, after which a retry key makes a repetition safe."),
)

_ACCEPTS: Final = {kind: rule.types for kind, rule in MEDIA_RULES.items()}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS, files={"voice": "audio/mp4"})
