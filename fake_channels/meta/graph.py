"""The Graph API's common ground: versions, access tokens, the error envelope and the signed webhook.

Pure: no socket, no clock. Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
import json
import math
import re
from hashlib import sha1, sha256
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import orjson

from fake_channels.core.contract import Host
from fake_channels.core.forms import FormError, is_form, read_form
from fake_channels.core.http import HttpReply, HttpRequest, json_reply
from fake_channels.core.ids import Ids
from fake_channels.core.instants import MINUTE
from fake_channels.core.tables import KnownBy, VendorError

MAX_JSON_BYTES: Final = 3_145_728
MAX_UPLOAD_BYTES: Final = 105_906_176
"""The largest document (100 MB) and its form around it."""

_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")
_ERROR_GUIDE: Final = "https://developers.facebook.com/docs/graph-api/guides/error-handling"

NO_TOKEN = VendorError(104, 401, "An access token is required to request this resource.", _ERROR_GUIDE)
BAD_TOKEN = VendorError(190, 401, "Invalid OAuth access token - Cannot parse access token", _ERROR_GUIDE)
UNKNOWN_PATH = VendorError(2500, 400, "Unknown path components: {path}", _ERROR_GUIDE)
UNKNOWN_NODE = VendorError(
    100,
    400,
    "Unsupported {method} request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation",
    _ERROR_GUIDE,
)
TEMPORARY = VendorError(2, 503, "An unexpected error has occurred. Please retry your request later.", _ERROR_GUIDE)
TOO_LARGE = VendorError(
    1, 413, "Please reduce the amount of data you're asking for, then retry your request", _ERROR_GUIDE
)
NOT_VERIFIED = VendorError(
    2200,
    400,
    "Callback verification failed with the following errors: HTTP Status Code = {status}; HTTP Message = {message}",
    "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
)

BAD_PROOF = VendorError(
    100,
    400,
    "Invalid appsecret_proof provided in the API argument",
    "https://developers.facebook.com/docs/graph-api/guides/secure-requests",
    KnownBy.SAMPLE,
)
NO_PROOF = VendorError(
    100,
    400,
    "API calls from the server require an appsecret_proof argument",
    "https://developers.facebook.com/docs/graph-api/guides/secure-requests",
    KnownBy.SAMPLE,
)

_NOT_OAUTH: Final = {33: "GraphMethodException"}
_UNNUMBERED: Final = frozenset({104, 190, 2500})
"""Codes that the message does not begin with."""

CDN = re.compile(r"^/(?:v/t[0-9][\w.-]*|ig_messaging_cdn)/([0-9]+)/")
"""Where the files of people lie: their URLs carry a signature instead of a token, and whose account they belong to."""


def unversioned(path: str) -> str:
    """`/v23.0/1234/messages` without its version; a path that has none is legal too."""
    return _VERSION.sub("", path)


def located(request: HttpRequest) -> str | None:
    """The credential of a request: its token, or the owner of the file that it asks for."""
    owner = CDN.match(request.path)
    return cdn_key(owner[1]) if owner else access_token(request)


def cdn_key(owner: str) -> str:
    """The credential by which an account's files are found."""
    return f"cdn:{owner}"


def proof_of(token: str, app_secret: str) -> str:
    """The `appsecret_proof` of a token: https://developers.facebook.com/docs/graph-api/guides/secure-requests."""
    return hmac.new(app_secret.encode(), token.encode(), sha256).hexdigest()


