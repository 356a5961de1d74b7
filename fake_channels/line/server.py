"""The Messaging API's routes: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.ids import Ids
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.line import callbacks, contents, limits, lookups, menus, oauth, rates, rules, screen, wire
from fake_channels.line.state import Account, Fetched, LineEvent, LoadingOver, Tested
from fake_channels.line.wire import Ask, Refused

REQUEST_ID: Final = "X-Line-Request-Id"
_BEARER: Final = "Bearer "
_OAUTH: Final = ("/oauth2/", "/v2/oauth/")
_PICTURE: Final = "/profile/"
_OPEN: Final = (*_OAUTH, _PICTURE)
"""Paths without an access token in the header."""

_Handler = Callable[[Account, Ask, Env], Outcome]


def error_reply(error: VendorError, message: str = "", details: tuple[tuple[str, str], ...] = ()) -> HttpReply:
    """`error` as the API sends it."""
    return json_reply(wire.render_error(message or error.text, details), error.status)


def _with_id(reply: HttpReply, request_id: str, more: dict[str, str] | None = None) -> HttpReply:
    headers = {REQUEST_ID: request_id}
    if more:
        headers |= more
    return HttpReply(reply.status, reply.body, reply.content_type, headers)


def _uuid(about: str) -> str:
    """A request id for what belongs to no channel."""
    text = Ids(about).hex("line.request_id", 16)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# --- the host ---------------------------------------------------------------------------------------------------------


def _token_of(request: HttpRequest) -> str:
    header = request.headers.get("authorization", "")
    scheme, token = header[: len(_BEARER)], header[len(_BEARER) :]
    return token if scheme == _BEARER else token.strip() if scheme.lower() == _BEARER.lower() else ""


def _locate(request: HttpRequest) -> str | None:
    if request.path.startswith(_OAUTH):
        return oauth.client_of(request) or None
    if request.path.startswith(_PICTURE):
        return request.path.split("/")[2] or None
    return _token_of(request) or None


def _unknown(request: HttpRequest) -> HttpReply:
    request_id = _uuid(f"{request.method} {request.path}")
    if request.path.startswith(_OAUTH):
        known = _route(request.method, request.path)[1] is not None
        return _with_id(oauth.stranger(request) if known else error_reply(limits.NOT_FOUND), request_id)
    if request.path.startswith(_PICTURE):
        return _with_id(error_reply(limits.NOT_FOUND), request_id)
    return _with_id(error_reply(limits.UNAUTHORIZED if _token_of(request) else limits.NO_AUTHORIZATION), request_id)


def _too_large(request: HttpRequest) -> HttpReply:
    return _with_id(error_reply(limits.TOO_LARGE), _uuid(f"{request.method} {request.path}"))


HOST: Final = Host(
    name="line",
    port=8625,
    locate=_locate,
    unknown=_unknown,
    too_large=_too_large,
    max_body_bytes=lambda _: limits.REQUEST_MAX,
)


# --- requests ---------------------------------------------------------------------------------------------------------


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries this channel's token or id."""
    request_id = account.next_request_id()
    operation, handler, args = _route(request.method, request.path)
    more: dict[str, str] | None = None
    try:
        outcome = _answer(account, operation, handler, Ask(request, args, request_id), env)
    except rules.Conflict as conflict:
        more = {rules.ACCEPTED_ID: conflict.accepted.request_id}
        outcome = Outcome(_conflict(conflict))
    except Refused as refused:
        outcome = Outcome(error_reply(refused.error, refused.message, refused.details))
    except oauth.Denied as denied:
        outcome = Outcome(denied.reply)
    if isinstance(outcome.reply, HttpReply):
        outcome.reply = _with_id(outcome.reply, request_id, more)
    return outcome


def _answer(account: Account, operation: str, handler: _Handler | None, ask: Ask, env: Env) -> Outcome:
    request = ask.request
    if not _is_authorized(account, request, env.now):
        raise Refused(limits.UNAUTHORIZED)
    if handler is None:
        if operation:
            raise Refused(limits.BAD_METHOD, method=request.method)
        raise Refused(limits.NOT_FOUND)
    if env.limited and not rates.admits(account.windows, operation, env.now):
        raise Refused(limits.RATE_LIMIT)
    return handler(account, ask, env)


def _is_authorized(account: Account, request: HttpRequest, now: int) -> bool:
    return oauth.is_valid(account, _token_of(request), now) or request.path.startswith(_OPEN)


def _conflict(conflict: rules.Conflict) -> HttpReply:
    sent = conflict.accepted.sent
    told = b',"sentMessages":[%s]' % sent if sent else b""
    return HttpReply(409, b'{"message":"%s"%s}' % (conflict.message.encode(), told))


