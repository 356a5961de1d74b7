"""The account's API: decode a request, ask the rules, encode the answer. Nothing else.

Errors come with status 200 and an `errcode`, as in life.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

import msgspec

from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import Fetching, HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.wechat import callbacks, errors, files, limits, menu, people, rules, tokens, wire
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.state import Account, Checked, TypingOver, WeChatEvent
from fake_channels.wechat.tokens import done

_TOKEN: Final = "/cgi-bin/token"  # noqa: S105  a path
_CONSOLE: Final = "/console/server"
_PICTURES: Final = "/mmbiz/"
_BY_SECRET: Final = frozenset({"/cgi-bin/stable_token", "/cgi-bin/clear_quota/v2", _CONSOLE})
"""Paths whose JSON body names the account."""
_TOKEN_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{20,512}")

_Handler = Callable[[Account, HttpRequest, Env], Outcome]


class _Route(msgspec.Struct, frozen=True):
    """One path: its method, what serves it, and whether an access token opens it."""

    method: str
    handler: _Handler
    by_token: bool = True


# --- errors -----------------------------------------------------------------------------------------------------------


def error_reply(error: VendorError, hint: str, rid: str, status: int = HTTPStatus.OK) -> HttpReply:
    """`error` as the API sends it: what is wrong behind `hint`, and the request's id at the end."""
    told = f"{error.text} hint: [{hint}]" if hint else error.text
    return json_reply({"errcode": error.code, "errmsg": f"{told} rid: {rid}"}, status)


def _rid(request: HttpRequest, now: int = 0) -> str:
    seen = blake2b(f"{request.method} {request.path}?{request.raw_query}".encode("utf-8", "replace"), digest_size=8)
    digest = seen.hexdigest()
    return f"{now // 1000:08x}-{digest[:8]}-{digest[8:]}"


# --- whose request ----------------------------------------------------------------------------------------------------


def _locate(request: HttpRequest) -> str | None:
    path = request.path
    if path.startswith(_PICTURES):
        return path.split("/")[2] or None
    if path == _TOKEN:
        return request.query.get("appid") or None
    if path in _BY_SECRET:
        try:
            named = request.json()
        except ValueError:
            return None
        appid = named.get("appid") if isinstance(named, dict) else None
        return appid if isinstance(appid, str) else None
    return request.query.get("access_token") or None


def _unknown(request: HttpRequest) -> HttpReply:
    """The answer to a request that names no account of ours."""
    path, token = request.path, request.query.get("access_token", "")
    if path.startswith(_PICTURES):
        return HttpReply(404, b"", "text/plain")
    error, hint = errors.NO_TOKEN, ""
    if path == _TOKEN or path in _BY_SECRET:
        error, hint = _unknown_app(request)
    elif token:
        error = errors.CREDENTIAL if _TOKEN_SHAPE.fullmatch(token) else errors.ACCESS_TOKEN
    return error_reply(error, hint, _rid(request))


def _unknown_app(request: HttpRequest) -> tuple[VendorError, str]:
    if request.path == _TOKEN:
        return (errors.APPID if request.query.get("appid") else errors.NO_APPID), ""
    if request.method != "POST":
        return errors.WANTS_POST, ""
    try:
        body = wire.read_json(request)
    except Refused as refused:
        return refused.error, refused.hint
    return (errors.APPID if body.get("appid") else errors.NO_APPID), ""