def access_token(request: HttpRequest) -> str | None:
    """The token of a request, from wherever Graph takes it: header, query, form or JSON body."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"} and value:
        return value.strip()
    if "access_token=" in request.raw_query:
        return request.query.get("access_token")
    if request.method == "GET" or not request.body:
        return None
    return _token_in_body(request)


def _token_in_body(request: HttpRequest) -> str | None:
    if is_form(request):
        try:
            return read_form(request).fields.get("access_token")
        except FormError:
            return None
    try:
        body = request.json()
    except ValueError:
        return None
    token = body.get("access_token") if isinstance(body, dict) else None
    return token if isinstance(token, str) else None


def error_reply(
    error: VendorError,
    *,
    details: str = "",
    subcode: int | None = None,
    product: str = "",
    fields: dict[str, str] | None = None,
    kind: str = "",
    title: str = "",
) -> HttpReply:
    """`error` in the envelope that every Graph endpoint uses.

    `details` goes to `error_data.details` of `product`; `fields` fill the placeholders of the error's text; `kind` is
    the `type`, where it is not the usual one: only `OAuthException` numbers its messages. With a `title` the details
    are meant for people's eyes.
    """
    text = error.text.format(**fields) if fields else error.text
    unnumbered = error.code in _UNNUMBERED or kind not in {"", "OAuthException"}
    body: dict[str, Any] = {
        "message": text if unnumbered else f"(#{error.code}) {text}",
        "type": kind or _NOT_OAUTH.get(subcode or 0, "OAuthException"),
        "code": error.code,
    }
    if subcode is not None:
        body["error_subcode"] = subcode
    if title:
        body |= {"is_transient": False, "error_user_title": title, "error_user_msg": details}
    elif details:
        body["error_data"] = {"messaging_product": product, "details": details} if product else {"details": details}
    body["fbtrace_id"] = _trace_id(text + details)
    return json_reply({"error": body}, error.status)


def with_usage(reply: HttpReply, account: str, usage: str, wait_ms: int) -> HttpReply:
    """A refusal of one too many requests, telling how much there was, and how many minutes from now there may be more.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers
    """
    used = {
        "type": usage,
        "call_count": 100,
        "total_cputime": 0,
        "total_time": 0,
        "estimated_time_to_regain_access": math.ceil(wait_ms / MINUTE),
    }
    headers = {"X-Business-Use-Case-Usage": orjson.dumps({account: [used]}).decode()}
    return msgspec.structs.replace(reply, headers=headers)


def _trace_id(text: str) -> str:
    return "A" + Ids(text).token("fbtrace", 16)


class Signed(msgspec.Struct, frozen=True):
    """A webhook's bytes and headers."""

    body: bytes
    headers: dict[str, str]


def sign_webhook(payload: Any, app_secret: str, *, legacy: bool = False) -> Signed:
    """Serialise once, as Meta does (ASCII escapes, escaped slashes), and sign exactly these bytes.

    `legacy` adds the older SHA-1 signature, which some products still send beside the other.
    """
    body = json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
    digest = hmac.new(app_secret.encode(), body, sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    if legacy:
        headers["X-Hub-Signature"] = f"sha1={hmac.new(app_secret.encode(), body, sha1).hexdigest()}"
    return Signed(body, headers)


def challenge_url(callback_url: str, verify_token: str, challenge: str) -> str:
    """The GET that proves a callback URL; the receiver must answer with exactly `challenge`."""
    query = urlencode({"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge})
    return f"{callback_url}{'&' if '?' in callback_url else '?'}{query}"


def _unknown(request: HttpRequest) -> HttpReply:
    if CDN.match(request.path) or unversioned(request.path).startswith("/whatsapp_business/attachments/"):
        return HttpReply(404, b"", "text/plain")
    return error_reply(NO_TOKEN if access_token(request) is None else BAD_TOKEN)


def _is_upload(request: HttpRequest) -> bool:
    """True for the raw bytes of a resumable upload."""
    return unversioned(request.path).startswith("/upload:")


GRAPH: Final = Host(
    name="graph",
    port=8621,
    locate=located,
    unknown=_unknown,
    too_large=lambda _: error_reply(TOO_LARGE),
    max_body_bytes=lambda request: (
        MAX_UPLOAD_BYTES if request.content_type == "multipart/form-data" or _is_upload(request) else MAX_JSON_BYTES
    ),
)
