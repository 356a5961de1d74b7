"""What the Telegram Bot API allows, as tables: message kinds, numbers, file rules and errors.

Pure data; every row carries its source. Descriptions of errors are those of the server that Telegram publishes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows

_DOCS: Final = "https://core.telegram.org/bots/api"
_METHODS: Final = f"{_DOCS}#available-methods"
_UPDATES: Final = f"{_DOCS}#getting-updates"
_MESSAGE: Final = f"{_DOCS}#message"
_FILES: Final = f"{_DOCS}#sending-files"
_FAQ: Final = "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"
_SERVER: Final = "https://github.com/tdlib/telegram-bot-api"

_MT_REFUSALS: Final = {
    "list": "there are no lists; an inline keyboard carries the choices",
    "template": "there are no templates; text goes out as it is",
}
_MO_REFUSALS: Final = {
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists, and a chat shows none",
    "template": "a person sends no templates",
}
_MO_DEGRADES: Final = {
    "reaction": "no update, unless allowed_updates names message_reaction",
}

TEXT_MAX: Final = 4_096
CAPTION_MAX: Final = 1_024
CALLBACK_DATA_MAX: Final = 64
COPY_TEXT_MAX: Final = 256
DELETED_MAX: Final = 100
ANSWER_MAX: Final = 200
BUTTONS_MAX: Final = 100
MEGABYTE: Final = 1_048_576
DOWNLOAD_MAX: Final = 20 * MEGABYTE
UPLOAD_MAX: Final = 50 * MEGABYTE
PHOTO_UPLOAD_MAX: Final = 10 * MEGABYTE
PHOTO_SIDES_MAX: Final = 10_000
PHOTO_RATIO_MAX: Final = 20
FORM_SLACK: Final = MEGABYTE
"""What a form may weigh besides its file."""
PLAIN_BODY_MAX: Final = 2 * MEGABYTE
LINK_LIFE_MS: Final = HOUR
QUERY_LIFE_MS: Final = 150 * SECOND
UPDATE_LIFE_MS: Final = DAY
DELETE_WITHIN_MS: Final = 48 * HOUR
ACTION_MS: Final = 5 * SECOND
WEBHOOK_PAUSE_MS: Final = SECOND
GONE_LIFE_MS: Final = 23 * HOUR
POLL_MAX: Final = 100
POLL_TIMEOUT_MAX_S: Final = 50
CONNECTIONS_MAX: Final = 100
CONNECTIONS: Final = 40
SECRET_MAX: Final = 256
GROUP_MIN: Final = 2
GROUP_MAX: Final = 10
VCARD_MAX: Final = 2_048
CHAT_PER_SECOND: Final = 1
CHAT_BURST: Final = 20
BOT_PER_SECOND: Final = 30
BOT_BURST: Final = 60
WAITING_MAX: Final = 1_000
RETRY_AFTER_MAX_S: Final = 3_600
RELAUNCH_MS: Final = 10 * MINUTE
COMMANDS_MAX: Final = 100
COMMAND_DESCRIPTION_MAX: Final = 256
START_MAX: Final = 64
EDIT_WITHIN_MS: Final = 48 * HOUR
REPEAT_MS: Final = 3 * SECOND
FILES_MAX: Final = 2_000
UPDATES_MAX: Final = 100_000

KIND_ROWS: Final = (
    *kind_rows("MT", _METHODS, rejects=_MT_REFUSALS, degrades={}),
    *kind_rows("MO", _MESSAGE, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES),
)

LIMITS: Final = (
    Limit("text", TEXT_MAX, "UTF-16 units after entities", f"{_DOCS}#sendmessage"),
    Limit("caption", CAPTION_MAX, "UTF-16 units after entities", f"{_DOCS}#sendphoto"),
    Limit("callback data", CALLBACK_DATA_MAX, "bytes", f"{_DOCS}#inlinekeyboardbutton"),
    Limit("copied text", COPY_TEXT_MAX, "characters", f"{_DOCS}#copytextbutton"),
    Limit("inline buttons", BUTTONS_MAX, "buttons", _SERVER, KnownBy.INFERRED),
    Limit("callback answer", ANSWER_MAX, "characters", f"{_DOCS}#answercallbackquery"),
    Limit("callback query", QUERY_LIFE_MS // SECOND, "seconds", _SERVER, KnownBy.INFERRED),
    Limit("media group", GROUP_MAX, "items", f"{_DOCS}#sendmediagroup"),
    Limit("contact card", VCARD_MAX, "bytes", f"{_DOCS}#sendcontact"),
    Limit("photo upload", PHOTO_UPLOAD_MAX, "bytes", _FILES),
    Limit("upload", UPLOAD_MAX, "bytes", _FILES),
    Limit("photo by URL", 5 * MEGABYTE, "bytes", _FILES),
    Limit("file by URL", 20 * MEGABYTE, "bytes", _FILES),
    Limit("voice by URL", MEGABYTE, "bytes; a larger one up to 20 MB becomes a document", _FILES),
    Limit("photo width and height", PHOTO_SIDES_MAX, "pixels together", f"{_DOCS}#sendphoto"),
    Limit("photo ratio", PHOTO_RATIO_MAX, "times", f"{_DOCS}#sendphoto"),
    Limit("download", DOWNLOAD_MAX, "bytes", f"{_DOCS}#getfile"),
    Limit("download link", LINK_LIFE_MS // HOUR, "hours at least", f"{_DOCS}#getfile"),
    Limit("updates kept", UPDATE_LIFE_MS // HOUR, "hours", _UPDATES),
    Limit("updates a poll", POLL_MAX, "updates", f"{_DOCS}#getupdates"),
    Limit("poll timeout", POLL_TIMEOUT_MAX_S, "seconds", _SERVER),
    Limit("webhook connections", CONNECTIONS_MAX, "connections", f"{_DOCS}#setwebhook"),
    Limit("secret token", SECRET_MAX, "characters", f"{_DOCS}#setwebhook"),
    Limit("messages deleted at once", DELETED_MAX, "messages", f"{_DOCS}#deletemessages"),
    Limit("deletion", DELETE_WITHIN_MS // HOUR, "hours", f"{_DOCS}#deletemessage"),
    Limit("messages in one chat", CHAT_PER_SECOND, "a second", _FAQ),
    Limit("burst in one chat", CHAT_BURST, "messages", _FAQ, KnownBy.INFERRED),
    Limit("messages of a bot", BOT_PER_SECOND, "a second", _FAQ),
    Limit("burst of a bot", BOT_BURST, "messages", _FAQ, KnownBy.INFERRED),
    Limit("close after a launch, use after logOut", RELAUNCH_MS // MINUTE, "minutes", f"{_DOCS}#logout"),
    Limit("commands", COMMANDS_MAX, "commands", f"{_DOCS}#setmycommands"),
    Limit("command description", COMMAND_DESCRIPTION_MAX, "characters", f"{_DOCS}#botcommand"),
    Limit("start parameter", START_MAX, "characters", "https://core.telegram.org/bots/features#deep-linking"),
    Limit("editing by a person", EDIT_WITHIN_MS // HOUR, "hours", _UPDATES, KnownBy.INFERRED),
    Limit("same offset polled again", REPEAT_MS // SECOND, "seconds", _SERVER),
    Limit("chat action", ACTION_MS // SECOND, "seconds", f"{_DOCS}#sendchataction"),
)


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one kind of media takes."""

    label: str
    """How the server names it in its errors."""
    folder: str
    """Where downloads of it lie."""
    prefix: str
    """How its file ids begin."""
    types: tuple[str, ...] = ()
    """Accepted media types; empty accepts any. An upload of another type becomes a document."""
    url_types: tuple[str, ...] = ()
    """Accepted types when fetched from a URL."""
    url_max: int = 20 * MEGABYTE


