"""The bot API's routes: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fake_channels.core import portraits, shelf
from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.viber import callbacks, limits, rules, wire
from fake_channels.viber.state import Account, Fetched, Verified, ViberEvent

_API: Final = "/pa/"
_FILES: Final = "/dl/"
_AUTH_HEADER: Final = "x-viber-auth-token"
_NO_FILE: Final = HttpReply(404, b"", "text/plain")
_Handler = Callable[[Account, Any, Env], Outcome]

_METHODS: Final[dict[str, _Handler]] = {
    "set_webhook": callbacks.set_webhook,
    "get_account_info": rules.account_info,
    "send_message": rules.send_message,
    "broadcast_message": rules.broadcast,
    "get_user_details": rules.user_details,
    "get_online": rules.online,
}
METHODS: Final = frozenset(_METHODS)


def error_reply(error: VendorError, details: str = "", headers: dict[str, str] | None = None) -> HttpReply:
    """`error` as the API sends it."""
    return json_reply(wire.render_error(error, details), error.status, headers)


def _not_found() -> HttpReply:
    body = {"status": limits.GENERAL.code, "status_message": limits.NO_ROUTE.text, "chat_hostname": wire.HOSTNAME}
    return json_reply(body, limits.NO_ROUTE.status)


def _locate(request: HttpRequest) -> str | None:
    if request.path.startswith(_FILES):
        return request.path[len(_FILES) :].partition("/")[0] or None
    token = request.headers.get(_AUTH_HEADER, "")
    if token:
        return token
    try:
        body = request.json()
    except ValueError:
        return None
    told = body.get("auth_token") if isinstance(body, dict) else None
    return told if isinstance(told, str) and told else None


def _unknown(request: HttpRequest) -> HttpReply:
    if request.path.startswith(_FILES):
        return _NO_FILE
    if not request.path.startswith(_API):
        return _not_found()
    if request.headers.get(_AUTH_HEADER):
        return error_reply(limits.INVALID_AUTH_TOKEN)
    try:
        body = request.json() if request.body else None
    except ValueError:
        return error_reply(limits.BAD_DATA)
    has_token = isinstance(body, dict) and body.get("auth_token")
    return error_reply(limits.INVALID_AUTH_TOKEN if has_token else limits.MISSING_AUTH_TOKEN)


HOST: Final = Host(
    name="viber",
    port=8623,
    locate=_locate,
    unknown=_unknown,
    too_large=lambda _: error_reply(limits.BAD_DATA, f"badData: the request is larger than {limits.REQUEST_MAX} bytes"),
    max_body_bytes=lambda _: limits.REQUEST_MAX,
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries this bot's token."""
    if request.path.startswith(_FILES):
        return _download(account, request, env)
    handler = _METHODS.get(_name(request))
    if handler is None or request.method != "POST":
        return Outcome(_not_found())
    try:
        return handler(account, _body(request), env)
    except wire.Refused as refused:
        return Outcome(error_reply(refused.error, refused.details))


def _body(request: HttpRequest) -> Any:
    """The body as JSON, whatever its type is said to be: the vendor's own clients say nothing."""
    try:
        return request.json() if request.body else {}
    except ValueError as error:
        raise wire.Refused(limits.BAD_DATA, f"badData: the body is not JSON: {error}") from None


def _name(request: HttpRequest) -> str:
    return request.path[len(_API) :] if request.path.startswith(_API) else ""


def _download(account: Account, request: HttpRequest, env: Env) -> Outcome:
    _, _, path = request.path[len(_FILES) :].partition("/")
    folder, _, name = path.rpartition("/")
    if request.method not in {"GET", "HEAD"}:
        return Outcome(_NO_FILE)
    if folder == "avatar" and any(chat.handset.person.id == name for chat in account.chats.values()):
        return Outcome(HttpReply(200, portraits.portrait(name), portraits.MIME))
    media = None if folder else shelf.find(account.media, name, env.now)
    return Outcome(_NO_FILE if media is None else HttpReply(200, media.data, media.mime))


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    if request.path.startswith(_FILES):
        return "media download"
    name = _name(request)
    return name if name in METHODS else "unknown"


def on_event(account: Account, event: ViberEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    return callbacks.on_retry(account, event) if isinstance(event, RetryDue) else []


def on_answer(account: Account, event: ViberEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Verified):
        return callbacks.on_verified(account, event, answer)
    if isinstance(event, Fetched):
        return rules.on_fetched(account, event, answer, env)
    if not isinstance(event, Posted):
        return []
    effects, greeting = callbacks.on_posted(account, event, answer, env)
    if greeting is not None:
        return rules.welcome(account, event.key.rpartition("#")[0], greeting, env) + effects
    return effects


_BY_STATUS: Final = {401: limits.INVALID_AUTH_TOKEN, 403: limits.INVALID_AUTH_TOKEN, 429: limits.TOO_MANY}


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error: one that the API knows comes with a 200, any other with the status that the fault names."""
    known = limits.BY_CODE.get(refusal.code) or _BY_STATUS.get(refusal.status)
    if known is not None:
        return error_reply(known, refusal.text, refusal.headers)
    told = wire.render_error(limits.GENERAL, refusal.text or refusal.code)
    return json_reply(told, refusal.status, refusal.headers)
