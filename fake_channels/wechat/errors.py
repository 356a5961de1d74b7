"""WeChat's error codes as a table. They come in the body; the HTTP status is 200.

Pure data. Texts are those of the published list of return codes, where it has them.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.tables import KnownBy, VendorError

_CODES: Final = "https://developers.weixin.qq.com/doc/service/guide/dev/errcode/errcode.html"


def _error(code: int, text: str, known_by: KnownBy = KnownBy.DOCUMENTED) -> VendorError:
    return VendorError(code, 200, text, _CODES, known_by)


BUSY = _error(-1, "system error")
CREDENTIAL = _error(
    40001,
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r",
    KnownBy.SAMPLE,
)
GRANT_TYPE = _error(40002, "invalid grant_type")
OPENID = _error(40003, "invalid openid")
MEDIA_TYPE = _error(40004, "invalid media type")
FILE_TYPE = _error(40005, "invalid file type")
FILE_SIZE = _error(40006, "invalid meida size")
MEDIA_ID = _error(40007, "invalid media_id")
MESSAGE_TYPE = _error(40008, "invalid message type")
APPID = _error(40013, "invalid appid")
ACCESS_TOKEN = _error(40014, "invalid access_token")
MENU_BUTTONS = _error(40016, "invalid button size")
BUTTON_TYPE = _error(40017, "invalid button type")
BUTTON_NAME = _error(40018, "invalid button name size")
BUTTON_KEY = _error(40019, "invalid button key size")
BUTTON_URL = _error(40020, "invalid button url size")
SUB_BUTTONS = _error(40023, "invalid sub button size")
SUB_BUTTON_TYPE = _error(40024, "invalid sub button type")
SUB_BUTTON_NAME = _error(40025, "invalid sub button name size")
SUB_BUTTON_KEY = _error(40026, "invalid sub button key size")
SUB_BUTTON_URL = _error(40027, "invalid sub button url size")
OPENIDS = _error(40031, "invalid openid list")
OPENIDS_SIZE = _error(40032, "invalid openid list size")
CHARSET = _error(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
PARAMETER = _error(40035, "invalid parameter")
TEMPLATE_ID = _error(40037, "invalid template_id")
SUB_BUTTON_DOMAIN = _error(40054, "invalid sub button url domain")
BUTTON_DOMAIN = _error(40055, "invalid button url domain")
URL = _error(40066, "invalid url")
CARD_ID = _error(40073, "invalid card id")
BAD_SECRET = _error(40125, "invalid appsecret")
IMAGE_FORMAT = _error(40137, "invalid image format")
NOT_ALLOWED_IP = _error(40164, "invalid ip, not in whitelist")
NO_TOKEN = _error(41001, "access_token missing")
NO_APPID = _error(41002, "appid missing")
NO_SECRET = _error(41004, "appsecret missing")
NO_MEDIA = _error(41005, "media data missing")
NO_MEDIA_ID = _error(41006, "media_id missing")
NO_OPENID = _error(41009, "openid missing")
EXPIRED = _error(42001, "access_token expired")
WANTS_GET = _error(43001, "require GET method")
WANTS_POST = _error(43002, "require POST method")
NOT_FOLLOWING = _error(43004, "require subscribe")
REFUSES = _error(48002, "user block receive message", KnownBy.INFERRED)
EMPTY_MEDIA = _error(44001, "empty media data")
EMPTY_BODY = _error(44002, "empty post data")
EMPTY_NEWS = _error(44003, "empty news data")
EMPTY_CONTENT = _error(44004, "empty content")
MEDIA_SIZE = _error(45001, "media size out of limit")
CONTENT_SIZE = _error(45002, "content size out of limit")
PLAYTIME = _error(45007, "playtime out of limit")
ARTICLES = _error(45008, "article size out of limit")
DAILY = _error(45009, "reach max api daily quota limit", KnownBy.SAMPLE)
EACH_MINUTE = _error(45011, "api minute-quota reach limit  must slower  retry next minute")
OUT_OF_WINDOW = _error(45015, "response out of time limit or subscription is canceled")
OUT_OF_COUNT = _error(45047, "out of response count limit")
BAD_COMMAND = _error(45072, "invalid command", KnownBy.INFERRED)
NO_CONTACT = _error(45080, "no message from the user in the last 30 seconds", KnownBy.INFERRED)
TYPING_ALREADY = _error(45081, "already typing", KnownBy.INFERRED)
NO_MENU = _error(46003, "menu no exist")
BAD_JSON = _error(47001, "data format error")
BAD_TEMPLATE_DATA = _error(47003, "argument invalid!")
UNAUTHORIZED_API = _error(48001, "api unauthorized")
BANNED_API = _error(48004, "api forbidden for irregularities")
LIMITED_USER = _error(50002, "user limited")
CLEARS = _error(48006, "forbid to clear quota because of reaching the limit")
ARTICLE_ID = _error(53600, "article id invalid", KnownBy.INFERRED)
KF_ACCOUNT = _error(65401, "invalid custom service account")
CGI_PATH = _error(76021, "cgi_path not found, please check")
CONSOLE_SILENT = _error(-301, "the URL does not answer", KnownBy.INFERRED)
CONSOLE_ECHO = _error(-302, "the check of the Token failed: echostr did not come back", KnownBy.INFERRED)

ERRORS: Final = tuple(value for value in list(globals().values()) if isinstance(value, VendorError))
BY_CODE: Final = {str(error.code): error for error in ERRORS}


class Refused(Exception):
    """A request that the API does not take; `hint` says what is wrong with it and where."""

    def __init__(self, error: VendorError, hint: str = "") -> None:
        super().__init__(hint or error.text)
        self.error = error
        self.hint = hint