_AUDIO: Final = ("audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a")
_VOICE: Final = ("audio/ogg", "application/ogg", *_AUDIO)
_ANIMATION: Final = ("image/gif", "video/mp4")
_STICKER: Final = ("image/webp", "video/webm", "application/x-tgsticker")
_IMAGES: Final = ("image/jpeg", "image/jpg", "image/png", "image/webp", "image/bmp", "image/gif")
_ARCHIVES: Final = ("application/pdf", "application/zip", "application/x-zip-compressed", "image/gif")

MEDIA_RULES: Final = {
    "photo": MediaRule("photo", "photos", "AgACAgIAAxkBAA", _IMAGES, _IMAGES, 5 * MEGABYTE),
    "video": MediaRule("video", "videos", "BAACAgIAAxkBAA", ("video/mp4",), ("video/mp4",)),
    "animation": MediaRule("animation", "animations", "CgACAgIAAxkBAA", _ANIMATION, _ANIMATION),
    "audio": MediaRule("audio", "music", "CQACAgIAAxkBAA", _AUDIO, _AUDIO),
    "voice": MediaRule("voice", "voice", "AwACAgIAAxkBAA", _VOICE, ("audio/ogg", "application/ogg")),
    "document": MediaRule("document", "documents", "BQACAgIAAxkBAA", (), _ARCHIVES),
    "sticker": MediaRule("sticker", "stickers", "CAACAgIAAxkBAA", _STICKER, ("image/webp",)),
    "video_note": MediaRule("video note", "video_notes", "DQACAgIAAxkBAA", ("video/mp4",), ("video/mp4",)),
}
"""Source: https://core.telegram.org/bots/api#sending-files"""
VOICE_BY_URL_MAX: Final = MEGABYTE


