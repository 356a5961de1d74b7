"""The SMS API's routes: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import JSON_TYPE, HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.sms import callbacks, groups, limits, rules, wire
from fake_channels.sms.state import Account, Batch, ExpiryDue, Group, SendDue, SmsEvent, TurnDue

_PATH: Final = re.compile(r"/xms/v1/([^/]+)(/.*)?")

_Handler = Callable[[Account, HttpRequest, Env, tuple[str, ...]], Outcome]


class _NoSuchThing(Exception):
    """The path names a batch, a recipient or a message that does not exist."""


def error_reply(error: VendorError, text: str = "", headers: dict[str, str] | None = None) -> HttpReply:
    """`error` as the API sends it; an error without a code has no body."""
    if not error.code:
        return HttpReply(error.status, b"", "", headers or {})
    return json_reply(wire.render_error(str(error.code), text or error.text), error.status, headers)


def _locate(request: HttpRequest) -> str | None:
    found = _PATH.fullmatch(request.path)
    return found[1] if found else None


def _unknown(request: HttpRequest) -> HttpReply:
    return error_reply(limits.NOT_FOUND if _locate(request) is None else limits.UNAUTHORIZED)


HOST: Final = Host(
    name="sms",
    port=8627,
    locate=_locate,
    unknown=_unknown,
    too_large=lambda _: error_reply(limits.TOO_LARGE),
    max_body_bytes=lambda _: limits.MAX_BODY_BYTES,
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request to this service plan."""
    if not _is_authorised(account, request):
        return Outcome(error_reply(limits.UNAUTHORIZED))
    _, names, handler = _route(request)
    if handler is None:
        return Outcome(_no_route(request))
    try:
        return handler(account, request, env, names)
    except wire.Refused as refused:
        return Outcome(error_reply(refused.error, refused.text))
    except _NoSuchThing:
        return Outcome(error_reply(limits.NOT_FOUND))


def _is_authorised(account: Account, request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), account.token.encode())
    return right and scheme.lower() == "bearer"


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    return _route(request)[0]


def _route(request: HttpRequest) -> tuple[str, tuple[str, ...], _Handler | None]:
    path = _rest(request)
    for method, pattern, name, handler in _ROUTES:
        if method == request.method and (found := pattern.fullmatch(path)):
            return name, found.groups(), handler
    return "unknown", (), None


def _rest(request: HttpRequest) -> str:
    found = _PATH.fullmatch(request.path)
    return (found[2] or "/") if found else request.path


def _no_route(request: HttpRequest) -> HttpReply:
    path = _rest(request)
    allowed = sorted({method for method, pattern, _, _ in _ROUTES if pattern.fullmatch(path)})
    if not allowed:
        return error_reply(limits.NOT_FOUND)
    return error_reply(limits.NOT_ALLOWED, headers={"Allow": ", ".join(allowed)})


# --- bodies and query parameters --------------------------------------------------------------------------------------


def _json(request: HttpRequest) -> Any:
    if request.content_type != JSON_TYPE:
        raise wire.Refused(limits.UNSUPPORTED_TYPE, "")
    try:
        return request.json()
    except ValueError as error:
        raise wire.Refused(limits.INVALID_JSON, f"{limits.INVALID_JSON.text}: {error}") from None