def operation(request: HttpRequest) -> str:
    """What a request is, by the name that the vendor's API description gives it."""
    return _route(request.method, request.path)[0] or "unknown"


@lru_cache(maxsize=1_024)
def _route(method: str, path: str) -> tuple[str, _Handler | None, tuple[str, ...]]:
    """Operation, handler and what the path names; without a handler, an operation means another method's path."""
    exact = _EXACT.get((method, path))
    if exact is not None:
        return *exact, ()
    other = ""
    for wanted, pattern, name, handler in _ROUTES:
        found = pattern.fullmatch(path)
        if found and wanted == method:
            return name, handler, found.groups()
        other = name if found else other
    return other, None, ()


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: LineEvent, env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return callbacks.on_retry(account, event, env)
    if isinstance(event, LoadingOver):
        screen.on_loading_over(account, event)
    return []


def on_answer(account: Account, event: LineEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return callbacks.on_posted(account, event, answer, env)
    if isinstance(event, Fetched):
        screen.on_fetched(account, event, answer)
    if isinstance(event, Tested):
        outcome = lookups.tested(answer, env)
        assert isinstance(outcome.reply, HttpReply)  # noqa: S101  for the type checker
        outcome.reply = _with_id(outcome.reply, event.request_id)
        return outcome
    return []


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope; a fault's code or text is its message."""
    default = limits.INTERNAL if refusal.status >= limits.INTERNAL.status else limits.NOT_SENT
    known = _BY_STATUS.get(refusal.status, default)
    reply = json_reply(wire.render_error(refusal.text or refusal.code or known.text), refusal.status)
    more = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
    return _with_id(reply, _uuid(f"{refusal}"), more)


_BY_STATUS: Final = {
    error.status: error
    for error in (
        limits.UNAUTHORIZED,
        limits.NO_ACCESS,
        limits.NOT_FOUND,
        limits.KEY_ACCEPTED,
        limits.GONE,
        limits.TOO_LARGE,
        limits.RATE_LIMIT,
        limits.INTERNAL,
    )
}

_BOT: Final = "/v2/bot"
_USER: Final = "([^/]+)"
_MENU: Final = "([^/]+)"

_TABLE: Final[tuple[tuple[str, str, str, _Handler], ...]] = (
    ("POST", f"{_BOT}/message/push", "pushMessage", rules.push),
    ("POST", f"{_BOT}/message/reply", "replyMessage", rules.reply),
    ("POST", f"{_BOT}/message/multicast", "multicast", rules.multicast),
    ("POST", f"{_BOT}/message/broadcast", "broadcast", rules.broadcast),
    ("POST", f"{_BOT}/message/narrowcast", "narrowcast", rules.narrowcast),
    ("GET", f"{_BOT}/message/progress/narrowcast", "getNarrowcastProgress", lookups.narrowcast_progress),
    ("POST", f"{_BOT}/message/validate/reply", "validateReply", rules.validate),
    ("POST", f"{_BOT}/message/validate/push", "validatePush", rules.validate),
    ("POST", f"{_BOT}/message/validate/multicast", "validateMulticast", rules.validate),
    ("POST", f"{_BOT}/message/validate/narrowcast", "validateNarrowcast", rules.validate),
    ("POST", f"{_BOT}/message/validate/broadcast", "validateBroadcast", rules.validate),
    ("GET", f"{_BOT}/message/quota", "getMessageQuota", lookups.quota),
    ("GET", f"{_BOT}/message/quota/consumption", "getMessageQuotaConsumption", lookups.consumption),
    ("GET", f"{_BOT}/message/delivery/([a-z]+)", "getNumberOfSentMessages", lookups.delivery),
    ("GET", f"{_BOT}/message/aggregation/info", "getAggregationUnitUsage", lookups.unit_usage),
    ("GET", f"{_BOT}/message/aggregation/list", "getAggregationUnitNameList", lookups.unit_names),
    ("POST", f"{_BOT}/message/markAsRead", "markMessagesAsRead", screen.mark_as_read),
    ("GET", f"{_BOT}/message/([0-9]+)/content", "getMessageContent", contents.get),
    ("GET", f"{_BOT}/message/([0-9]+)/content/preview", "getMessageContentPreview", contents.preview),
    (
        "GET",
        f"{_BOT}/message/([0-9]+)/content/transcoding",
        "getMessageContentTranscodingByMessageId",
        contents.transcoding,
    ),
    ("POST", f"{_BOT}/chat/loading/start", "showLoadingAnimation", screen.show_loading),
    ("POST", f"{_BOT}/chat/markAsRead", "markMessagesAsReadByToken", screen.mark_as_read_by_token),
    ("GET", f"{_BOT}/profile/{_USER}", "getProfile", lookups.profile),
    ("GET", "/profile/([0-9]+)/([0-9A-Za-z_-]+)", "profile picture", lookups.picture),
    ("GET", f"{_BOT}/followers/ids", "getFollowers", lookups.followers),
    ("GET", f"{_BOT}/info", "getBotInfo", lookups.bot_info),
    ("GET", f"{_BOT}/channel/webhook/endpoint", "getWebhookEndpoint", lookups.get_webhook),
    ("PUT", f"{_BOT}/channel/webhook/endpoint", "setWebhookEndpoint", lookups.set_webhook),
    ("POST", f"{_BOT}/channel/webhook/test", "testWebhookEndpoint", lookups.try_webhook),
    ("POST", "/bot/pnp/push", "pushMessagesByPhone", lookups.no_access),
    ("POST", f"{_BOT}/richmenu", "createRichMenu", menus.create),
    ("POST", f"{_BOT}/richmenu/validate", "validateRichMenuObject", menus.validate),
    ("GET", f"{_BOT}/richmenu/list", "getRichMenuList", menus.listed),
    ("POST", f"{_BOT}/richmenu/bulk/link", "linkRichMenuIdToUsers", menus.link_many),
    ("POST", f"{_BOT}/richmenu/bulk/unlink", "unlinkRichMenuIdFromUsers", menus.unlink_many),
    ("POST", f"{_BOT}/richmenu/alias", "createRichMenuAlias", menus.create_alias),
    ("GET", f"{_BOT}/richmenu/alias/list", "getRichMenuAliasList", menus.list_aliases),
    ("GET", f"{_BOT}/richmenu/alias/{_MENU}", "getRichMenuAlias", menus.get_alias),
    ("POST", f"{_BOT}/richmenu/alias/{_MENU}", "updateRichMenuAlias", menus.update_alias),
    ("DELETE", f"{_BOT}/richmenu/alias/{_MENU}", "deleteRichMenuAlias", menus.delete_alias),
    ("POST", f"{_BOT}/richmenu/{_MENU}/content", "setRichMenuImage", menus.set_image),
    ("GET", f"{_BOT}/richmenu/{_MENU}/content", "getRichMenuImage", menus.get_image),
    ("GET", f"{_BOT}/richmenu/(richmenu-[^/]+)", "getRichMenu", menus.get),
    ("DELETE", f"{_BOT}/richmenu/(richmenu-[^/]+)", "deleteRichMenu", menus.delete),
    ("GET", f"{_BOT}/user/all/richmenu", "getDefaultRichMenuId", menus.get_default),
    ("DELETE", f"{_BOT}/user/all/richmenu", "cancelDefaultRichMenu", menus.cancel_default),
    ("POST", f"{_BOT}/user/all/richmenu/{_MENU}", "setDefaultRichMenu", menus.set_default),
    ("GET", f"{_BOT}/user/{_USER}/richmenu", "getRichMenuIdOfUser", menus.of_user),
    ("DELETE", f"{_BOT}/user/{_USER}/richmenu", "unlinkRichMenuIdFromUser", menus.unlink),
    ("POST", f"{_BOT}/user/{_USER}/richmenu/{_MENU}", "linkRichMenuIdToUser", menus.link),
    ("POST", "/v2/oauth/accessToken", "issueChannelToken", oauth.issue_short),
    ("POST", "/v2/oauth/verify", "verifyChannelToken", oauth.verify),
    ("POST", "/v2/oauth/revoke", "revokeChannelToken", oauth.revoke),
    ("POST", "/oauth2/v2.1/token", "issueChannelTokenByJWT", oauth.issue_by_assertion),
    ("GET", "/oauth2/v2.1/verify", "verifyChannelTokenByJWT", oauth.verify),
    ("POST", "/oauth2/v2.1/revoke", "revokeChannelTokenByJWT", oauth.revoke_by_client),
    ("GET", "/oauth2/v2.1/tokens/kid", "getsAllValidChannelAccessTokenKeyIds", oauth.key_ids),
    ("POST", "/oauth2/v3/token", "issueStatelessChannelToken", oauth.issue_stateless),
)
_EXACT: Final = {(method, path): (name, handler) for method, path, name, handler in _TABLE if "(" not in path}
_ROUTES: Final = tuple((method, re.compile(path), name, handler) for method, path, name, handler in _TABLE)
