"""What a WeChat service account may do, as tables: message kinds, numbers, file rules and call quotas.

Pure data; every row carries its source. The errors stand in `errors`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.faults import Failure, Status
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.core.tables import KnownBy, Limit, Note, Preset, Tables, VendorError, kind_rows
from fake_channels.wechat import errors

_DOCS: Final = "https://developers.weixin.qq.com/doc/service"
_SEND: Final = f"{_DOCS}/api/customer/message/api_sendcustommessage.html"
_INTRO: Final = f"{_DOCS}/guide/product/message/Service_Center_messages.html"
_PASSIVE: Final = f"{_DOCS}/guide/product/message/Passive_user_reply_message.html"
_INBOUND: Final = f"{_DOCS}/guide/product/message/Receiving_standard_messages.html"
_EVENTS: Final = f"{_DOCS}/guide/product/message/Receiving_event_pushes.html"
_UPLOAD: Final = f"{_DOCS}/api/material/temporary/api_uploadtempmedia"
_MENU: Final = f"{_DOCS}/api/custommenu/api_createcustommenu.html"
_TOKEN: Final = f"{_DOCS}/api/base/api_getaccesstoken.html"
_STABLE: Final = f"{_DOCS}/api/base/api_getstableaccesstoken.html"
_CALLS: Final = f"{_DOCS}/Message_Management/API_Call_Limits.html"
_CRYPT: Final = f"{_DOCS}/guide/dev/push/encryption.html"

_MT_DEGRADES: Final = {
    "audio": "a voice message when it is amr or mp3 of at most 60 s, otherwise a music card that links to it",
    "buttons": "a msgmenu: lines of text to tap, each answered by a text with its bizmsgmenuid",
    "list": "a msgmenu: lines of text to tap, without sections or descriptions",
}
_MT_REFUSALS: Final = {
    "document": "there are no files; a link in a text, or a link card, carries the address",
    "sticker": "there are no stickers; a GIF goes as an image",
    "location": "there is no location message; a link to a map goes as text",
    "contact": "there are no contact cards",
    "reaction": "there are no reactions",
}
_MO_DEGRADES: Final = {
    "document": "a `file` message that names the file and its hash, without a way to download it",
    "sticker": "a text that says that the message cannot be shown",
    "contact": "a text that says that the message cannot be shown",
}
_MO_REFUSALS: Final = {
    "audio": "the app sends recorded voice only; an audio file goes as a document",
    "buttons": "a person sends no buttons; taps on shown ones do arrive",
    "list": "a person sends no lists; taps on a msgmenu do arrive",
    "template": "templates are the account's",
    "reaction": "the app offers no reactions towards accounts",
}
_MO_GUESSED: Final = ("document", "sticker", "contact")

MEGABYTE: Final = 1_048_576
TEXT_MAX_BYTES: Final = 2_048
WINDOW_MS: Final = 48 * HOUR
WINDOW_MESSAGES: Final = 5
TAP_WINDOW_MS: Final = MINUTE
TAP_MESSAGES: Final = 3
TOKEN_LIFE_MS: Final = 7_200 * SECOND
TOKEN_OVERLAP_MS: Final = 5 * MINUTE
STABLE_RENEW_MS: Final = 5 * MINUTE
FORCE_PAUSE_MS: Final = 30 * SECOND
TYPING_MS: Final = 15 * SECOND
TYPING_CONTACT_MS: Final = 30 * SECOND
MEDIA_LIFE_MS: Final = 3 * DAY
REPLY_TIMEOUT_MS: Final = 5 * SECOND
TRIES: Final = 3
VOICE_MAX_S: Final = 60
UPLOADIMG_MAX: Final = MEGABYTE
NEWS_MAX: Final = 8
BATCH_USERS: Final = 100
PAGE_USERS: Final = 10_000
CLEARS_A_MONTH: Final = 10
MENU_BUTTONS: Final = 3
MENU_SUB_BUTTONS: Final = 5
MENU_NAME_BYTES: Final = 16
MENU_SUB_NAME_BYTES: Final = 60
MENU_KEY_BYTES: Final = 128
MENU_URL_BYTES: Final = 1_024
PLAIN_BODY_MAX: Final = 2 * MEGABYTE
FORM_BODY_MAX: Final = 24 * MEGABYTE
CHINA_MS: Final = 8 * HOUR
"""Days and months of the quotas are those of China."""
KEPT_MEDIA: Final = 1_000
KEPT_TOKENS: Final = 16
SERVER_IPS: Final = ("127.0.0.1", "127.0.0.2")
"""From where callbacks come here."""

KIND_ROWS: Final = (
    *kind_rows("MT", _SEND, rejects=_MT_REFUSALS, degrades=_MT_DEGRADES),
    *kind_rows("MO", _INBOUND, rejects=_MO_REFUSALS, degrades=_MO_DEGRADES, inferred=_MO_GUESSED),
)


class MediaRule(msgspec.Struct, frozen=True):
    """Which files one type of upload takes; what they are is read from their bytes."""

    types: tuple[str, ...]
    max_bytes: int


MEDIA_RULES: Final = {
    "image": MediaRule(("image/png", "image/jpeg", "image/gif"), 10 * MEGABYTE),
    "voice": MediaRule(("audio/amr", "audio/mpeg"), 2 * MEGABYTE),
    "video": MediaRule(("video/mp4",), 10 * MEGABYTE),
    "thumb": MediaRule(("image/jpeg",), 64 * 1_024),
}
"""https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia"""

DAILY_CALLS: Final = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/message/template/send": 100_000,
}
"""Those of a newly verified account: https://developers.weixin.qq.com/doc/service/Message_Management/API_Call_Limits.html"""
FORCED_TOKENS_A_DAY: Final = 20
STABLE_TOKENS_A_MINUTE: Final = 10_000
_GUESSED_QUOTAS: Final = frozenset({"/cgi-bin/message/template/send"})

