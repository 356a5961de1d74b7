"""The Graph routes that every messaging product has: decode a request, ask the rules, encode the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec

from fake_channels.core.contract import Env, Refusal
from fake_channels.core.effects import Answer, Call, Effect
from fake_channels.core.http import Fetching, HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.schemas import Checker
from fake_channels.core.tables import VendorError
from fake_channels.meta import bodies, files, graph, profile, sending, sends, telling
from fake_channels.meta.inbox import Fetched, Inbox, MetaEvent, Pictured, TypingOver, Unheard, Verified
from fake_channels.meta.platform import Platform, Problem, Refused

OK: Final = json_reply({"success": True})
_CHALLENGE_S: Final = 10.0
_CHALLENGE_BYTES: Final = 65_536
_PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6360a8bb000001a500d5f4f5e0"
    "610000000049454e44ae426082"
)
"""What every profile picture and every story and share shows: one grey pixel."""
PICTURE_PREFIXES: Final = ("profile_", "story_", "share_")
"""Names of files that are that picture."""


class Ask(msgspec.Struct, frozen=True):
    """A request with everything that answering it takes."""

    inbox: Any
    """The account: an `Inbox`, of the product's own kind."""
    request: HttpRequest
    env: Env
    platform: Platform
    send_schemas: Mapping[str, Checker]
    node: str
    """The id at the beginning of the path, `me` resolved."""
    kind: str = ""
    """The `type` of errors, where it is not the usual one."""

    def as_node(self, node: str) -> Ask:
        """The same request about another node."""
        return msgspec.structs.replace(self, node=node)

    def given(self) -> bodies.Given:
        """The request's parameters and files.

        Raises:
            Refused: the body cannot be read.
        """
        try:
            return bodies.read(self.request)
        except ValueError as error:
            raise Refused(self.platform.problems.invalid, why=error) from None


Handler = Callable[[Ask], Outcome]
Routes = tuple[tuple[str, re.Pattern[str], str, Handler], ...]
"""Method, path without version, name of the operation, what answers it."""


def find(routes: Routes, method: str, path: str) -> tuple[str, str, Handler | None]:
    """The operation's name, the node, and what answers the request; `unknown` for a path that nobody has.

    A slash at the end changes nothing: the vendor's own SDK writes one behind a node.
    """
    unversioned = path if graph.CDN.match(path) else graph.unversioned(path).removesuffix("/")
    for wanted, pattern, name, handler in routes:
        if wanted == method and (found := pattern.fullmatch(unversioned)):
            return name, found[1] if pattern.groups else "", handler
    return "unknown", unversioned, None


def render_refused(refused: Refused, platform: Platform, kind: str = "") -> HttpReply:
    """A refusal in Graph's envelope; one about too many requests says how much there was."""
    problem = refused.problem
    reply = graph.error_reply(problem.error, subcode=problem.subcode, fields=refused.fields, kind=kind)
    if not refused.wait_ms:
        return reply
    return graph.with_usage(reply, refused.fields["account"], platform.usage, refused.wait_ms)


def unknown_node(ask: Ask) -> Outcome:
    """Graph's answer about an object that is not there, or not for this token."""
    fields = {"method": ask.request.method.lower(), "node": ask.node}
    return Outcome(graph.error_reply(graph.UNKNOWN_NODE, subcode=33, fields=fields))


def unknown_path(path: str) -> Outcome:
    """Graph's answer about a path that nobody has."""
    return Outcome(graph.error_reply(graph.UNKNOWN_PATH, fields={"path": path}))


def proof_problem(ask: Ask) -> HttpReply | None:
    """What is wrong with the proof that a request's token belongs to the app; None when nothing is."""
    proof = _proof(ask.request)
    if not proof:
        return _method_error(graph.NO_PROOF) if ask.inbox.proof_required else None
    token = graph.access_token(ask.request) or ""
    return None if proof == graph.proof_of(token, ask.inbox.app_secret) else _method_error(graph.BAD_PROOF)


def _proof(request: HttpRequest) -> str:
    if "appsecret_proof" not in request.raw_query and b"appsecret_proof" not in request.body:
        return ""
    try:
        return str(bodies.read(request, keep_secrets=True).parameters.get("appsecret_proof", ""))
    except ValueError:
        return ""


