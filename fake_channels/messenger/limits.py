"""What Facebook Messenger allows, as tables: message kinds, numbers, file rules and errors.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.faults import Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows
from fake_channels.meta import graph
from fake_channels.meta.platform import FileRule, Problem, Problems
from fake_channels.meta.profile import NO_GET_STARTED

_DOCS: Final = "https://developers.facebook.com/documentation/business-messaging/messenger-platform"
_SEND: Final = f"{_DOCS}/send-messages"
_ASSETS: Final = f"{_DOCS}/send-messages/saving-assets"
_HOOKS: Final = f"{_DOCS}/webhooks"
_MESSAGES: Final = f"{_DOCS}/webhooks/webhook-events/messages"
_CODES: Final = f"{_DOCS}/error-codes"
_RATES: Final = f"{_DOCS}/overview/rate-limiting"
_USER: Final = f"{_DOCS}/identity/user-profile"

_MT_DEGRADES: Final = {
    "voice": "audio: there is no flag for a recorded note",
    "list": "a carousel of cards, or quick replies",
}
_MT_REFUSALS: Final = {
    "sticker": "there is no send type for stickers; an image carries the picture",
    "location": "there is no send type for places; a link or a card carries them",
    "contact": "there is no send type for contacts; a text carries them",
}
_MO_DEGRADES: Final = {
    "voice": "audio: a recorded clip carries no flag",
    "location": "a link to a map, with a fallback attachment",
}
_MO_REFUSALS: Final = {
    "contact": "the app shares no contact cards with a Page",
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists; taps on shown cards do arrive",
    "template": "templates are the business's",
}

KIND_ROWS: Final = (
    *kind_rows("MT", _SEND, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", _MESSAGES, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES),
)

MEGABYTE: Final = 1_048_576
TEXT_MAX: Final = 2_000
BUTTON_TEXT_MAX: Final = 640
TITLE_MAX: Final = 80
BUTTON_TITLE_MAX: Final = 20
PAYLOAD_MAX: Final = 1_000
BUTTONS_MAX: Final = 3
QUICK_REPLIES_MAX: Final = 13
ELEMENTS_MAX: Final = 10
IMAGES_MAX: Final = 30
IMAGE_BYTES: Final = 8 * MEGABYTE
FILE_BYTES: Final = 25 * MEGABYTE
FETCH_S: Final = 10
VIDEO_FETCH_S: Final = 75
WINDOW_MS: Final = DAY
HUMAN_AGENT_MS: Final = 7 * DAY
ATTACHMENT_MS: Final = 90 * DAY
FILE_URL_MS: Final = 7 * DAY
PICTURE_URL_MS: Final = 7 * DAY
TYPING_MS: Final = 20 * SECOND
TEXTS_PER_SECOND: Final = 300
RECORDINGS_PER_SECOND: Final = 10
EDIT_WITHIN_MS: Final = 15 * MINUTE
EDITS_MAX: Final = 5
TAGS: Final = frozenset({"HUMAN_AGENT"})
THUMBS_UP: Final = 369239263222822
FIELDS: Final = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
    "message_edits",
)
REACTIONS: Final = {
    "😆": "smile",
    "😠": "angry",
    "😢": "sad",
    "😮": "wow",
    "❤️": "love",
    "❤": "love",
    "👍": "like",
    "👎": "dislike",
}

LIMITS: Final = (
    Limit("text", TEXT_MAX, "characters", _SEND),
    Limit("button template text", BUTTON_TEXT_MAX, "characters", f"{_SEND}/template/button"),
    Limit("card title and subtitle", TITLE_MAX, "characters", f"{_SEND}/template/generic"),
    Limit("button title", BUTTON_TITLE_MAX, "characters", f"{_SEND}/buttons"),
    Limit("payload", PAYLOAD_MAX, "characters", f"{_SEND}/quick-replies"),
    Limit("buttons", BUTTONS_MAX, "buttons", f"{_SEND}/template/button"),
    Limit("quick replies", QUICK_REPLIES_MAX, "quick replies", f"{_SEND}/quick-replies"),
    Limit("cards", ELEMENTS_MAX, "elements", f"{_SEND}/template/generic"),
    Limit("images of one message", IMAGES_MAX, "images", _SEND),
    Limit("image", IMAGE_BYTES, "bytes", _ASSETS),
    Limit("other file", FILE_BYTES, "bytes", _ASSETS),
    Limit("fetch of a file", FETCH_S, "seconds", _ASSETS),
    Limit("fetch of a video", VIDEO_FETCH_S, "seconds", _ASSETS),
    Limit("uploaded attachment", ATTACHMENT_MS // DAY, "days", _ASSETS),
    Limit("file URL", FILE_URL_MS // DAY, "days", _MESSAGES, KnownBy.INFERRED),
    Limit("profile picture URL", PICTURE_URL_MS // DAY, "days", _USER, KnownBy.INFERRED),
    Limit("standard messaging window", WINDOW_MS // HOUR, "hours", f"{_DOCS}/policy"),
    Limit("HUMAN_AGENT window", HUMAN_AGENT_MS // DAY, "days", f"{_SEND}/message-tags"),
    Limit("typing indicator", TYPING_MS // SECOND, "seconds", f"{_SEND}/sender-actions"),
    Limit("sends of text, images and files", TEXTS_PER_SECOND, "a second", _RATES),
    Limit("sends of audio and video", RECORDINGS_PER_SECOND, "a second", _RATES),
    Limit("webhook answer", 5, "seconds", _HOOKS),
    Limit("webhook failures before the app is unsubscribed", 1, "hours", _HOOKS),
    Limit("edit", EDIT_WITHIN_MS // MINUTE, "minutes", _HOOKS, KnownBy.INFERRED),
    Limit("edits", EDITS_MAX, "times", _HOOKS, KnownBy.INFERRED),
)

_IMAGES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
_VIDEOS: Final = ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm", "video/3gpp")
_AUDIOS: Final = (
    "audio/aac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/x-wav",
    "audio/m4a",
    "audio/x-m4a",
    "audio/amr",
    "audio/webm",
)
FILES: Final = {
    "image": FileRule(_IMAGES, IMAGE_BYTES, FETCH_S),
    "sticker": FileRule(_IMAGES, IMAGE_BYTES, FETCH_S),
    "video": FileRule(_VIDEOS, FILE_BYTES, VIDEO_FETCH_S),
    "audio": FileRule(_AUDIOS, FILE_BYTES, FETCH_S),
    "file": FileRule((), FILE_BYTES, FETCH_S),
}
"""Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets"""

_POLICY: Final = "https://developers.facebook.com/docs/messenger-platform/policy-overview"


def _bad(text: str, subcode: int | None = None, known_by: KnownBy = KnownBy.DOCUMENTED) -> Problem:
    return Problem(VendorError(100, 400, text, _CODES, known_by), subcode)


PROBLEMS: Final = Problems(
    invalid=_bad("{why}"),
    too_long=_bad("Length of param {param} must be less than or equal to {most}", known_by=KnownBy.SAMPLE),
    empty=_bad("Message cannot be empty, must provide valid attachment or text", 2018034, KnownBy.SAMPLE),
    both=_bad("Message cannot have both text and attachment", known_by=KnownBy.INFERRED),
    no_user=_bad("No matching user found", 2018001),
    unavailable=Problem(VendorError(551, 400, "This person isn't available right now.", _CODES), 1545041),
    window=Problem(
        VendorError(
            10,
            400,
            f"This message is sent outside of allowed window. Learn more about the new policy here: {_POLICY}",
            _CODES,
        ),
        2018278,
    ),
    bad_tag=_bad("Param tag must be one of {{HUMAN_AGENT}}, not {tag!r}", known_by=KnownBy.INFERRED),
    rate=Problem(VendorError(613, 400, "Calls to this API have exceeded the rate limit", _CODES)),
    fetch=_bad("Failed to fetch the file from the url", 2018008),
    upload=_bad("Upload attachment failure.", 2018047),
    size=_bad("Attachment size exceeds allowable limit", 2018109),
    no_attachment=_bad("Param message[attachment][payload][attachment_id] is invalid", known_by=KnownBy.INFERRED),
    no_message=_bad("Param mid must be the id of a message in this conversation", known_by=KnownBy.INFERRED),
    not_a_page_token=Problem(
        VendorError(190, 400, "This method must be called with a Page Access Token", _CODES, KnownBy.SAMPLE), 2069032
    ),
    expired=Problem(
        VendorError(190, 401, "Error validating access token: Session has expired. The current time is {now}.", _CODES),
        463,
    ),
)
NO_PROFILE: Final = _bad("No profile available for this user.", 2018218)
NO_FIELD: Final = _bad("Tried accessing nonexisting field ({field}) on node type (User)", known_by=KnownBy.SAMPLE)
NO_PAGE_FIELD: Final = _bad("Tried accessing nonexisting field ({field}) on node type (Page)", known_by=KnownBy.SAMPLE)
NO_PERMISSION: Final = _bad("Insufficient permission to access user profile.", 2018247)
NOT_RECEIVING: Final = Problem(
    VendorError(10, 400, "This person isn't receiving messages from you right now.", _CODES), 2018108
)
PERMISSION: Final = Problem(
    VendorError(200, 403, "Requires pages_messaging permission to manage the object", _CODES, KnownBy.SAMPLE), 2018028
)
TEMPORARY: Final = Problem(VendorError(1200, 400, "Temporary send message failure. Please try again later.", _CODES))
UNKNOWN: Final = Problem(VendorError(1, 500, "An unknown error occurred.", _CODES))
UNEXPECTED: Final = Problem(VendorError(2, 503, graph.TEMPORARY.text, _CODES))
APP_LIMIT: Final = Problem(VendorError(4, 400, "Application request limit reached", _CODES))
PAGE_LIMIT: Final = Problem(VendorError(32, 400, "Page request limit reached", _CODES))
PASSWORD: Final = Problem(
    VendorError(
        190,
        401,
        "Error validating access token: The session has been invalidated because the user changed their "
        "password or Facebook has changed the session for security reasons.",
        _CODES,
        KnownBy.SAMPLE,
    ),
    460,
)

ALL_PROBLEMS: Final = (
    *(getattr(PROBLEMS, name) for name in Problems.__struct_fields__),
    NO_PROFILE,
    NO_FIELD,
    NO_PAGE_FIELD,
    NO_PERMISSION,
    NOT_RECEIVING,
    PERMISSION,
    TEMPORARY,
    UNKNOWN,
    UNEXPECTED,
    APP_LIMIT,
    PAGE_LIMIT,
    PASSWORD,
    NO_GET_STARTED,
)
ERRORS: Final = tuple(problem.error for problem in ALL_PROBLEMS)
BY_CODE: Final = {
    **{str(problem.error.code): problem for problem in reversed(ALL_PROBLEMS)},
    **{str(problem.subcode): problem for problem in ALL_PROBLEMS if problem.subcode},
}
"""What a fault may name: a code, or the subcode where several share it."""
BY_STATUS: Final = {
    400: PROBLEMS.invalid,
    401: Problem(graph.BAD_TOKEN),
    403: PERMISSION,
    429: PROBLEMS.rate,
    500: UNKNOWN,
    502: UNEXPECTED,
    503: UNEXPECTED,
}


def _preset(name: str, says: str, problem: Problem) -> Preset:
    error = problem.error
    what = Status(status=error.status, code=str(problem.subcode or error.code))
    return Preset(name, says, what, "messages", source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _preset("10", "The message is sent outside of the 24-hour window.", PROBLEMS.window),
    _preset("551", "The person blocked the Page, or their account is gone.", PROBLEMS.unavailable),
    _preset("2018001", "The page-scoped id belongs to nobody.", PROBLEMS.no_user),
    _preset("2018108", "The person receives no messages from the Page now.", NOT_RECEIVING),
    _preset("2018008", "The file behind the URL cannot be fetched.", PROBLEMS.fetch),
    _preset("2018047", "The file is not what it is sent as.", PROBLEMS.upload),
    _preset("2018109", "The file is too large.", PROBLEMS.size),
    _preset("613", "Too many sends: the rate limit of the Page is reached.", PROBLEMS.rate),
    _preset("4", "Too many calls: the rate limit of the app is reached.", APP_LIMIT),
    _preset("32", "Too many calls: the rate limit of the Page is reached.", PAGE_LIMIT),
    _preset("1200", "Messenger cannot send for the moment.", TEMPORARY),
    _preset("2", "Graph is out of order for the moment.", UNEXPECTED),
    _preset("460", "The token is void: a password was changed.", PASSWORD),
    _preset("463", "The token has expired.", PROBLEMS.expired),
    _preset("200", "The app has no permission to write to this person.", PERMISSION),
)

NOTES: Final = (
    Note("sends, templates, sender actions, uploads, profile, window, webhooks", "emulated", KnownBy.DOCUMENTED, _SEND),
    Note("failed messages", "there is no such status: errors are in the answer alone", KnownBy.DOCUMENTED, _CODES),
    Note("people who never wrote", "refused as an unknown user: there is no page-scoped id before", KnownBy.INFERRED),
    Note("blocked and outside of the window", "told as blocked (551)", KnownBy.INFERRED),
    Note("sender actions outside of the window", "refused like messages", KnownBy.INFERRED),
    Note("rate limit", "613 with status 400; at most one second's worth in a burst", KnownBy.INFERRED, _RATES),
    Note(
        "webhook retries",
        "1, 1, 1 s, then 1, 5 and every 15 min; the vendor says 'a few immediate', and unsubscribes after an hour",
        KnownBy.INFERRED,
        _HOOKS,
    ),
    Note("alert after 15 min of failing webhooks", "a mail to developers: not emulated", KnownBy.DOCUMENTED, _HOOKS),
    Note("webhooks of a lab world", "subscribed to every field, without the challenge", KnownBy.INFERRED),
    Note("batches of webhooks", "one event each, as in practice", KnownBy.SAMPLE),
    Note("quick replies", "gone with the person's next message", KnownBy.INFERRED),
    Note("pictures of cards", "fetched by the phone; the first one of a carousel is shown", KnownBy.INFERRED),
    Note("places from a person", "a text with a map link and a fallback attachment", KnownBy.DOCUMENTED, _MESSAGES),
    Note("stickers from a person", "as sticker alone, as since 30 August 2026", KnownBy.DOCUMENTED, _MESSAGES),
    Note("an unsend by the person", "no webhook", KnownBy.DOCUMENTED, _HOOKS),
    Note("recorded clips from a person", "called audio/mp4, whatever the bytes are", KnownBy.INFERRED),
    Note("a nameless person", "the profile has neither first nor last name", KnownBy.INFERRED),
    Note("profile picture", "one grey pixel", KnownBy.INFERRED),
    Note("files kept", "the newest 1000, at most 256 MB together", KnownBy.INFERRED),
    Note("media template by URL", "refused: this lab has no files on facebook.com", KnownBy.DOCUMENTED),
    Note("appsecret_proof", "checked when it is there; the state can insist on it", KnownBy.DOCUMENTED),
    Note("user_ref, comment_id, post_id, notification_messages_token", "not emulated: refused", KnownBy.DOCUMENTED),
    Note("UTILITY messages", "not emulated: refused", KnownBy.DOCUMENTED),
    Note("handover, standby, personas, product template, conversations, insights", "not emulated", KnownBy.DOCUMENTED),
    Note("a message under a persona's name, or to two recipients", "refused with 100", KnownBy.INFERRED),
    Note("unknown keys of a message", "refused with 100; unknown parameters beside it are not", KnownBy.SAMPLE),
    Note("mislabelled files", "bytes of a type that may not be sent are refused with 2018047", KnownBy.INFERRED),
    Note("batches of Graph requests in one", "not emulated: 2500", KnownBy.DOCUMENTED),
    Note("Page token", "lives for ever; presets 460 and 463 take it back", KnownBy.DOCUMENTED),
    Note("token scopes", "not checked: the Page token may do everything", KnownBy.INFERRED),
)

_ACCEPTS: Final = {
    ("document" if kind == "file" else kind): rule.types
    for kind, rule in FILES.items()
    if rule.types and kind != "sticker"
}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS)
