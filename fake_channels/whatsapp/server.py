"""WhatsApp's part of the Graph API: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

import hmac
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from fake_channels.core.contract import Env, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.forms import FormError, read_form
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.instants import MINUTE
from fake_channels.core.media import Media, bare
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.meta import graph
from fake_channels.whatsapp import hooks, limits, manage, media, notices, rules, templates, wire
from fake_channels.whatsapp.requests import OK, Handler, check_read, chosen, read_json, unknown_node
from fake_channels.whatsapp.state import Account, Fetched, ReviewDue, TypingOver, Verified, WhatsAppEvent

_PRODUCT: Final = "whatsapp"
_EXPIRY: Final = re.compile(r"[0-9]{1,15}")
_MEDIA_KINDS: Final = {mime: kind for kind, rule in limits.MEDIA_RULES.items() for mime in rule.types}
_NUMBER_FIELDS: Final = ("id", "verified_name", "display_phone_number", "quality_rating", "code_verification_status")


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries this account's token."""
    _, node, handler = _route(request)
    if "appsecret_proof=" in request.raw_query and not _is_proven(account, request):
        return Outcome(graph.error_reply(graph.BAD_PROOF, kind="GraphMethodException"))
    if handler is None:
        return Outcome(graph.error_reply(graph.UNKNOWN_PATH, fields={"path": node}))
    try:
        return handler(account, request, env, node)
    except wire.Refused as refused:
        return Outcome(_refused(account, refused))
    except FormError as error:
        return Outcome(graph.error_reply(limits.INVALID_PARAMETER, details=str(error), product=_PRODUCT))


def _is_proven(account: Account, request: HttpRequest) -> bool:
    expected = graph.proof_of(graph.access_token(request) or "", account.app_secret)
    return hmac.compare_digest(expected.encode(), request.query.get("appsecret_proof", "").encode())


def _refused(account: Account, refused: wire.Refused) -> HttpReply:
    if refused.subcode is None:
        reply = graph.error_reply(refused.error, details=refused.details, product=_PRODUCT)
        return graph.with_usage(reply, account.waba_id, _PRODUCT, refused.wait_ms) if refused.wait_ms else reply
    subcode = refused.subcode
    return graph.error_reply(refused.error, details=refused.details, subcode=subcode.number, title=subcode.title)


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    name = _route(request)[0]
    return "read" if name == "messages" and _marks_read(request) else name


def _marks_read(request: HttpRequest) -> bool:
    if b'"status"' not in request.body:  # hardly any message has this key, and parsing each one twice is dear
        return False
    try:
        body = request.json()
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("status") == "read"


def _route(request: HttpRequest) -> tuple[str, str, Handler | None]:
    return _route_of(request.method, request.path)


@lru_cache(maxsize=1_024)
def _route_of(method: str, full_path: str) -> tuple[str, str, Handler | None]:
    path = graph.unversioned(full_path).removesuffix("/")  # the vendor's own SDK writes one behind a node
    for wanted, pattern, name, handler in _ROUTES:
        if wanted == method and (found := pattern.fullmatch(path)):
            return name, found[1] if pattern.groups else "", handler
    return "unknown", path, None


