"""The one route of Viber Business Messages, and customers' files: decode, ask the rules, encode. Nothing else."""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core import shelf
from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.viberbm import limits, rules, wire
from fake_channels.viberbm.state import Account, Expired, Fetched, ViberBmEvent

_SEND: Final = "/vibersrvc/1/send_message"
_FILES: Final = "/media/"
_NO_FILE: Final = HttpReply(404, b"", "text/plain")


def error_reply(error: VendorError, details: str = "", seq: Any = None) -> HttpReply:
    """`error` as the API sends it."""
    return json_reply(wire.render_error(error, details, seq), error.status)


def _not_found() -> HttpReply:
    return json_reply({"status": limits.BAD_DATA.code, "reason": limits.NO_ROUTE.text}, limits.NO_ROUTE.status)


def _locate(request: HttpRequest) -> str | None:
    if request.path.startswith(_FILES):
        return request.path[len(_FILES) :].partition("/")[0] or None
    try:
        body = request.json()
    except ValueError:
        return None
    told = body.get("service_id") if isinstance(body, dict) else None
    return str(told) if isinstance(told, int | str) else None


def _unknown(request: HttpRequest) -> HttpReply:
    if request.path.startswith(_FILES):
        return _NO_FILE
    if request.path != _SEND:
        return _not_found()
    try:
        body = request.json()
    except ValueError as error:
        return error_reply(limits.BAD_DATA, f"the body is not JSON: {error}")
    if not isinstance(body, dict):
        return error_reply(limits.BAD_DATA, "the body is not a JSON object")
    return error_reply(limits.BAD_SERVICE, seq=body.get("seq"))


HOST: Final = Host(
    name="viberbm",
    port=8624,
    locate=_locate,
    unknown=_unknown,
    too_large=lambda _: error_reply(limits.BAD_DATA, f"the request is larger than {limits.REQUEST_MAX} bytes"),
    max_body_bytes=lambda _: limits.REQUEST_MAX,
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that names this service."""
    if request.path.startswith(_FILES):
        return _download(account, request, env)
    if request.path != _SEND or request.method != "POST":
        return Outcome(_not_found())
    body = request.json()  # it named the service, so it is JSON
    try:
        return rules.send(account, body, env)
    except wire.Refused as refused:
        return Outcome(error_reply(refused.error, refused.details, body.get("seq")))


def _download(account: Account, request: HttpRequest, env: Env) -> Outcome:
    media = shelf.find(account.media, request.path.rpartition("/")[2], env.now)
    if media is None or request.method not in {"GET", "HEAD"}:
        return Outcome(_NO_FILE)
    return Outcome(HttpReply(200, media.data, media.mime))


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    if request.path.startswith(_FILES):
        return "media download"
    return "send_message" if request.path == _SEND else "unknown"


def on_event(account: Account, event: ViberBmEvent, env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return rules.on_retry(account, event)
    return rules.on_expired(account, event, env) if isinstance(event, Expired) else []


def on_answer(account: Account, event: ViberBmEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return rules.on_posted(account, event, answer, env)
    return rules.on_fetched(account, event, answer, env) if isinstance(event, Fetched) else []


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error: one that the API knows comes with a 200, any other with the status that the fault names."""
    known = limits.BY_CODE.get(refusal.code)
    if known is not None:
        return json_reply(wire.render_error(known, refusal.text), known.status, refusal.headers)
    told = wire.render_error(limits.INTERNAL, refusal.text or refusal.code)
    return json_reply(told, refusal.status, refusal.headers)
