"""What Instagram messaging allows, as tables: message kinds, numbers, file rules and errors.

Pure data; every row carries its source.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.faults import Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows
from fake_channels.meta import graph
from fake_channels.meta.platform import FileRule, Problem, Problems

_DOCS: Final = "https://developers.facebook.com/documentation/business-messaging/instagram-messaging"
_LOGIN: Final = "https://developers.facebook.com/documentation/instagram-platform"
_SEND: Final = f"{_DOCS}/features/send-message"
_UPLOAD: Final = f"{_DOCS}/features/attachment-upload"
_HOOKS: Final = f"{_DOCS}/webhooks"
_CODES: Final = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes"
_OVERVIEW: Final = f"{_LOGIN}/overview"
_MESSAGING: Final = f"{_LOGIN}/instagram-api-with-instagram-login/messaging-api"

_MT_DEGRADES: Final = {
    "voice": "audio: there is no flag for a recorded note",
    "sticker": "a heart is the only one; an image carries any other",
    "list": "a carousel of cards, or quick replies",
}
_MT_REFUSALS: Final = {
    "location": "there is no send type for places; a link or a card carries them",
    "contact": "there is no send type for contacts; a text carries them",
}
_MO_DEGRADES: Final = {
    "voice": "audio: a recorded message carries no flag",
    "sticker": "nothing: a sticker or GIF causes no webhook; a heart comes as like_heart",
}
_MO_REFUSALS: Final = {
    "audio": "the app sends no audio files; a recorded message comes as audio",
    "document": "the app sends no documents",
    "location": "the app shares no places",
    "contact": "the app shares no contacts",
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists; taps on shown cards do arrive",
    "template": "templates are the business's",
}

KIND_ROWS: Final = (
    *kind_rows("MT", _SEND, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", _HOOKS, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES),
)

MEGABYTE: Final = 1_048_576
TEXT_MAX_BYTES: Final = 1_000
QUICK_REPLIES_MAX: Final = 13
ELEMENTS_MAX: Final = 10
IMAGES_MAX: Final = 10
IMAGE_BYTES: Final = 8 * MEGABYTE
FILE_BYTES: Final = 25 * MEGABYTE
FETCH_S: Final = 10
VIDEO_FETCH_S: Final = 75
WINDOW_MS: Final = DAY
HUMAN_AGENT_MS: Final = 7 * DAY
ATTACHMENT_MS: Final = 90 * DAY
FILE_URL_MS: Final = 7 * DAY
STORY_URL_MS: Final = DAY
PICTURE_URL_MS: Final = 3 * DAY
TYPING_MS: Final = 20 * SECOND
TEXTS_PER_SECOND: Final = 100
RECORDINGS_PER_SECOND: Final = 10
EDIT_WITHIN_MS: Final = 15 * MINUTE
EDITS_MAX: Final = 5
TOKEN_LIFE_MS: Final = 60 * DAY
REFRESH_AFTER_MS: Final = DAY
TAGS: Final = frozenset({"HUMAN_AGENT"})
FIELDS: Final = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "message_reactions",
    "message_edit",
)
REACTIONS: Final = {
    "😆": "laugh",
    "😂": "laugh",
    "😠": "angry",
    "😢": "sad",
    "😮": "wow",
    "❤️": "love",
    "❤": "love",
    "👍": "like",
}

LIMITS: Final = (
    Limit("text", TEXT_MAX_BYTES, "bytes of UTF-8", _SEND),
    Limit("quick replies", QUICK_REPLIES_MAX, "quick replies", f"{_DOCS}/features/quick-replies"),
    Limit("cards", ELEMENTS_MAX, "elements", f"{_DOCS}/features/generic-template"),
    Limit("images of one message", IMAGES_MAX, "images", _SEND),
    Limit("image", IMAGE_BYTES, "bytes", _UPLOAD),
    Limit("other file", FILE_BYTES, "bytes", _UPLOAD),
    Limit("fetch of a file", FETCH_S, "seconds, as Messenger's", _UPLOAD, KnownBy.INFERRED),
    Limit("fetch of a video", VIDEO_FETCH_S, "seconds, as Messenger's", _UPLOAD, KnownBy.INFERRED),
    Limit("uploaded attachment", ATTACHMENT_MS // DAY, "days, as Messenger's", _UPLOAD, KnownBy.INFERRED),
    Limit("file URL", FILE_URL_MS // DAY, "days", _HOOKS, KnownBy.INFERRED),
    Limit("story URL", STORY_URL_MS // HOUR, "hours", _HOOKS),
    Limit("profile picture URL", PICTURE_URL_MS // DAY, "days", f"{_DOCS}/features/user-profile", KnownBy.INFERRED),
    Limit("standard messaging window", WINDOW_MS // HOUR, "hours", _OVERVIEW),
    Limit("HUMAN_AGENT window", HUMAN_AGENT_MS // DAY, "days", f"{_DOCS}/features/human-agent"),
    Limit("typing indicator", TYPING_MS // SECOND, "seconds, as Messenger's", _SEND, KnownBy.INFERRED),
    Limit("sends of text, images and files", TEXTS_PER_SECOND, "a second", _OVERVIEW),
    Limit("sends of audio and video", RECORDINGS_PER_SECOND, "a second", _OVERVIEW),
    Limit("edit", EDIT_WITHIN_MS // MINUTE, "minutes", _HOOKS, KnownBy.INFERRED),
    Limit("edits", EDITS_MAX, "times", _HOOKS, KnownBy.INFERRED),
    Limit("user token", TOKEN_LIFE_MS // DAY, "days", f"{_LOGIN}/reference/refresh_access_token"),
    Limit(
        "age of a token that may be refreshed",
        REFRESH_AFTER_MS // HOUR,
        "hours",
        f"{_LOGIN}/reference/refresh_access_token",
    ),
)

_IMAGES: Final = ("image/jpeg", "image/png", "image/gif")
_VIDEOS: Final = ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm")
_AUDIOS: Final = ("audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav")
FILES: Final = {
    "image": FileRule(_IMAGES, IMAGE_BYTES, FETCH_S),
    "video": FileRule(_VIDEOS, FILE_BYTES, VIDEO_FETCH_S),
    "audio": FileRule(_AUDIOS, FILE_BYTES, FETCH_S),
    "file": FileRule(("application/pdf",), FILE_BYTES, FETCH_S),
}
"""Source: https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload"""


def _bad(text: str, subcode: int | None = None, known_by: KnownBy = KnownBy.INFERRED) -> Problem:
    return Problem(VendorError(100, 400, text, _CODES, known_by), subcode)


PROBLEMS: Final = Problems(
    invalid=_bad("{why}"),
    too_long=_bad("Length of param {param} must be less than or equal to {most} bytes"),
    empty=_bad("Message cannot be empty, must provide valid attachment or text", 2018034),
    both=_bad("Message cannot have both text and attachment"),
    no_user=_bad("The requested user cannot be found.", 2534014, KnownBy.DOCUMENTED),
    unavailable=Problem(
        VendorError(551, 400, "This person isn't available right now.", _CODES, KnownBy.DOCUMENTED), 1545041
    ),
    window=Problem(
        VendorError(10, 403, "This message is sent outside of allowed window.", _CODES, KnownBy.SAMPLE), 2534022
    ),
    bad_tag=_bad("Param tag must be one of {{HUMAN_AGENT}}, not {tag!r}"),
    rate=Problem(VendorError(613, 400, "Calls to this API have exceeded the rate limit.", _CODES), 2534040),
    fetch=_bad("Failed to fetch the file from the url", 2018008),
    upload=_bad("Upload attachment failure.", 2018047),
    size=_bad("Attachment size exceeds allowable limit", 2018109),
    no_attachment=_bad("Param message[attachment][payload][attachment_id] is invalid"),
    no_message=_bad("Param mid must be the id of a message in this conversation"),
    not_a_page_token=Problem(
        VendorError(190, 400, "This method must be called with a Page Access Token", _CODES, KnownBy.SAMPLE), 2069032
    ),
    expired=Problem(
        VendorError(190, 401, "Error validating access token: Session has expired. The current time is {now}.", _CODES),
        463,
    ),
)
NO_CONSENT: Final = Problem(
    VendorError(230, 403, "User consent is required to access user profile", _CODES, KnownBy.SAMPLE)
)
NO_PROFILE_USER: Final = Problem(VendorError(9010, 400, "No matching Instagram user", _CODES, KnownBy.SAMPLE))
NO_FIELD: Final = _bad("Tried accessing nonexisting field ({field})", known_by=KnownBy.SAMPLE)
NO_POST: Final = _bad("Param message[attachment][payload][id] must be the id of a post of this account")
NO_PLATFORM: Final = _bad('Through a Page the parameter platform must be "instagram"')
TOO_YOUNG: Final = _bad("The access token must be at least 24 hours old to be refreshed")
NO_ACCESS: Final = Problem(
    VendorError(200, 403, "The user has disabled access to direct messages.", _CODES, KnownBy.DOCUMENTED), 2534041
)
RESTRICTED: Final = Problem(
    VendorError(10, 403, "This account is restricted from sending messages.", _CODES, KnownBy.DOCUMENTED), 1893063
)
UNKNOWN: Final = Problem(VendorError(1, 500, "An unknown error occurred.", _CODES))
UNEXPECTED: Final = Problem(VendorError(2, 503, graph.TEMPORARY.text, _CODES))
APP_LIMIT: Final = Problem(VendorError(4, 400, "Application request limit reached", _CODES))
PASSWORD: Final = Problem(
    VendorError(
        190,
        401,
        "Error validating access token: The session has been invalidated because the user changed their password or "
        "Facebook has changed the session for security reasons.",
        _CODES,
        KnownBy.SAMPLE,
    ),
    460,
)

ALL_PROBLEMS: Final = (
    *(getattr(PROBLEMS, name) for name in Problems.__struct_fields__),
    NO_CONSENT,
    NO_PROFILE_USER,
    NO_FIELD,
    NO_POST,
    NO_PLATFORM,
    TOO_YOUNG,
    NO_ACCESS,
    RESTRICTED,
    UNKNOWN,
    UNEXPECTED,
    APP_LIMIT,
    PASSWORD,
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
    403: NO_ACCESS,
    429: PROBLEMS.rate,
    500: UNKNOWN,
    502: UNEXPECTED,
    503: UNEXPECTED,
}


def _preset(name: str, says: str, problem: Problem, operation: str = "messages") -> Preset:
    error = problem.error
    what = Status(status=error.status, code=str(problem.subcode or error.code))
    return Preset(name, says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _preset("10", "The message is sent outside of the 24-hour window.", PROBLEMS.window),
    _preset("551", "The person blocked the account, or theirs is gone.", PROBLEMS.unavailable),
    _preset("2534014", "The Instagram-scoped id belongs to nobody.", PROBLEMS.no_user),
    _preset("2534041", "The person or the account does not allow access to direct messages.", NO_ACCESS),
    _preset("1893063", "The account is restricted.", RESTRICTED),
    _preset("230", "The profile may not be read without the person's consent.", NO_CONSENT, "node"),
    _preset("9010", "The profile's person is not found.", NO_PROFILE_USER, "node"),
    _preset("2018008", "The file behind the URL cannot be fetched.", PROBLEMS.fetch),
    _preset("2018047", "The file is not what it is sent as.", PROBLEMS.upload),
    _preset("613", "Too many sends: the rate limit of the account is reached.", PROBLEMS.rate),
    _preset("4", "Too many calls: the rate limit of the app is reached.", APP_LIMIT),
    _preset("2", "Graph is out of order for the moment.", UNEXPECTED),
    _preset("460", "The token is void: a password was changed.", PASSWORD),
    _preset("463", "The token has expired.", PROBLEMS.expired),
)

NOTES: Final = (
    Note("sends, templates, uploads, window, profile lookups, webhooks", "emulated", KnownBy.DOCUMENTED, _SEND),
    Note(
        "both flavours",
        "an Instagram user token and a Page token lead to the same account",
        KnownBy.DOCUMENTED,
        _OVERVIEW,
    ),
    Note(
        "the linked Page",
        "exists for this account alone; it is not the Page of the Messenger channel",
        KnownBy.INFERRED,
    ),
    Note("type of errors", "IGApiException for a user token, OAuthException for a Page token", KnownBy.SAMPLE),
    Note(
        "deliveries and failures", "no webhook tells them: errors are in the answer alone", KnownBy.DOCUMENTED, _HOOKS
    ),
    Note(
        "reads", "one event for each message, oldest first; the newest alone may come in life", KnownBy.INFERRED, _HOOKS
    ),
    Note("what signs webhooks", "the app secret; which of two secrets it is in life is not stated", KnownBy.INFERRED),
    Note("webhook retries", "as Messenger's; the vendor's pages contradict each other", KnownBy.INFERRED, _HOOKS),
    Note("what opens the window", "messages, taps and story replies; reactions do not", KnownBy.INFERRED, _OVERVIEW),
    Note("people who never wrote", "refused as an unknown user, and no consent to a lookup", KnownBy.INFERRED),
    Note("a blocked account's lookups", "refused with 230", KnownBy.INFERRED),
    Note("errors of files", "Messenger's subcodes", KnownBy.INFERRED),
    Note("rate limit", "100 a second; another page says 300; 613 with status 400", KnownBy.INFERRED, _OVERVIEW),
    Note("webhooks of a lab world", "subscribed to every field, without the challenge", KnownBy.INFERRED),
    Note("story mentions", "every person's account is taken for public", KnownBy.INFERRED, _HOOKS),
    Note("stories, shares and profile pictures", "one grey pixel", KnownBy.INFERRED),
    Note("stickers and GIFs from a person", "no webhook, but the window opens", KnownBy.SAMPLE, _HOOKS),
    Note("a poll and the like", "arrives as is_unsupported", KnownBy.DOCUMENTED, _HOOKS),
    Note("recorded clips from a person", "called audio/mp4, whatever the bytes are", KnownBy.INFERRED),
    Note("a nameless person", "the profile's name is null", KnownBy.DOCUMENTED),
    Note("posts of the account", "two, for MEDIA_SHARE; listed by GET /{account}/media", KnownBy.INFERRED),
    Note("ids", "id and user_id of the account are the same", KnownBy.INFERRED),
    Note("files kept", "the newest 1000, at most 256 MB together", KnownBy.INFERRED),
    Note(
        "comments, private replies, product template, handover, standby, publishing, insights",
        "not emulated",
        KnownBy.DOCUMENTED,
    ),
    Note("unknown keys of a message, and two recipients", "refused with 100", KnownBy.INFERRED),
    Note("mislabelled files", "bytes of a type that may not be sent are refused with 2018047", KnownBy.INFERRED),
    Note("batches of Graph requests in one", "not emulated: 2500", KnownBy.DOCUMENTED),
    Note("token scopes", "not checked: each token of the account may do everything", KnownBy.INFERRED),
)

_ACCEPTS: Final = {("document" if kind == "file" else kind): rule.types for kind, rule in FILES.items() if rule.types}
TABLES: Final = Tables(KIND_ROWS, LIMITS, ERRORS, NOTES, PRESETS, accepts=_ACCEPTS)