def _bad(text: str, known_by: KnownBy = KnownBy.DOCUMENTED) -> VendorError:
    return VendorError(400, 400, f"Bad Request: {text}", _SERVER, known_by)


TEXT_EMPTY = _bad("message text is empty")
TEXT_TOO_LONG = _bad("message is too long")
CAPTION_TOO_LONG = _bad("message caption is too long")
NOT_UTF8 = _bad("strings must be encoded in UTF-8")
BAD_BODY = _bad("can't parse the request body as {kind}", KnownBy.INFERRED)
BAD_JSON_FIELD = _bad("can't parse {field} JSON object", KnownBy.INFERRED)
BAD_ENTITIES = _bad("can't parse entities: {why}")
BAD_PARSE_MODE = _bad("unsupported parse_mode")
CHAT_EMPTY = _bad("chat_id is empty")
CHAT_NOT_FOUND = _bad("chat not found")
USER_NOT_FOUND = _bad("user not found")
NO_FILE = _bad("there is no {label} in the request")
WRONG_FILE = _bad("wrong file_id or the file is temporarily unavailable")
WRONG_IDENTIFIER = _bad("wrong file identifier/HTTP URL specified", KnownBy.SAMPLE)
WRONG_REMOTE = _bad("wrong remote file identifier specified: can't unserialize it", KnownBy.SAMPLE)
WRONG_URL = _bad("wrong HTTP URL specified")
URL_FAILED = _bad("failed to get HTTP URL content")
URL_TYPE = _bad("wrong type of the web page content")
TYPE_MISMATCH = _bad("can't use file of type {found} as {label}", KnownBy.SAMPLE)
FILE_EMPTY = _bad("file must be non-empty")
FILE_TOO_BIG = _bad("file is too big")
PHOTO_TOO_BIG = _bad("file of size {size} bytes is too big for a photo; the maximum size is {most} bytes")
PHOTO_BAD = _bad("IMAGE_PROCESS_FAILED")
PHOTO_SIDES = _bad("PHOTO_INVALID_DIMENSIONS")
GROUP_SIZE = _bad("expected an Array of InputMedia with 2 to 10 items", KnownBy.INFERRED)
GROUP_TYPE = _bad("type of media {kind} is unallowed in media groups", KnownBy.INFERRED)
BAD_MARKUP = _bad("object expected as reply markup")
MARKUP_TOO_LONG = _bad("reply markup is too long")
BAD_BUTTON = _bad("can't parse inline keyboard button: {why}")
BUTTON_DATA = _bad("BUTTON_DATA_INVALID")
BUTTON_COPY_TEXT = _bad("BUTTON_COPY_TEXT_INVALID", KnownBy.INFERRED)
BUTTON_URL = _bad("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
FIELD_EMPTY = _bad("{field} is empty", KnownBy.INFERRED)
CARD_TOO_LONG = _bad("contact vCard is too long", KnownBy.INFERRED)
BAD_PLACE = _bad("invalid location specified", KnownBy.INFERRED)
BAD_ACTION = _bad("wrong parameter action in request")
NO_REPLY_TARGET = _bad("message to be replied not found")
NO_EDIT_TARGET = _bad("message to edit not found")
NOT_EDITABLE = _bad("message can't be edited")
NO_TEXT_TO_EDIT = _bad("there is no text in the message to edit")
NOT_MODIFIED = _bad(
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
NO_DELETE_TARGET = _bad("message to delete not found")
NOT_DELETABLE = _bad("message can't be deleted for everyone")
NO_DELETED = _bad("message identifiers are not specified", KnownBy.INFERRED)
TOO_MANY_DELETED = _bad("too many message identifiers specified", KnownBy.INFERRED)
NO_REACTION_TARGET = _bad("message to react not found")
QUERY_TOO_OLD = _bad("query is too old and response timeout expired or query ID is invalid")
ANSWER_TOO_LONG = _bad("MESSAGE_TOO_LONG", KnownBy.INFERRED)
BAD_WEBHOOK_URL = _bad("invalid webhook URL specified")
BAD_SECRET = _bad("secret token contains unallowed characters")
SECRET_TOO_LONG = _bad("secret token is too long", KnownBy.INFERRED)
COMMAND_INVALID = _bad("BOT_COMMAND_INVALID", KnownBy.SAMPLE)
COMMAND_DESCRIPTION = _bad("BOT_COMMAND_DESCRIPTION_INVALID", KnownBy.INFERRED)
COMMANDS_TOO_MANY = _bad("BOT_COMMANDS_TOO_MUCH", KnownBy.INFERRED)
UNAUTHORIZED = VendorError(401, 401, "Unauthorized", _SERVER)
BLOCKED = VendorError(403, 403, "Forbidden: bot was blocked by the user", _SERVER)
NOT_STARTED = VendorError(403, 403, "Forbidden: bot can't initiate conversation with a user", _SERVER)
TO_BOT = VendorError(403, 403, "Forbidden: bot can't send messages to bots", _SERVER)
NOT_FOUND = VendorError(404, 404, "Not Found", _SERVER)
NO_METHOD = VendorError(404, 404, "Not Found: method not found", _SERVER)
WEBHOOK_ACTIVE = VendorError(
    409,
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    _SERVER,
)
OTHER_POLL = VendorError(
    409,
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    _SERVER,
)
WEBHOOK_SET = VendorError(409, 409, "Conflict: terminated by setWebhook request", _SERVER)
TOO_LARGE = VendorError(413, 413, "Request Entity Too Large", _SERVER)
TOO_MANY = VendorError(429, 429, "Too Many Requests: retry after {seconds}", _SERVER)
INTERNAL = VendorError(500, 500, "Internal Server Error", _SERVER)

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))

ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
"""https://core.telegram.org/bots/api#sendchataction"""

