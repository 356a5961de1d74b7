"""Instagram's part of the Graph API: which request is which operation, in both flavours.

A user token speaks as the account itself, as on graph.instagram.com; a Page token speaks as the Page that the account
is linked to, as on graph.facebook.com. Both hosts are this one: the token tells the flavour.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fake_channels.core.contract import Env, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.instagram import limits, rules, wire
from fake_channels.instagram.rules import PLATFORM
from fake_channels.instagram.state import Account, InstagramEvent
from fake_channels.meta import bodies, graph, routes, sending, sends
from fake_channels.meta.platform import Refused
from fake_channels.meta.routes import Ask, Handler

_USER_ERRORS: Final = "IGApiException"
_REFRESH: Final = "ig_refresh_token"


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries a token of this account, or asks for a file of it."""
    name, node, handler = _route(request)
    if handler is None:
        return routes.unknown_path(node)
    token = graph.access_token(request) or ""
    kind = _USER_ERRORS if token in account.tokens else ""
    try:
        return _answer(Ask(account, request, env, PLATFORM, wire.SEND, node, kind), name, token, handler)
    except Refused as refused:
        return Outcome(routes.render_refused(refused, PLATFORM, kind))
    except RecursionError:
        too_deep = Refused(limits.PROBLEMS.invalid, why="The body is too deep")
        return Outcome(routes.render_refused(too_deep, PLATFORM, kind))


def _answer(ask: Ask, name: str, token: str, handler: Handler) -> Outcome:
    account: Account = ask.inbox
    if name == "file":
        return handler(ask)
    speaks_as = _speaker(account, token, ask.env)
    if ask.node == "me":
        ask = ask.as_node(speaks_as)
    problem = routes.proof_problem(ask)
    if problem is not None:
        return Outcome(problem)
    if name in _FOR_APPS:
        return handler(ask) if ask.node == account.app_id else routes.unknown_node(ask)
    if speaks_as == account.app_id:
        raise Refused(limits.PROBLEMS.not_a_page_token)
    if name not in _FOR_ANY_NODE and ask.node != speaks_as:
        return routes.unknown_node(ask)
    if name in _NEED_PLATFORM and speaks_as == account.page_id and _platform(ask) != PLATFORM.object:
        raise Refused(limits.NO_PLATFORM)
    return handler(ask)


def _speaker(account: Account, token: str, env: Env) -> str:
    """The node that `me` is: the account, its Page, or the app.

    Raises:
        Refused: the token has expired.
    """
    if token == account.page_token:
        return account.page_id
    if token == account.app_token:
        return account.app_id
    rules.check_token(account, token, env.now)
    return account.owner_id


def _platform(ask: Ask) -> str:
    return str(ask.given().parameters.get("platform", "")).lower()


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    return _route(request)[0]


def _route(request: HttpRequest) -> tuple[str, str, Handler | None]:
    return _route_of(request.method, request.path)


@lru_cache(maxsize=1_024)
def _route_of(method: str, path: str) -> tuple[str, str, Handler | None]:
    return routes.find(_ROUTES, method, path)


# --- handlers ---------------------------------------------------------------------------------------------------------


def _messages(ask: Ask) -> Outcome:
    """POST /{account}/messages; only what the account published can be shared."""
    given = ask.given()
    understood = sending.parse(given.parameters, given.uploads, ask.send_schemas, ask.platform)
    post = ((understood.shared or {}).get("payload") or {}).get("id")
    if post is not None and str(post) not in ask.inbox.posts:
        raise Refused(limits.NO_POST)
    return sends.send(ask.inbox, understood, ask.platform, ask.env, ask.kind)


def _node(ask: Ask) -> Outcome:
    """GET /{account}, /{page} or /{igsid}."""
    account: Account = ask.inbox
    wanted = bodies.names(ask.request.query.get("fields", ""))
    ours: dict[str, wire.Json] = {
        account.owner_id: {
            "id": account.owner_id,
            "user_id": account.owner_id,
            "username": account.username,
            "name": account.name,
            "account_type": "BUSINESS",
        },
        account.page_id: {
            "id": account.page_id,
            "name": account.name,
            "instagram_business_account": {"id": account.owner_id},
        },
    }
    known = ours.get(ask.node)
    if known is None:
        return Outcome(json_reply(rules.profile(account, ask.node, wanted, ask.env)))
    strange = next((field for field in wanted if field not in known), "")
    if strange:
        raise Refused(limits.NO_FIELD, field=strange)
    return Outcome(json_reply({**{key: known[key] for key in wanted or ("id",)}, "id": ask.node}))


def _posts(ask: Ask) -> Outcome:
    """GET /{account}/media."""
    return Outcome(json_reply({"data": [{"id": post} for post in ask.inbox.posts]}))


def _refresh(ask: Ask) -> Outcome:
    """GET /refresh_access_token."""
    if ask.request.query.get("grant_type") != _REFRESH:
        raise Refused(limits.PROBLEMS.invalid, why=f"Param grant_type must be {_REFRESH}")
    token = graph.access_token(ask.request) or ""
    if token not in ask.inbox.tokens:
        raise Refused(limits.PROBLEMS.invalid, why="Only an Instagram user token can be refreshed")
    return Outcome(json_reply(rules.refresh(ask.inbox, token, ask.env)))


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: InstagramEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    return routes.on_event(account, event)


def on_answer(account: Account, event: InstagramEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    return routes.on_answer(account, event, answer, PLATFORM, env)


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope."""
    return routes.refuse(refusal, limits.BY_CODE, limits.BY_STATUS)


_FOR_APPS: Final = frozenset({"subscriptions"})
_FOR_ANY_NODE: Final = frozenset({"node", "refresh_access_token"})
_NEED_PLATFORM: Final = frozenset({"message_attachments", "messenger_profile"})
_ROUTES: Final = (
    ("POST", re.compile(r"/(\w+)/messages"), "messages", _messages),
    ("POST", re.compile(r"/(\w+)/message_attachments"), "message_attachments", routes.attachments),
    ("POST", re.compile(r"/(\w+)/messenger_profile"), "messenger_profile", routes.set_profile),
    ("GET", re.compile(r"/(\w+)/messenger_profile"), "messenger_profile", routes.get_profile),
    ("DELETE", re.compile(r"/(\w+)/messenger_profile"), "messenger_profile", routes.delete_profile),
    ("POST", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", routes.subscribe_account),
    ("GET", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", routes.subscribed_apps),
    ("DELETE", re.compile(r"/(\w+)/subscribed_apps"), "subscribed_apps", routes.unsubscribe_account),
    ("POST", re.compile(r"/(\w+)/subscriptions"), "subscriptions", routes.subscribe_app),
    ("GET", re.compile(r"/(\w+)/subscriptions"), "subscriptions", routes.subscriptions),
    ("DELETE", re.compile(r"/(\w+)/subscriptions"), "subscriptions", routes.unsubscribe_app),
    ("GET", re.compile(r"/refresh_access_token"), "refresh_access_token", _refresh),
    ("GET", re.compile(r"/(\w+)/media"), "media", _posts),
    ("GET", re.compile(graph.CDN.pattern + r"[^/]+$"), "file", routes.file),
    ("GET", re.compile(r"/(\d+|me)"), "node", _node),
)
