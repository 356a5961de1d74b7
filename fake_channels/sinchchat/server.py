"""The chat's routes: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

from fake_channels.core import shelf
from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.forms import FormError, read_form
from fake_channels.core.http import JSON_TYPE, HttpReply, HttpRequest, Outcome, Piece, Streaming, json_reply
from fake_channels.core.instants import from_rfc3339
from fake_channels.core.media import Media
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.sinchchat import files, limits, rules, state, wire
from fake_channels.sinchchat.state import Account, ChatEvent, ComposingOver, Customer, Fetched, Position

_PATH: Final = re.compile(r"/v1/projects/([^/]+)(/.*)")
_CORS: Final = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT: Final = {
    **_CORS,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_NUMBER: Final = re.compile(r"[0-9]{1,15}")

_Handler = Callable[[Account, HttpRequest, Env, str], Outcome]


def error_reply(error: VendorError, text: str = "", headers: dict[str, str] | None = None) -> HttpReply:
    """`error` as the gRPC gateway writes it."""
    return json_reply(wire.render_error(error, text), error.status, {**_CORS, **(headers or {})})


def _locate(request: HttpRequest) -> str | None:
    found = _PATH.fullmatch(request.path)
    return found[1] if found else None


HOST: Final = Host(
    name="sinchchat",
    port=8628,
    locate=_locate,
    unknown=lambda _: error_reply(limits.NOT_FOUND),
    too_large=lambda _: error_reply(limits.TOO_LARGE),
    max_body_bytes=lambda request: (
        limits.MEDIA_MAX + limits.FORM_SLACK if request.path.endswith("/chat/media") else limits.JSON_MAX
    ),
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request to this project."""
    if request.method == "OPTIONS":
        return Outcome(HttpReply(204, b"", "", _PREFLIGHT))
    _, argument, handler = _route(request)
    if handler is None:
        return Outcome(_no_route(request))
    try:
        return handler(account, request, env, argument)
    except wire.Refused as refused:
        return Outcome(error_reply(refused.error, refused.text))
    except FormError as error:
        return Outcome(error_reply(limits.INVALID_ARGUMENT, f"form: {error}"))


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    return "preflight" if request.method == "OPTIONS" else _route(request)[0]


def _rest(request: HttpRequest) -> str:
    found = _PATH.fullmatch(request.path)
    return found[2] if found else request.path


def _route(request: HttpRequest) -> tuple[str, str, _Handler | None]:
    path, method = _rest(request), "GET" if request.method == "HEAD" else request.method
    for wanted, pattern, name, handler in _ROUTES:
        if wanted == method and (found := pattern.fullmatch(path)):
            return name, found[1] if pattern.groups else "", handler
    return "unknown", "", None


def _no_route(request: HttpRequest) -> HttpReply:
    path = _rest(request)
    allowed = sorted({method for method, pattern, _, _ in _ROUTES if pattern.fullmatch(path)})
    if not allowed:
        return error_reply(limits.NOT_FOUND)
    return error_reply(limits.METHOD, headers={"Allow": ", ".join(allowed)})


def _json(request: HttpRequest) -> Any:
    if request.content_type != JSON_TYPE:
        raise wire.Refused(limits.UNSUPPORTED_TYPE, f"send {JSON_TYPE}")
    try:
        return request.json()
    except ValueError as error:
        raise wire.Refused(limits.INVALID_ARGUMENT, f"The body is not valid JSON: {error}") from None


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())


def _reply(value: Any) -> HttpReply:
    return json_reply(value, headers=_CORS)


# --- the customer's calls ---------------------------------------------------------------------------------------------


def _whose(account: Account, request: HttpRequest, env: Env, *, by_query: bool = False) -> tuple[Customer, int]:
    token = request.headers.get("authorization", "")
    if by_query and not token:  # a page's EventSource sends no headers of its own
        token = request.query.get("access_token", "")
    found = state.read_token(account, token, env.now)
    if found is None:
        raise wire.Refused(limits.UNAUTHENTICATED)
    return found


def _client(account: Account, client_id: str) -> None:
    if client_id != account.client_id:
        raise wire.Refused(limits.NOT_FOUND, f"there is no client {client_id!r} in this project")


def _admit(account: Account, uuid: str) -> None:
    if uuid in account.customers:
        return
    if account.visitors >= limits.VISITORS_MAX:
        raise wire.Refused(limits.EXHAUSTED, "there are too many visitors in this project")
    state.visit(account, uuid)


def _issue_anonymous(account: Account, _: HttpRequest, env: Env, client_id: str) -> Outcome:
    _client(account, client_id)
    uuid = env.ids.ulid(env.now)
    _admit(account, uuid)
    return Outcome(_reply({"access_token": state.issue(account, uuid, env.now)}))


def _issue_signed(account: Account, request: HttpRequest, env: Env, client_id: str) -> Outcome:
    _client(account, client_id)
    uuid, proof = wire.parse_signed_uuid(_json(request))
    if not _same(proof, wire.uuid_hash(uuid, account.client_secret)):
        raise wire.Refused(limits.UNAUTHENTICATED, "uuid_hash: is not the hash of this uuid")
    _admit(account, uuid)
    return Outcome(_reply({"access_token": state.issue(account, uuid, env.now)}))