def _messages(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.phone_number_id:
        return unknown_node(request, node)
    body = read_json(request)
    if isinstance(body, dict) and body.get("status") == "read":
        check_read(body)
        return Outcome(OK, rules.mark_read(account, body["message_id"], env, typing="typing_indicator" in body))
    return rules.send(account, wire.parse_send(body), env)


def _upload(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.phone_number_id:
        return unknown_node(request, node)
    if request.content_type != "multipart/form-data":
        raise wire.Refused(limits.PARAMETER_MISSING, "file: upload the media as multipart/form-data")
    form = read_form(request)
    file, given = form.files.get("file"), {**request.query, **form.fields}
    if file is None or given.get("messaging_product") != "whatsapp":
        raise wire.Refused(limits.PARAMETER_MISSING, "file and messaging_product=whatsapp are required")
    told = given.get("type", "")
    mime = told if "/" in told else file.content_type  # some clients tell a kind of message
    uploaded = Media(file.data, mime, file.name)
    problem = media.file_problem(_MEDIA_KINDS.get(bare(mime), "document"), uploaded)
    if problem:
        raise wire.Refused(limits.MEDIA_UPLOAD, problem)
    return Outcome(json_reply({"id": media.store(account, uploaded, _life(given.get("ttl_minutes", "")), env)}))


def _life(minutes: str) -> int:
    """How long an upload is kept, at most thirty days."""
    if not minutes:
        return limits.UPLOADED_MEDIA_LIFE_MS
    if not _EXPIRY.fullmatch(minutes) or not int(minutes):
        raise wire.Refused(limits.INVALID_PARAMETER, "ttl_minutes must be a number of minutes")
    return min(int(minutes) * MINUTE, limits.UPLOADED_MEDIA_LIFE_MS)


def _attachment(account: Account, request: HttpRequest, env: Env, _node: str) -> Outcome:
    media_id, expires = request.query.get("mid", ""), request.query.get("ext", "")
    stored = account.media.get(media_id)
    if stored is None or not _EXPIRY.fullmatch(expires) or min(int(expires) * 1000, stored.expires_at) <= env.now:
        return Outcome(HttpReply(404, b"", "text/plain"))
    proof = media.url_proof(account, media_id, int(expires))
    if not hmac.compare_digest(proof.encode(), request.query.get("hash", "").encode()):
        return Outcome(HttpReply(404, b"", "text/plain"))
    return Outcome(HttpReply(200, stored.media.data, stored.media.mime), ids=(media_id,))


def _node(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    stored = account.media.get(node)
    if stored is not None and stored.expires_at > env.now and _is_of_number(account, request):
        url = media.media_url(account, node, env)
        return Outcome(json_reply(wire.render_media_object(node, stored.media, url)), ids=(node,))
    if node == account.phone_number_id:
        number = _number(account)
        shown = {field: number[field] for field in _NUMBER_FIELDS} if not request.query.get("fields") else number
        return Outcome(json_reply(chosen(shown, request)))
    template = templates.by_id(account, node)
    if template is not None:
        return Outcome(json_reply(chosen(notices.render_template(template), request)), ids=(node,))
    return unknown_node(request, node)


def _is_of_number(account: Account, request: HttpRequest) -> bool:
    """Who names a number in asking for a file gets those of that number only."""
    return request.query.get("phone_number_id", account.phone_number_id) == account.phone_number_id


def _number(account: Account) -> dict[str, Any]:
    callbacks = {
        "application": account.callback_url,
        "whatsapp_business_account": account.waba_callback_url,
        "phone_number": account.number_callback_url,
    }
    return {
        "id": account.phone_number_id,
        "verified_name": account.verified_name,
        "display_phone_number": account.display_phone_number,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API" if account.registered else "NOT_APPLICABLE",
        "status": "CONNECTED" if account.registered else "DISCONNECTED",
        "throughput": {"level": "STANDARD" if account.settings.throughput <= limits.THROUGHPUT else "HIGH"},
        "webhook_configuration": {whose: url for whose, url in callbacks.items() if url},
    }


def _delete_media(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    if not _is_of_number(account, request) or account.media.pop(node, None) is None:
        return unknown_node(request, node)
    return Outcome(OK)


def _numbers(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    if node != account.waba_id:
        return unknown_node(request, node)
    return Outcome(json_reply({"data": [chosen(_number(account), request)], "paging": {}}))


def on_event(account: Account, event: WhatsAppEvent, env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return hooks.on_retry(account, event)
    if isinstance(event, ReviewDue):
        return templates.on_review(account, event, env)
    if isinstance(event, TypingOver):
        rules.on_typing_over(account, event)
    return []


def on_answer(account: Account, event: WhatsAppEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return hooks.on_posted(account, event, answer, env)
    if isinstance(event, Fetched):
        return rules.on_fetched(account, event, answer, env)
    if isinstance(event, Verified):
        return manage.on_verified(account, event, answer)
    return []


_BY_STATUS: Final = {
    429: limits.RATE_LIMIT,
    401: graph.BAD_TOKEN,
    500: limits.SOMETHING_WRONG,
    502: graph.TEMPORARY,
    503: limits.UNAVAILABLE,
}


_BY_CODE: Final = {**limits.BY_CODE, **{str(error.code): error for error in (graph.BAD_TOKEN, graph.TEMPORARY)}}


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope; the status that the fault names wins over the table's."""
    default = limits.SOMETHING_WRONG if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR else limits.INVALID_PARAMETER
    fallback = _BY_STATUS.get(refusal.status, default)
    error = _BY_CODE.get(refusal.code) or (limits.error_of(refusal.code) if refusal.code.isdecimal() else fallback)
    ordered = VendorError(error.code, refusal.status, error.text, error.source, error.known_by)
    reply = graph.error_reply(ordered, details=refusal.text, product=_PRODUCT)
    if refusal.retry_after_s is None:
        return reply
    return HttpReply(reply.status, reply.body, reply.content_type, {"Retry-After": str(refusal.retry_after_s)})


_ROUTES: Final[tuple[tuple[str, re.Pattern[str], str, Handler], ...]] = (
    ("POST", re.compile(r"/(\w+)/messages"), "messages", _messages),
    ("POST", re.compile(r"/(\w+)/media"), "media upload", _upload),
    ("GET", re.compile(r"/whatsapp_business/attachments"), "media download", _attachment),
    ("GET", re.compile(r"/(\w+)/phone_numbers"), "phone_numbers", _numbers),
    ("GET", re.compile(r"/(\w+)/message_templates"), "message_templates", manage.list_templates),
    ("POST", re.compile(r"/(\w+)/message_templates"), "template create", manage.create_template),
    ("DELETE", re.compile(r"/(\w+)/message_templates"), "template delete", manage.delete_template),
    ("POST", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", manage.subscribe_app),
    ("GET", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", manage.subscribed_apps),
    ("DELETE", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", manage.unsubscribe_app),
    ("POST", re.compile(r"/(\w+)/subscriptions"), "subscriptions", manage.subscriptions),
    ("POST", re.compile(r"/(\w+)/register"), "register", manage.register),
    ("POST", re.compile(r"/(\w+)/deregister"), "deregister", manage.deregister),
    ("POST", re.compile(r"/(\w+)/block_users"), "block_users", manage.block_users),
    ("DELETE", re.compile(r"/(\w+)/block_users"), "block_users", manage.unblock_users),
    ("GET", re.compile(r"/(\w+)/block_users"), "block_users", manage.blocked_users),
    ("POST", re.compile(r"/(\w+)/uploads"), "uploads", manage.open_upload),
    ("POST", re.compile(r"/(upload:[\w-]+)"), "uploads", manage.continue_upload),
    ("GET", re.compile(r"/(upload:[\w-]+)"), "uploads", manage.show_upload),
    ("GET", re.compile(r"/(\d+)"), "node", _node),
    ("POST", re.compile(r"/(\d+)"), "node change", manage.change_node),
    ("DELETE", re.compile(r"/(\d+)"), "media delete", _delete_media),
)