OPT_IN_UPDATES: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Updates that come only when `allowed_updates` names them: https://core.telegram.org/bots/api#getupdates"""

NOTES: Final = (
    Note("sends, keyboards, edits, files, updates, webhook and polling", "emulated", KnownBy.DOCUMENTED, _DOCS),
    Note("receipts", "there are none: a business never learns what was delivered or read", KnownBy.DOCUMENTED, _DOCS),
    Note("somebody without a name", 'first_name is "": the field is required and may be blank', KnownBy.INFERRED),
    Note("first retry of a webhook", "at once; in a world's time one millisecond later", KnownBy.SAMPLE, _SERVER),
    Note("cap of webhook retries", "60 to 120 s, drawn once an account instead of each time", KnownBy.SAMPLE, _SERVER),
    Note("webhook URL", "http, any port and inside addresses are taken, as in local mode", KnownBy.SAMPLE, _SERVER),
    Note("max_connections", "kept and shown; every chat has a connection of its own", KnownBy.INFERRED),
    Note(
        "polling again with the same offset",
        "not slowed down unless a setting says so; the server waits up to 3 s",
        KnownBy.SAMPLE,
        _SERVER,
    ),
    Note("life of a callback query", "150 s, as its update's; unpublished", KnownBy.INFERRED),
    Note("a callback query answered twice", "the second answer is refused as too old", KnownBy.INFERRED),
    Note("photos", "kept as sent, not recompressed; the smaller sizes share the file", KnownBy.INFERRED),
    Note("HTML and MarkdownV2", "the usual entities; custom emoji, quotes and dates as plain text", KnownBy.DOCUMENTED),
    Note("found entities", "commands, URLs with a scheme, mentions and hashtags", KnownBy.DOCUMENTED, _DOCS),
    Note("cleaning of text", "not emulated: spaces and control characters stay", KnownBy.INFERRED),
    Note("a poll or dice from a person", "arrives as a message of that kind, with that part alone", KnownBy.INFERRED),
    Note(
        "flood control", "about 1 a second in a chat and 30 a second for a bot, as published", KnownBy.DOCUMENTED, _FAQ
    ),
    Note("bursts of flood control", "20 in a chat and 60 for a bot, as settings; unpublished", KnownBy.INFERRED),
    Note("what flood control counts", "sends and edits, each file of an album; refused calls too", KnownBy.INFERRED),
    Note("profile photos", "one small picture for each person, or none by a setting", KnownBy.INFERRED),
    Note("use after logOut", "401 Unauthorized for ten minutes", KnownBy.INFERRED),
    Note("updates that nobody takes", "24 hours, as published, and no more than 100,000", KnownBy.INFERRED),
    Note("files", "the newest 2,000 uploads are kept; an older id is a wrong one", KnownBy.INFERRED),
    Note("reply keyboards", "only the latest can be tapped; a one-time one is gone after a tap", KnownBy.DOCUMENTED),
    Note("deletion by a person", "no update tells of it; the bot can no longer edit the message", KnownBy.DOCUMENTED),
    Note(
        "albums from a person", "not emulated: each picture comes by itself, without media_group_id", KnownBy.INFERRED
    ),
    Note("thumbnails of videos and files", "none are made, nor taken from an upload", KnownBy.INFERRED),
    Note(
        "copies, forwards, editMessageMedia, live locations, pins, checklists, gifts",
        "not emulated: method not found",
        KnownBy.DOCUMENTED,
        _METHODS,
    ),
    Note("files by URL that are too large", "failed to get HTTP URL content", KnownBy.INFERRED),
    Note("groups, channels, inline mode, payments, polls, stickers sets, games", "not emulated", KnownBy.DOCUMENTED),
    Note("commands", "kept and shown in the menu, by scope and language", KnownBy.DOCUMENTED, f"{_DOCS}#setmycommands"),
    Note("other profile and menu methods", "not emulated: method not found", KnownBy.DOCUMENTED),
)