LIMITS: Final = (
    Limit("text", TEXT_MAX_BYTES, "bytes in UTF-8", _SEND, KnownBy.INFERRED),
    Limit("window after a message", WINDOW_MS // HOUR, "hours", _INTRO),
    Limit("messages in that window", WINDOW_MESSAGES, "messages", _INTRO),
    Limit("window after a menu tap, a follow or a scan", TAP_WINDOW_MS // SECOND, "seconds", _INTRO),
    Limit("messages in that short window", TAP_MESSAGES, "messages", _INTRO),
    Limit("access token", TOKEN_LIFE_MS // SECOND, "seconds", _TOKEN),
    Limit("overlap of an old access token", TOKEN_OVERLAP_MS // MINUTE, "minutes", _TOKEN),
    Limit("stable token renewed ahead", STABLE_RENEW_MS // MINUTE, "minutes", _STABLE),
    Limit("forced stable tokens", FORCED_TOKENS_A_DAY, "a day", _STABLE),
    Limit("pause between forced stable tokens", FORCE_PAUSE_MS // SECOND, "seconds", _STABLE),
    Limit("stable tokens", STABLE_TOKENS_A_MINUTE, "a minute", _STABLE),
    Limit("typing indicator", TYPING_MS // SECOND, "seconds", f"{_DOCS}/api/customer/message/api_typing.html"),
    Limit(
        "contact before a typing indicator",
        TYPING_CONTACT_MS // SECOND,
        "seconds at most",
        f"{_DOCS}/api/customer/message/api_typing.html",
    ),
    Limit("temporary media", MEDIA_LIFE_MS // DAY, "days", _UPLOAD),
    Limit("voice", VOICE_MAX_S, "seconds", _UPLOAD),
    *(Limit(f"{name} upload", rule.max_bytes, "bytes", _UPLOAD) for name, rule in MEDIA_RULES.items()),
    Limit("image for articles", UPLOADIMG_MAX, "bytes", f"{_DOCS}/api/material/permanent/api_uploadimage.html"),
    Limit("time for an answer to a callback", REPLY_TIMEOUT_MS // SECOND, "seconds", _PASSIVE),
    Limit("tries of a callback", TRIES, "in all", _PASSIVE),
    Limit("articles in a passive reply", NEWS_MAX, "articles; 1 as the reply to a message", _PASSIVE),
    Limit("menu buttons", MENU_BUTTONS, "buttons", _MENU),
    Limit("sub-buttons of a menu", MENU_SUB_BUTTONS, "buttons", _MENU),
    Limit("name of a menu button", MENU_NAME_BYTES, "bytes", _MENU),
    Limit("name of a sub-button", MENU_SUB_NAME_BYTES, "bytes", _MENU),
    Limit("key of a menu button", MENU_KEY_BYTES, "bytes", _MENU),
    Limit("URL of a menu button", MENU_URL_BYTES, "bytes", _MENU),
    Limit("followers a page", PAGE_USERS, "openids", f"{_DOCS}/api/usermanage/userinfo/api_getfans.html"),
    Limit("profiles a call", BATCH_USERS, "openids", f"{_DOCS}/api/usermanage/userinfo/api_batchuserinfo.html"),
    Limit("clearing of quotas", CLEARS_A_MONTH, "a month", _CALLS),
    *(
        Limit(
            f"calls of {path}",
            most,
            "a day",
            _STABLE if path == "/cgi-bin/stable_token" else _CALLS,
            KnownBy.INFERRED if path in _GUESSED_QUOTAS else KnownBy.DOCUMENTED,
        )
        for path, most in DAILY_CALLS.items()
    ),
)

UNSHOWABLE: Final = "【收到不支持的消息类型，暂无法显示】"  # noqa: RUF001  as the vendor writes it
"""What the account is told instead of a message that it cannot get."""
UNAVAILABLE: Final = "该公众号暂时无法提供服务，请稍后再试"  # noqa: RUF001  as the vendor writes it
"""What the person sees when the account's server fails.

https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
"""

NOTES: Final = (
    Note("callbacks in three modes, passive replies, customer-service messages", "emulated", KnownBy.DOCUMENTED, _SEND),
    Note("receipts", "there are none: a send is answered without an id", KnownBy.DOCUMENTED, _SEND),
    Note("the next try of a callback", "5 s after the one before began; the same bytes", KnownBy.INFERRED, _PASSIVE),
    Note("an answer that is not 2xx", "counts as no answer", KnownBy.INFERRED, _PASSIVE),
    Note("callbacks of one person", "one at a time, in order", KnownBy.INFERRED),
    Note("which allowance a send uses", "the short one while it is open, then the long one", KnownBy.INFERRED, _INTRO),
    Note("a tap on a msgmenu", "counts as a tap on the menu, not as a message", KnownBy.DOCUMENTED, _INTRO),
    Note("payments", "not emulated, nor the window that they open", KnownBy.DOCUMENTED),
    Note("writing before following", "allowed; the person follows from then on, without an event", KnownBy.INFERRED),
    Note("somebody who unfollowed", "45015 for messages, 43004 for templates", KnownBy.INFERRED, _SEND),
    Note("somebody who refuses messages", "48002; a template fails with user block", KnownBy.INFERRED, _SEND),
    Note("mode of a new account", "compatible: plain and encrypted side by side", KnownBy.INFERRED, _CRYPT),
    Note(
        "the console's page for Token, EncodingAESKey, mode and URL",
        "POST /console/server, our own: {appid, secret, url, token, encoding_aes_key, mode, nicknames}; a URL must "
        "pass the check with echostr",
        KnownBy.INFERRED,
    ),
    Note("callback set-up of a lab world", "as the console would, without the check", KnownBy.INFERRED),
    Note("nickname, headimgurl, sex, city", "empty, unless the console says nicknames", KnownBy.INFERRED),
    Note("JSON as the format of callbacks", "not emulated: XML", KnownBy.DOCUMENTED, _CRYPT),
    Note("carriage returns in a text", "as character references beside the CDATA section", KnownBy.INFERRED),
    Note("characters that XML cannot hold", "left out of callbacks", KnownBy.INFERRED),
    Note("a text with \\uXXXX escapes", "decoded; a menu with them is refused with 40033", KnownBy.INFERRED),
    Note("the words behind hint: in errors", "ours: what is wrong and where", KnownBy.INFERRED),
    Note("unknown paths", "40066 invalid url, with status 200", KnownBy.INFERRED),
    Note("bodies that are too large", "45001 or 45002 with status 200, before they are read", KnownBy.INFERRED),
    Note("IP allow-list", "every caller is allowed; order the preset 40164", KnownBy.INFERRED),
    Note("days of the quotas", "begin at midnight in China", KnownBy.INFERRED, _CALLS),
    Note("voice from a person", "kept as given; Format tells what it is, amr in life", KnownBy.INFERRED, _INBOUND),
    Note("speech recognition, MediaId16K, speex", "not emulated", KnownBy.DOCUMENTED),
    Note("thumbnail of a person's video", "an id with a small picture of our own behind it", KnownBy.INFERRED),
    Note("length of an MP3", "reckoned from its first frame, as of a constant bit rate", KnownBy.INFERRED),
    Note("picurl, musicurl, thumb_url", "shown as links, not fetched", KnownBy.INFERRED),
    Note("permanent material, drafts, cards", "none exist: 40007, 53600 and 40073", KnownBy.INFERRED),
    Note("mini programs", "shown as cards; whether they are linked is not checked", KnownBy.INFERRED),
    Note("menu buttons for pictures and places", "the event, then the message of itself", KnownBy.INFERRED, _EVENTS),
    Note("menu buttons for media, articles", "can be set; a tap on them is not emulated", KnownBy.DOCUMENTED, _MENU),
    Note("LOCATION events", "when the person does send_unsupported report_location", KnownBy.INFERRED, _EVENTS),
    Note(
        "tags, QR codes, mass messages, OAuth, JS-SDK, payments, personal menus, subscription notices",
        "not emulated: 40066",
        KnownBy.DOCUMENTED,
    ),
)

TEMPLATE_OPERATION: Final = "message/template/send"
_SENDING: Final = "message/custom/send"
_ANY: Final = "*"


def _preset(error: VendorError, says: str, operation: str = _SENDING) -> Preset:
    what = Status(status=400, code=str(error.code))
    return Preset(str(error.code), says, what, operation, source=error.source, known_by=error.known_by)


PRESETS: Final = (
    _preset(errors.BUSY, "Refused: the system is busy; try again.", _ANY),
    _preset(errors.CREDENTIAL, "Refused: the access token is not among the latest.", _ANY),
    _preset(errors.ACCESS_TOKEN, "Refused: that is no access token.", _ANY),
    _preset(errors.EXPIRED, "Refused: the access token has expired.", _ANY),
    _preset(errors.NOT_ALLOWED_IP, "Refused: the caller's address is not in the allow-list.", "*token"),
    _preset(errors.OPENID, "Refused: nobody has this openid."),
    _preset(errors.MEDIA_ID, "Refused: the medium is unknown or older than three days.", "me*"),
    _preset(errors.REFUSES, "Refused: the person takes no messages from the account."),
    _preset(errors.DAILY, "Refused: the calls of the day are used up.", _ANY),
    _preset(errors.EACH_MINUTE, "Refused: too many calls this minute.", _ANY),
    _preset(errors.OUT_OF_WINDOW, "Refused: the person has not written for 48 hours, or has unfollowed."),
    _preset(errors.OUT_OF_COUNT, "Refused: the messages that the person's own allowed are used up."),
    _preset(errors.UNAUTHORIZED_API, "Refused: the account has no right to this call.", _ANY),
    _preset(errors.BANNED_API, "Refused: this call was taken from the account.", _ANY),
    _preset(errors.LIMITED_USER, "Refused: the account itself is restricted.", _ANY),
    Preset(
        "template-system-failed",
        "A template is taken and then reported as failed: system failed.",
        Failure(code="failed: system failed"),
        TEMPLATE_OPERATION,
        source=f"{_DOCS}/guide/product/template_message/Template_Message_Interface.html",
    ),
)

TABLES: Final = Tables(
    KIND_ROWS,
    LIMITS,
    errors.ERRORS,
    NOTES,
    PRESETS,
    accepts={kind: MEDIA_RULES[kind].types for kind in ("image", "voice", "video")},
    files={"voice": "audio/amr"},
    fails_later=(TEMPLATE_OPERATION,),
)
