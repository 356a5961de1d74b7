"""WhatsApp's part of the Graph API: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from fake_channels.core.contract import Env, Refusal
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.forms import FormError, is_form, read_form
from fake_channels.core.http import Fetching, HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.media import Media, bare
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.meta import graph
from fake_channels.whatsapp import limits, rules, wire
from fake_channels.whatsapp.state import Account, Fetched, TypingOver, Verified, WhatsAppEvent

_PRODUCT: Final = "whatsapp"
_EXPIRY: Final = re.compile(r"[0-9]{1,15}")
_MEDIA_KINDS: Final = {mime: kind for kind, rule in limits.MEDIA_RULES.items() for mime in rule.types}
_OK: Final = json_reply({"success": True})
_NUMBER_FIELDS: Final = ("id", "verified_name", "display_phone_number", "quality_rating", "code_verification_status")

_Handler = Callable[[Account, HttpRequest, Env, str], Outcome]


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries this account's token."""
    _, node, handler = _route(request)
    if handler is None:
        return Outcome(graph.error_reply(graph.UNKNOWN_PATH, fields={"path": node}))
    try:
        return handler(account, request, env, node)
    except wire.Refused as refused:
        return Outcome(graph.error_reply(refused.error, details=refused.details, product=_PRODUCT))
    except FormError as error:
        return Outcome(graph.error_reply(limits.INVALID_PARAMETER, details=str(error), product=_PRODUCT))


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


def _route(request: HttpRequest) -> tuple[str, str, _Handler | None]:
    return _route_of(request.method, request.path)


@lru_cache(maxsize=1_024)
def _route_of(method: str, full_path: str) -> tuple[str, str, _Handler | None]:
    path = graph.unversioned(full_path)
    for wanted, pattern, name, handler in _ROUTES:
        if wanted == method and (found := pattern.fullmatch(path)):
            return name, found[1] if pattern.groups else "", handler
    return "unknown", path, None


def _unknown_node(request: HttpRequest, node: str) -> Outcome:
    fields = {"method": request.method.lower(), "node": node}
    return Outcome(graph.error_reply(graph.UNKNOWN_NODE, subcode=33, fields=fields))


def _json(request: HttpRequest) -> Any:
    if is_form(request):
        return dict(read_form(request).fields)
    try:
        return request.json()
    except ValueError as error:
        raise wire.Refused(limits.INVALID_PARAMETER, f"The body is not valid JSON: {error}") from None