def _chat_send(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    customer, _expiry = _whose(account, request, env)
    _item, message_id, effects = rules.chat_send(account, customer, wire.parse_chat_send(_json(request)), env)
    return Outcome(_reply({"message_id": message_id}), effects, (message_id,))


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise wire.Refused(limits.INVALID_ARGUMENT, f"{name}: must be a number from 1 to {most}")
    return int(text)


def _history(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    customer, _expiry = _whose(account, request, env)
    size = _number(request, "page_size", limits.PAGE_SIZE, limits.PAGE_SIZE_MAX)
    before = _number(request, "page_token", 0, 10**15)
    entries, following = rules.history(customer, request.query.get("topic_id", ""), before, size)
    page = {"entries": [orjson.Fragment(entry) for entry in entries], "next_page_token": following}
    return Outcome(_reply(page))


def _stream(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    customer, expires_at = _whose(account, request, env, by_query=True)
    topic, last = request.query.get("topic_id", ""), request.headers.get("last-event-id", "")
    if last:
        if not _NUMBER.fullmatch(last) or int(last) > customer.seq:
            raise wire.Refused(limits.INVALID_ARGUMENT, "Last-Event-ID: is none of this chat's")
        after, since = int(last), 0  # the reader has it, whether or not the stream that wrote it lived to say so
    else:
        after = since = rules.position_at(customer, topic, _time(request, "start_time"))
    position = Position(customer.handset.identity, topic, after, since, expires_at)
    head = HttpReply(200, b"", "text/event-stream", {"Cache-Control": "no-store", **_CORS})
    return Outcome(Streaming(head, position, b": ping\n\n"))


def _time(request: HttpRequest, name: str) -> int | None:
    text = request.query.get(name, "")
    try:
        return from_rfc3339(text) if text else None
    except ValueError as error:
        raise wire.Refused(limits.INVALID_ARGUMENT, f"{name}: {error}") from None


def _upload(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    _whose(account, request, env)
    if request.content_type != "multipart/form-data":
        raise wire.Refused(limits.UNSUPPORTED_TYPE, "send multipart/form-data with a part named file")
    file = read_form(request).files.get("file")
    if file is None:
        raise wire.Refused(limits.INVALID_ARGUMENT, "file: is missing")
    media = Media(file.data, file.content_type, file.name)
    if why := files.problem(media):
        raise wire.Refused(limits.INVALID_ARGUMENT, why)
    url = files.store(account, media, env)
    return Outcome(_reply({"url": url, "content_length": str(len(media.data))}))


def _download(account: Account, _: HttpRequest, env: Env, media_id: str) -> Outcome:
    media = shelf.find(account.media, media_id, env.now)
    if media is None:
        return Outcome(error_reply(limits.NOT_FOUND))
    return Outcome(HttpReply(200, media.data, media.mime, {**_CORS, "X-Content-Type-Options": "nosniff"}))


def _not_emulated(_: Account, request: HttpRequest, _env: Env, _argument: str) -> Outcome:
    raise wire.Refused(limits.UNIMPLEMENTED, f"{_rest(request)} is not emulated")


# --- the business's calls ---------------------------------------------------------------------------------------------


def _business(account: Account, request: HttpRequest) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _same(token.strip(), account.app_token):
        raise wire.Refused(limits.UNAUTHENTICATED)


def _app_send(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    _business(account, request)
    message_id, effects = rules.app_send(account, wire.parse_app_send(_json(request)), env)
    return Outcome(json_reply(rules.accepted(message_id, env)), effects, (message_id,))


def _get_callback(account: Account, request: HttpRequest, _env: Env, _: str) -> Outcome:
    _business(account, request)
    return Outcome(json_reply({"url": account.callback_url}))


def _put_callback(account: Account, request: HttpRequest, env: Env, _: str) -> Outcome:
    _business(account, request)
    account.callback_url = wire.parse_callback_url(_json(request))
    return _get_callback(account, request, env, "")


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: ChatEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return rules.on_retry(account, event)
    if isinstance(event, ComposingOver):
        rules.on_composing_over(account, event)
    return []


def on_answer(account: Account, event: ChatEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return rules.on_posted(account, event, answer, env)
    return rules.on_fetched(account, event, answer) if isinstance(event, Fetched) else []


def on_stream(account: Account, position: Position, env: Env) -> Piece:
    """A stream goes on."""
    return rules.stream(account, position, env)


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error; a status of no number here is an internal error of that status."""
    known = limits.BY_STATUS.get(refusal.status, limits.INTERNAL)
    code: int | str = int(refusal.code) if refusal.code.isdecimal() else known.code
    error = VendorError(code, refusal.status, known.text, known.source, known.known_by)
    return error_reply(error, refusal.text, refusal.headers)


_ROUTES: Final[tuple[tuple[str, re.Pattern[str], str, _Handler], ...]] = (
    ("POST", re.compile(r"/app:send"), limits.SEND, _app_send),
    ("GET", re.compile(r"/app/callback"), "get callback", _get_callback),
    ("PUT", re.compile(r"/app/callback"), "set callback", _put_callback),
    ("POST", re.compile(r"/clients/([^/:]+):issueAnonymousToken"), "IssueAnonymousToken", _issue_anonymous),
    ("POST", re.compile(r"/clients/([^/:]+):issueTokenWithSignedUuid"), "IssueTokenWithSignedUuid", _issue_signed),
    ("POST", re.compile(r"/chat:send"), "Send", _chat_send),
    ("GET", re.compile(r"/chat/history"), "GetHistory", _history),
    ("GET", re.compile(r"/chat/stream"), "SubscribeToStream", _stream),
    ("POST", re.compile(r"/chat/media"), "UploadMedia", _upload),
    ("GET", re.compile(r"/media/([\w-]+)/[^/]*"), "media", _download),
    ("GET", re.compile(r"/clients/[^/:]+"), "GetClient", _not_emulated),
    ("GET", re.compile(r"/chat/channels"), "GetChannels", _not_emulated),
    ("POST", re.compile(r"/chat/push"), "SubscribeToPush", _not_emulated),
    ("POST", re.compile(r"/chat/rtc"), "IssueRtcAccessToken", _not_emulated),
)