def _method_error(error: VendorError) -> HttpReply:
    return graph.error_reply(error, kind="GraphMethodException")


# --- messages ---------------------------------------------------------------------------------------------------------


def messages(ask: Ask) -> Outcome:
    """POST /{account}/messages."""
    given = ask.given()
    understood = sending.parse(given.parameters, given.uploads, ask.send_schemas, ask.platform)
    return sends.send(ask.inbox, understood, ask.platform, ask.env, ask.kind)


_UPLOAD: Final = Checker(
    {
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": {
                "type": "object",
                "required": ["attachment"],
                "properties": {
                    "attachment": {
                        "type": "object",
                        "required": ["type"],
                        "properties": {
                            "type": {"enum": sorted(sending.SENT_FILES)},
                            "payload": {
                                "type": "object",
                                "properties": {
                                    "url": {"type": "string", "pattern": "^https?://", "maxLength": 4096},
                                    "is_reusable": {"enum": [True, False, "true", "false"]},
                                },
                            },
                        },
                    }
                },
            }
        },
    }
)


def attachments(ask: Ask) -> Outcome:
    """POST /{account}/message_attachments."""
    given = ask.given()
    sources = sending.parse_upload(given.parameters, given.uploads, _UPLOAD, ask.platform)
    return sends.gather(ask.inbox, Fetched(None, sources, kind=ask.kind), ask.platform, ask.env)


def file(ask: Ask) -> Outcome:
    """GET of a signed URL."""
    refusal = files.refusal_of(ask.inbox, ask.request, ask.env)
    if refusal is not None:
        return Outcome(refusal)
    name = ask.request.path.rpartition("/")[2]
    if name.startswith(PICTURE_PREFIXES):
        return Outcome(HttpReply(200, _PICTURE, "image/png"))
    asset_id = name.partition("_")[0]
    asset = ask.inbox.assets.get(asset_id)
    if asset is None:
        return Outcome(HttpReply(404, b"", "text/plain"))
    return Outcome(HttpReply(200, asset.media.data, asset.media.mime), ids=(asset_id,))


# --- messenger profile ------------------------------------------------------------------------------------------------


def set_profile(ask: Ask) -> Outcome:
    """POST /{account}/messenger_profile."""
    profile.change(ask.inbox, ask.given().parameters, ask.platform)
    return Outcome(json_reply({"result": "success"}))


def get_profile(ask: Ask) -> Outcome:
    """GET /{account}/messenger_profile."""
    wanted = bodies.names(ask.request.query.get("fields", ""))
    return Outcome(json_reply({"data": profile.read(ask.inbox, wanted, ask.platform)}))


def delete_profile(ask: Ask) -> Outcome:
    """DELETE /{account}/messenger_profile."""
    profile.delete(ask.inbox, bodies.names(ask.given().parameters.get("fields", "")), ask.platform)
    return Outcome(json_reply({"result": "success"}))


# --- subscriptions ----------------------------------------------------------------------------------------------------


def subscribe_account(ask: Ask) -> Outcome:
    """POST /{account}/subscribed_apps: from now on the app hears of these fields."""
    ask.inbox.fields = _fields(ask, "subscribed_fields", required=True)
    return Outcome(OK)


def _fields(ask: Ask, name: str, *, required: bool) -> tuple[str, ...]:
    wanted = bodies.names(ask.given().parameters.get(name, ""))
    if not wanted and required:
        raise Refused(ask.platform.problems.invalid, why=f"The parameter {name} is required.")
    for field in wanted:
        if field not in ask.platform.fields:
            known = ", ".join(ask.platform.fields).upper()
            why = f"Param {name}[0] must be one of {{{known}}} - got {field!r}."
            raise Refused(ask.platform.problems.invalid, why=why)
    return wanted or ask.platform.fields


def subscribed_apps(ask: Ask) -> Outcome:
    """GET /{account}/subscribed_apps."""
    inbox = ask.inbox
    app = {
        "id": inbox.app_id,
        "name": f"{inbox.name} app",
        "link": f"https://www.facebook.com/games/?app_id={inbox.app_id}",
    }
    app |= {"category": "Business", "subscribed_fields": list(inbox.fields)}
    return Outcome(json_reply({"data": [app] if inbox.fields else []}))


def unsubscribe_account(ask: Ask) -> Outcome:
    """DELETE /{account}/subscribed_apps."""
    ask.inbox.fields = ()
    return Outcome(OK)