_SENDS: Final = "send*"


def _preset(name: str, error: VendorError, says: str, operation: str = _SENDS) -> Preset:
    what = Status(status=error.status, text=error.text)
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    Preset(
        "429",
        "Refused: flood control, come back in five seconds.",
        Status(status=429, retry_after_s=5),
        _SENDS,
        source=_SERVER,
    ),
    _preset("403-blocked", BLOCKED, "Refused: the person has blocked the bot."),
    _preset(
        "403-deactivated",
        VendorError(403, 403, "Forbidden: user is deactivated", _SERVER),
        "Refused: the person has deleted the account.",
    ),
    _preset("403-not-started", NOT_STARTED, "Refused: the person has never started the bot."),
    _preset("400-chat-not-found", CHAT_NOT_FOUND, "Refused: there is no such chat."),
    _preset("400-url-failed", URL_FAILED, "Refused: the file behind a URL could not be fetched."),
    _preset(
        "400-entities", _bad("can't parse entities: unsupported start tag"), "Refused: the text's markup is wrong."
    ),
    _preset("401", UNAUTHORIZED, "Refused: the token is wrong or was taken back.", "*"),
    _preset("409", OTHER_POLL, "Refused: another process polls for updates.", "getUpdates"),
    _preset("409-webhook", WEBHOOK_ACTIVE, "Refused: a webhook is set, polling is not possible.", "getUpdates"),
    _preset("500", INTERNAL, "Refused with a 500: something went wrong at the vendor's.", "*"),
    Preset("502", "Refused with a 502: the servers are restarting.", Status(status=502), source=_SERVER),
)

_ACCEPTS: Final = {
    {"photo": "image"}.get(kind, kind): rule.url_types
    for kind, rule in MEDIA_RULES.items()
    if rule.url_types and kind not in {"animation", "video_note"}
}
"""By link, as gateways send; an upload may be more."""
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS)