def _messages(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.phone_number_id:
        return _unknown_node(request, node)
    body = _json(request)
    if isinstance(body, dict) and body.get("status") == "read":
        message_id = str(body.get("message_id", ""))
        return Outcome(_OK, rules.mark_read(account, message_id, env, typing="typing_indicator" in body))
    return rules.send(account, wire.parse_send(body), env)


def _upload(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.phone_number_id:
        return _unknown_node(request, node)
    if request.content_type != "multipart/form-data":
        raise wire.Refused(limits.PARAMETER_MISSING, "file: upload the media as multipart/form-data")
    form = read_form(request)
    file = form.files.get("file")
    if file is None or form.fields.get("messaging_product") != "whatsapp":
        raise wire.Refused(limits.PARAMETER_MISSING, "file and messaging_product=whatsapp are required")
    mime = form.fields.get("type") or file.content_type
    media = Media(file.data, mime, file.name)
    problem = rules.file_problem(_MEDIA_KINDS.get(bare(mime), "document"), media)
    if problem:
        raise wire.Refused(limits.MEDIA_UPLOAD, problem)
    return Outcome(json_reply({"id": rules.store(account, media, limits.UPLOADED_MEDIA_LIFE_MS, env)}))


def _attachment(account: Account, request: HttpRequest, env: Env, _node: str) -> Outcome:
    media_id, expires = request.query.get("mid", ""), request.query.get("ext", "")
    stored = account.media.get(media_id)
    if stored is None or not _EXPIRY.fullmatch(expires) or min(int(expires) * 1000, stored.expires_at) <= env.now:
        return Outcome(HttpReply(404, b"", "text/plain"))
    proof = rules.url_proof(account, media_id, int(expires))
    if not hmac.compare_digest(proof.encode(), request.query.get("hash", "").encode()):
        return Outcome(HttpReply(404, b"", "text/plain"))
    return Outcome(HttpReply(200, stored.media.data, stored.media.mime), ids=(media_id,))


def _node(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    stored = account.media.get(node)
    if stored is not None and stored.expires_at > env.now:
        url = rules.media_url(account, node, env)
        return Outcome(json_reply(wire.render_media_object(node, stored.media, url)), ids=(node,))
    if node == account.phone_number_id:
        wanted = [field for field in request.query.get("fields", "").split(",") if field] or list(_NUMBER_FIELDS)
        number = _number(account)
        return Outcome(json_reply({"id": node, **{field: number[field] for field in wanted if field in number}}))
    return _unknown_node(request, node)


def _number(account: Account) -> dict[str, Any]:
    return {
        "id": account.phone_number_id,
        "verified_name": account.verified_name,
        "display_phone_number": account.display_phone_number,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": {"application": account.callback_url},
    }


def _delete_media(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    if account.media.pop(node, None) is None:
        return _unknown_node(request, node)
    return Outcome(_OK)


def _numbers(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    if node != account.waba_id:
        return _unknown_node(request, node)
    return Outcome(json_reply({"data": [_number(account)], "paging": {}}))


def _templates(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    if node != account.waba_id:
        return _unknown_node(request, node)
    name = request.query.get("name", "")
    data = [
        {
            "id": template.id,
            "name": template.name,
            "language": template.language,
            "status": "APPROVED",
            "category": template.category,
            "components": [{"type": "BODY", "text": template.body}]
            + (
                [{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in template.buttons]}]
                if template.buttons
                else []
            ),
        }
        for template in account.templates.values()
        if name in template.name
    ]
    return Outcome(json_reply({"data": data, "paging": {}}))


def _subscribed_apps(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.waba_id:
        return _unknown_node(request, node)
    body = _json(request) if request.body else {}
    override = body.get("override_callback_uri") if isinstance(body, dict) else None
    if override:
        return _verify(str(override), str(body.get("verify_token", "")), env)
    return Outcome(_OK)


def _subscriptions(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    if node != account.app_id:
        return _unknown_node(request, node)
    given = _json(request) if request.body else {}
    if not isinstance(given, dict):
        raise wire.Refused(limits.INVALID_PARAMETER, "The body is not a JSON object")
    body = {**request.query, **given}
    if not body.get("callback_url") or not body.get("verify_token"):
        raise wire.Refused(limits.INVALID_PARAMETER, "callback_url and verify_token are required")
    return _verify(str(body["callback_url"]), str(body["verify_token"]), env)


def _verify(url: str, verify_token: str, env: Env) -> Outcome:
    challenge = env.ids.digits("whatsapp.challenge", 10)
    call = Call(
        method="GET",
        url=graph.challenge_url(url, verify_token, challenge),
        target="gateway",
        name="verify callback",
        then=Verified(url, verify_token, challenge),
        timeout_s=10,
        max_bytes=65_536,
    )
    return Outcome(Fetching(call))


def _on_verified(account: Account, event: Verified, answer: Answer) -> Outcome:
    if answer.ok and answer.body.decode("utf-8", "replace").strip() == event.challenge:
        account.callback_url, account.verify_token = event.url, event.verify_token
        return Outcome(_OK)
    fields = {"status": str(answer.status), "message": answer.problem or "the challenge was not echoed"}
    return Outcome(graph.error_reply(graph.NOT_VERIFIED, fields=fields))


def on_event(account: Account, event: WhatsAppEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return rules.on_retry(account, event)
    if isinstance(event, TypingOver):
        rules.on_typing_over(account, event)
    return []


def on_answer(account: Account, event: WhatsAppEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return rules.on_posted(account, event, answer, env)
    if isinstance(event, Fetched):
        return rules.on_fetched(account, event, answer, env)
    if isinstance(event, Verified):
        return _on_verified(account, event, answer)
    return []


_BY_STATUS: Final = {
    429: limits.RATE_LIMIT,
    401: graph.BAD_TOKEN,
    500: limits.SOMETHING_WRONG,
    502: graph.TEMPORARY,
    503: limits.UNAVAILABLE,
}


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope; the status that the fault names wins over the table's."""
    default = limits.SOMETHING_WRONG if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR else limits.INVALID_PARAMETER
    fallback = _BY_STATUS.get(refusal.status, default)
    error = limits.BY_CODE.get(refusal.code, fallback)
    ordered = VendorError(error.code, refusal.status, error.text, error.source, error.known_by)
    reply = graph.error_reply(ordered, details=refusal.text, product=_PRODUCT)
    if refusal.retry_after_s is None:
        return reply
    return HttpReply(reply.status, reply.body, reply.content_type, {"Retry-After": str(refusal.retry_after_s)})


_ROUTES: Final[tuple[tuple[str, re.Pattern[str], str, _Handler], ...]] = (
    ("POST", re.compile(r"/(\w+)/messages"), "messages", _messages),
    ("POST", re.compile(r"/(\w+)/media"), "media upload", _upload),
    ("GET", re.compile(r"/whatsapp_business/attachments/"), "media download", _attachment),
    ("GET", re.compile(r"/(\w+)/phone_numbers"), "phone_numbers", _numbers),
    ("GET", re.compile(r"/(\w+)/message_templates"), "message_templates", _templates),
    ("POST", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", _subscribed_apps),
    ("POST", re.compile(r"/(\w+)/subscriptions"), "subscriptions", _subscriptions),
    ("GET", re.compile(r"/(\d+)"), "node", _node),
    ("DELETE", re.compile(r"/(\d+)"), "media delete", _delete_media),
)