def subscribe_app(ask: Ask) -> Outcome:
    """POST /{app}/subscriptions: the callback URL must prove itself before it counts."""
    given = ask.given().parameters
    for name in ("object", "callback_url", "verify_token"):
        if not given.get(name):
            raise Refused(ask.platform.problems.invalid, why=f"The parameter {name} is required.")
    if given["object"] != ask.platform.object:
        why = f"Param object: this lab's app has {ask.platform.object!r} webhooks only"
        raise Refused(ask.platform.problems.invalid, why=why)
    challenge = ask.env.ids.digits(f"{ask.platform.name}.challenge", 10)
    url, verify_token = str(given["callback_url"]), str(given["verify_token"])
    call = Call(
        method="GET",
        url=graph.challenge_url(url, verify_token, challenge),
        target="gateway",
        name="verify callback",
        then=Verified(url, verify_token, challenge, _fields(ask, "fields", required=False)),
        timeout_s=_CHALLENGE_S,
        max_bytes=_CHALLENGE_BYTES,
    )
    return Outcome(Fetching(call))


def subscriptions(ask: Ask) -> Outcome:
    """GET /{app}/subscriptions."""
    inbox = ask.inbox
    fields = [{"name": name, "version": "v23.0"} for name in inbox.app_fields]
    one = {"object": ask.platform.object, "callback_url": inbox.callback_url, "active": True, "fields": fields}
    return Outcome(json_reply({"data": [one] if inbox.callback_url else []}))


def unsubscribe_app(ask: Ask) -> Outcome:
    """DELETE /{app}/subscriptions."""
    ask.inbox.callback_url, ask.inbox.app_fields = "", ()
    ask.inbox.outbox.clear()
    return Outcome(OK)


def _on_verified(inbox: Inbox, event: Verified, answer: Answer) -> Outcome:
    if answer.ok and answer.body.decode("utf-8", "replace").strip() == event.challenge:
        inbox.callback_url, inbox.verify_token, inbox.app_fields = event.url, event.verify_token, event.fields
        return Outcome(OK)
    fields = {"status": str(answer.status), "message": answer.problem or "the challenge was not echoed"}
    return Outcome(graph.error_reply(graph.NOT_VERIFIED, fields=fields))


def connect(inbox: Inbox, callback_url: str, platform: Platform) -> list[Effect]:
    """Subscribe whoever serves the account to everything, as the dashboard would, without the challenge."""
    inbox.callback_url, inbox.app_fields, inbox.fields = callback_url, platform.fields, platform.fields
    return []


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(inbox: Inbox, event: MetaEvent) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return telling.on_retry(inbox, event)
    if isinstance(event, TypingOver):
        sends.on_typing_over(inbox, event)
    if isinstance(event, Unheard):
        telling.on_unheard(inbox, event)
    return []


def on_answer(inbox: Inbox, event: MetaEvent, answer: Answer, platform: Platform, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Posted):
        return telling.on_posted(inbox, event, answer, env)
    if isinstance(event, Verified):
        return _on_verified(inbox, event, answer)
    if isinstance(event, Fetched):
        try:
            return sends.on_fetched(inbox, event, answer, platform, env)
        except Refused as refused:
            return Outcome(render_refused(refused, platform, event.kind))
    if isinstance(event, Pictured):
        sends.on_pictured(inbox, event, answer, platform)
    return []


def refuse(refusal: Refusal, by_code: Mapping[str, Problem], by_status: Mapping[int, Problem]) -> HttpReply:
    """An ordered error in Graph's envelope; the status that the fault names wins over the table's."""
    ours = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    fallback = by_status[HTTPStatus.INTERNAL_SERVER_ERROR if ours else HTTPStatus.BAD_REQUEST]
    problem = by_code.get(refusal.code) or by_status.get(refusal.status, fallback)
    error = msgspec.structs.replace(problem.error, status=refusal.status)
    details = refusal.text or f"status {refusal.status}"
    placeholders = dict.fromkeys(("why", "param", "most", "tag", "now"), details)
    reply = graph.error_reply(error, subcode=problem.subcode, details=refusal.text, fields=placeholders)
    if refusal.retry_after_s is None:
        return reply
    return msgspec.structs.replace(reply, headers={"Retry-After": str(refusal.retry_after_s)})