def _is_upload(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data" and request.path.startswith("/cgi-bin/media/")


HOST: Final = Host(
    name="wechat",
    port=8626,
    locate=_locate,
    unknown=_unknown,
    too_large=lambda request: error_reply(
        errors.MEDIA_SIZE if _is_upload(request) else errors.CONTENT_SIZE, "", _rid(request)
    ),
    max_body_bytes=lambda request: limits.FORM_BODY_MAX if _is_upload(request) else limits.PLAIN_BODY_MAX,
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that names this account."""
    if request.path.startswith(_PICTURES):
        return files.picture(account, request.path, env.now)
    try:
        return _served(account, request, env)
    except Refused as refused:
        return Outcome(error_reply(refused.error, refused.hint, _rid(request, env.now)))


def _served(account: Account, request: HttpRequest, env: Env) -> Outcome:
    route = _ROUTES.get(request.path)
    if route is None or route.by_token:
        tokens.authorize(account, request.query.get("access_token", ""), env.now)
    if route is None:
        raise Refused(errors.URL)
    if request.method != route.method:
        raise Refused(errors.WANTS_POST if route.method == "POST" else errors.WANTS_GET)
    if route.by_token:
        tokens.count(account, request.path, env)
    return route.handler(account, request, env)


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    if request.path.startswith(_PICTURES):
        return "picture"
    return request.path.removeprefix("/cgi-bin/").lstrip("/") if request.path in _ROUTES else "unknown"


# --- calls ------------------------------------------------------------------------------------------------------------


def _token(account: Account, request: HttpRequest, env: Env) -> Outcome:
    tokens.check_grant(request.query)
    tokens.check_secret(account, request.query)
    tokens.count(account, request.path, env)
    return tokens.issue(account, env)


def _stable_token(account: Account, request: HttpRequest, env: Env) -> Outcome:
    body = wire.checked("stable_token", wire.read_json(request))
    tokens.check_grant(body)
    tokens.check_secret(account, body)
    tokens.count(account, request.path, env)
    return tokens.issue_stable(account, env, force=body.get("force_refresh", False))


def _clear_quota(account: Account, request: HttpRequest, env: Env) -> Outcome:
    return tokens.clear(account, wire.checked("clear_quota", wire.read_json(request))["appid"], env.now)


def _clear_quota_by_secret(account: Account, request: HttpRequest, env: Env) -> Outcome:
    body = wire.checked("clear_quota_v2", wire.read_json(request))
    tokens.check_secret(account, body, "appsecret")
    return tokens.clear(account, body["appid"], env.now)


def _quota(account: Account, request: HttpRequest, env: Env) -> Outcome:
    return tokens.tell(account, wire.checked("quota", wire.read_json(request))["cgi_path"], env.now)


def _send(account: Account, request: HttpRequest, env: Env) -> Outcome:
    return rules.send(account, wire.parse_send(wire.read_json(request)), env)


def _typing(account: Account, request: HttpRequest, env: Env) -> Outcome:
    return rules.typing(account, wire.checked("typing", wire.read_json(request)), env)


def _template(account: Account, request: HttpRequest, env: Env) -> Outcome:
    body = wire.checked("template", wire.read_json(request), errors.BAD_TEMPLATE_DATA)
    return rules.send_template(account, body, env)


def _profiles(account: Account, request: HttpRequest, _: Env) -> Outcome:
    return people.profiles(account, wire.checked("batchget", wire.read_json(request)))


def _kf_list(account: Account, _request: HttpRequest, _env: Env) -> Outcome:
    member = {"kf_account": account.kf_account, "kf_nick": "Support", "kf_id": "1001", "kf_headimgurl": ""}
    return done({"kf_list": [member]})


def _addresses(_account: Account, _request: HttpRequest, _env: Env) -> Outcome:
    return done({"ip_list": list(limits.SERVER_IPS)})


_ROUTES: Final[dict[str, _Route]] = {
    _TOKEN: _Route("GET", _token, by_token=False),
    "/cgi-bin/stable_token": _Route("POST", _stable_token, by_token=False),
    "/cgi-bin/clear_quota": _Route("POST", _clear_quota),
    "/cgi-bin/clear_quota/v2": _Route("POST", _clear_quota_by_secret, by_token=False),
    "/cgi-bin/openapi/quota/get": _Route("POST", _quota),
    "/cgi-bin/getcallbackip": _Route("GET", _addresses),
    "/cgi-bin/get_api_domain_ip": _Route("GET", _addresses),
    "/cgi-bin/message/custom/send": _Route("POST", _send),
    "/cgi-bin/message/custom/typing": _Route("POST", _typing),
    "/cgi-bin/message/template/send": _Route("POST", _template),
    "/cgi-bin/template/get_all_private_template": _Route("GET", lambda account, _, _env: rules.list_templates(account)),
    "/cgi-bin/customservice/getkflist": _Route("GET", _kf_list),
    "/cgi-bin/media/upload": _Route("POST", files.upload),
    "/cgi-bin/media/get": _Route("GET", files.get),
    "/cgi-bin/media/uploadimg": _Route("POST", files.upload_image),
    "/cgi-bin/menu/create": _Route("POST", lambda account, request, _: menu.create(account, request)),
    "/cgi-bin/menu/get": _Route("GET", lambda account, _, _env: menu.get(account)),
    "/cgi-bin/menu/delete": _Route("GET", lambda account, _, _env: menu.delete(account)),
    "/cgi-bin/get_current_selfmenu_info": _Route("GET", lambda account, _, _env: menu.info(account)),
    "/cgi-bin/user/info": _Route("GET", lambda account, request, _: people.profile(account, request)),
    "/cgi-bin/user/info/batchget": _Route("POST", _profiles),
    "/cgi-bin/user/get": _Route("GET", lambda account, request, _: people.followers(account, request)),
}


# --- the console ------------------------------------------------------------------------------------------------------


def _configure(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Our own stand-in for the console's page: Token, EncodingAESKey, mode, profiles, and a URL that is checked."""
    body = wire.checked("console", wire.read_json(request))
    tokens.check_secret(account, body)
    wanted = Checked(
        url=body.get("url", account.callback_url),
        token=body.get("token", account.token),
        aes_key=body.get("encoding_aes_key", account.aes_key),
        mode=body.get("mode", account.mode),
        nicknames=body.get("nicknames", account.nicknames),
        echostr=env.ids.digits("wechat.echostr", 19),
    )
    if body.get("url"):
        return Outcome(Fetching(callbacks.check(wanted, env)))
    return _configured(account, wanted)


def _configured(account: Account, wanted: Checked) -> Outcome:
    account.callback_url, account.token, account.aes_key = wanted.url, wanted.token, wanted.aes_key
    account.mode, account.nicknames = wanted.mode, wanted.nicknames
    return done()


def _on_checked(account: Account, event: Checked, answer: Answer) -> Outcome:
    rid = f"{event.echostr[:8]}-{event.echostr[8:16]}-console"
    if not answer.ok:
        return Outcome(error_reply(errors.CONSOLE_SILENT, answer.problem or f"status {answer.status}", rid))
    if answer.body.strip() != event.echostr.encode():
        return Outcome(error_reply(errors.CONSOLE_ECHO, "", rid))
    return _configured(account, event)


_ROUTES[_CONSOLE] = _Route("POST", _configure, by_token=False)


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: WeChatEvent, env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return callbacks.on_retry(account, event, env)
    if isinstance(event, TypingOver):
        rules.on_typing_over(account, event)
    return []


def on_answer(account: Account, event: WeChatEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return callbacks.on_posted(account, event, answer, env)
    if isinstance(event, Checked):
        return _on_checked(account, event, answer)
    return []


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope.

    A code of the table comes with status 200, as in life; so does "too many". Any other status is that of a front that
    failed, and stays.
    """
    known = errors.BY_CODE.get(refusal.code)
    if known is None and refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        known = errors.EACH_MINUTE
    status = HTTPStatus.OK if known else refusal.status
    headers = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
    reply = error_reply(known or errors.BUSY, refusal.text or ("" if known else refusal.code), "00000000-fault", status)
    return HttpReply(reply.status, reply.body, reply.content_type, headers)