def _number(request: HttpRequest, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004  far beyond any page
        raise wire.Refused(limits.INVALID_FORMAT, f"[{name}] {text[:80]!r} is not a number")
    if not low <= int(text) <= high:
        raise wire.Refused(limits.CONSTRAINT, f"[{name}] must be {low} to {high}, not {text}")
    return int(text)


def _choices(request: HttpRequest, name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in request.query.get(name, "").split(",") if part.strip())


def _filters(request: HttpRequest) -> tuple[frozenset[str], frozenset[int]]:
    """The `status` (in lower case) and `code` that reports must have."""
    codes = _choices(request, "code")
    wrong = [code for code in codes if not (code.isascii() and code.isdecimal() and len(code) < 10)]  # noqa: PLR2004  as above
    if wrong:
        raise wire.Refused(limits.INVALID_FORMAT, f"[code] {wrong[0][:80]!r} is not a number")
    statuses = frozenset(status.lower() for status in _choices(request, "status"))
    known = {row.status.lower() for row in limits.CODES} | {"deleted", "unknown"}
    if not statuses <= known:
        raise wire.Refused(limits.CONSTRAINT, f"[status] must be of {', '.join(sorted(known))}")
    return statuses, frozenset(int(code) for code in codes)


class _Listing:
    """What all lists have in common: a page, a span of time, a reference."""

    def __init__(self, request: HttpRequest, now: int) -> None:
        self._page = _number(request, "page", 0, 0, 999_999_999)
        self._size = _number(request, "page_size", limits.PAGE_SIZE, 1, limits.PAGE_SIZE_MAX)
        start, end = request.query.get("start_date"), request.query.get("end_date")
        self._end = wire.parse_time("end_date", end) if end else now
        self._start = wire.parse_time("start_date", start) if start else self._end - limits.LIST_WINDOW_MS
        self._reference = request.query.get("client_reference", "")

    def takes(self, at: int, reference: str = "") -> bool:
        """True for an entry of the span with the reference that is asked for."""
        return self._start <= at <= self._end and self._reference in {"", reference}

    def reply(self, name: str, newest_last: Iterable[wire.Json]) -> Outcome:
        """The page, newest first."""
        entries = list(newest_last)[::-1]
        return Outcome(json_reply(wire.render_page(name, entries, self._page, self._size)))


def _batch(account: Account, batch_id: str) -> Batch:
    batch = account.batches.get(batch_id)
    if batch is None:
        raise _NoSuchThing
    return batch


# --- batches ----------------------------------------------------------------------------------------------------------


def _create(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    return rules.create(account, wire.parse_order(_json(request), env.now, account.groups), env)


def _list(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    listing, senders = _Listing(request, env.now), {wire.normalised(one) or one for one in _choices(request, "from")}
    return listing.reply(
        "batches",
        (
            wire.render_batch(batch)
            for batch in account.batches.values()
            if listing.takes(batch.created_at, batch.order.client_reference)
            and (not senders or (batch.order.sender or account.number) in senders)
        ),
    )


def _dry_run(account: Account, request: HttpRequest, env: Env, _names: tuple[str, ...]) -> Outcome:
    order = wire.parse_order(_json(request), env.now, account.groups)
    wanted = _number(request, "number_of_recipients", limits.DRY_RUN_RECIPIENTS, 0, limits.RECIPIENTS_MAX)
    in_detail = request.query.get("per_recipient", "").lower() == "true"
    return Outcome(json_reply(wire.render_dry_run(order, rules.expanded(account, order), wanted if in_detail else 0)))


def _get(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    batch = _batch(account, names[0])
    return Outcome(json_reply(wire.render_batch(batch)), ids=(batch.id,))


def _update(account: Account, request: HttpRequest, env: Env, names: tuple[str, ...]) -> Outcome:
    batch = _batch(account, names[0])
    return rules.update(account, batch, wire.parse_update(_json(request), batch, account.groups), env)


def _replace(account: Account, request: HttpRequest, env: Env, names: tuple[str, ...]) -> Outcome:
    batch = _batch(account, names[0])
    return rules.replace(account, batch, wire.parse_order(_json(request), env.now, account.groups), env)


def _cancel(account: Account, _: HttpRequest, env: Env, names: tuple[str, ...]) -> Outcome:
    return rules.cancel(account, _batch(account, names[0]), env)


def _feedback(account: Account, request: HttpRequest, _: Env, names: tuple[str, ...]) -> Outcome:
    batch = _batch(account, names[0])
    rules.confirm(batch, wire.parse_feedback(_json(request)))
    return Outcome(HttpReply(HTTPStatus.ACCEPTED, b"", ""), ids=(batch.id,))


# --- reports and inbounds ---------------------------------------------------------------------------------------------


def _batch_report(account: Account, request: HttpRequest, _: Env, names: tuple[str, ...]) -> Outcome:
    batch, kind = _batch(account, names[0]), request.query.get("type", "summary")
    if kind not in {"summary", "full"}:
        raise wire.Refused(limits.CONSTRAINT, f"[type] must be summary or full, not {kind[:80]!r}")
    statuses, codes = _filters(request)
    report = wire.render_batch_report(batch, full=kind == "full", statuses=statuses, codes=codes)
    return Outcome(json_reply(report), ids=(batch.id,))


def _recipient_report(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    batch, msisdn = _batch(account, names[0]), wire.normalised(names[1])
    report = batch.reports.get(msisdn)
    if report is None:
        raise _NoSuchThing
    return Outcome(json_reply(wire.render_recipient_report(batch, msisdn, report, account.number)), ids=(batch.id,))


def _reports(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    listing, (statuses, codes) = _Listing(request, env.now), _filters(request)
    return listing.reply(
        "delivery_reports",
        (
            wire.render_recipient_report(batch, msisdn, report, account.number)
            for batch in account.batches.values()
            for msisdn, report in batch.reports.items()
            if listing.takes(report.at, batch.order.client_reference) and wire.is_wanted(report, statuses, codes)
        ),
    )


def _inbounds(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    listing, wanted = _Listing(request, env.now), {wire.normalised(one) or one for one in _choices(request, "to")}
    return listing.reply(
        "inbounds",
        (
            wire.render_inbound(inbound)
            for inbound in account.inbounds.values()
            if listing.takes(inbound.at) and (not wanted or inbound.to in wanted)
        ),
    )


def _inbound(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    inbound = account.inbounds.get(names[0])
    if inbound is None:
        raise _NoSuchThing
    return Outcome(json_reply(wire.render_inbound(inbound)), ids=(inbound.id,))


# --- groups -----------------------------------------------------------------------------------------------------------


def _group(account: Account, names: tuple[str, ...]) -> Group:
    group = account.groups.get(names[0])
    if group is None:
        raise _NoSuchThing
    return group


def _create_group(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    group = groups.create(account, _json(request), env)
    return Outcome(json_reply(groups.render(account, group), HTTPStatus.CREATED), ids=(group.id,))


def _list_groups(account: Account, request: HttpRequest, env: Env, _: tuple[str, ...]) -> Outcome:
    listing = _Listing(request, env.now)
    return listing.reply("groups", (groups.render(account, group) for group in account.groups.values()))


def _get_group(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    group = _group(account, names)
    return Outcome(json_reply(groups.render(account, group)), ids=(group.id,))


def _update_group(account: Account, request: HttpRequest, env: Env, names: tuple[str, ...]) -> Outcome:
    group = _group(account, names)
    groups.update(account, group, _json(request), env)
    return Outcome(json_reply(groups.render(account, group)), ids=(group.id,))


def _replace_group(account: Account, request: HttpRequest, env: Env, names: tuple[str, ...]) -> Outcome:
    group = _group(account, names)
    groups.replace(account, group, _json(request), env)
    return Outcome(json_reply(groups.render(account, group)), ids=(group.id,))


def _delete_group(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    del account.groups[_group(account, names).id]
    return Outcome(HttpReply(HTTPStatus.OK, b"", ""), ids=names)


def _members(account: Account, _: HttpRequest, _env: Env, names: tuple[str, ...]) -> Outcome:
    return Outcome(json_reply(list(_group(account, names).members)), ids=names)


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: SmsEvent, env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return callbacks.on_retry(account, event)
    if isinstance(event, SendDue):
        return rules.on_send_due(account, event, env)
    if isinstance(event, TurnDue):
        return rules.on_turn_due(account, event, env)
    if isinstance(event, ExpiryDue):
        return rules.on_expiry_due(account, event, env)
    return []


def on_answer(account: Account, event: SmsEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A callback of ours was answered."""
    return callbacks.on_posted(account, event, answer, env) if isinstance(event, Posted) else []


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope: with a code when the fault or the status has one, else empty."""
    default = {400: "syntax_constraint_violation", 403: "blocked_account"}.get(refusal.status, "")
    code = refusal.code or default
    known = limits.BY_CODE.get(code)
    text = refusal.text or (known.text if known else code)
    headers = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
    return error_reply(VendorError(code, refusal.status, text, limits.INVALID_JSON.source), headers=headers)


_BATCH: Final = r"/batches/([^/]+)"
_GROUP: Final = r"/groups/([^/]+)"
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], str, _Handler], ...]] = (
    ("POST", re.compile(r"/batches"), "batches", _create),
    ("GET", re.compile(r"/batches"), "list batches", _list),
    ("POST", re.compile(r"/batches/dry_run"), "dry_run", _dry_run),
    ("GET", re.compile(_BATCH), "get batch", _get),
    ("POST", re.compile(_BATCH), "update batch", _update),
    ("PUT", re.compile(_BATCH), "replace batch", _replace),
    ("DELETE", re.compile(_BATCH), "cancel batch", _cancel),
    ("POST", re.compile(_BATCH + "/delivery_feedback"), "delivery_feedback", _feedback),
    ("GET", re.compile(_BATCH + "/delivery_report"), "delivery_report", _batch_report),
    ("GET", re.compile(_BATCH + "/delivery_report/([^/]+)"), "recipient delivery_report", _recipient_report),
    ("GET", re.compile(r"/delivery_reports"), "delivery_reports", _reports),
    ("POST", re.compile(r"/groups"), "create group", _create_group),
    ("GET", re.compile(r"/groups"), "list groups", _list_groups),
    ("GET", re.compile(_GROUP), "get group", _get_group),
    ("POST", re.compile(_GROUP), "update group", _update_group),
    ("PUT", re.compile(_GROUP), "replace group", _replace_group),
    ("DELETE", re.compile(_GROUP), "delete group", _delete_group),
    ("GET", re.compile(_GROUP + "/members"), "group members", _members),
    ("GET", re.compile(r"/inbounds"), "inbounds", _inbounds),
    ("GET", re.compile(r"/inbounds/([^/]+)"), "inbound", _inbound),
)
