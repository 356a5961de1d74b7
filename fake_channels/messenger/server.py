"""Messenger's part of the Graph API: which request is which operation, and for whose eyes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fake_channels.core.contract import Env, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.messenger import limits, rules, wire
from fake_channels.messenger.rules import PLATFORM
from fake_channels.messenger.state import Account, MessengerEvent
from fake_channels.meta import bodies, graph, routes
from fake_channels.meta.platform import Refused
from fake_channels.meta.routes import Ask, Handler

_PAGE_FIELDS: Final = ("id", "name")


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries a token of this Page, or asks for a file of it."""
    name, node, handler = _route(request)
    if handler is None:
        return routes.unknown_path(node)
    try:
        return _answer(account, request, env, name, node, handler)
    except Refused as refused:
        return Outcome(routes.render_refused(refused, PLATFORM))
    except RecursionError:
        return Outcome(routes.render_refused(Refused(limits.PROBLEMS.invalid, why="The body is too deep"), PLATFORM))


def _answer(account: Account, request: HttpRequest, env: Env, name: str, node: str, handler: Handler) -> Outcome:
    if name == "file":
        return handler(Ask(account, request, env, PLATFORM, wire.SEND, node))
    by_app = graph.access_token(request) == account.app_token
    owner = account.app_id if by_app else account.owner_id
    ask = Ask(account, request, env, PLATFORM, wire.SEND, owner if node == "me" else node)
    problem = routes.proof_problem(ask)
    if problem is not None:
        return Outcome(problem)
    if name in _FOR_APPS:
        return handler(ask) if ask.node == account.app_id else routes.unknown_node(ask)
    if by_app:
        raise Refused(limits.PROBLEMS.not_a_page_token)
    if name != "node" and ask.node != account.owner_id:
        return routes.unknown_node(ask)
    return handler(ask)


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    return _route(request)[0]


def _route(request: HttpRequest) -> tuple[str, str, Handler | None]:
    return _route_of(request.method, request.path)


@lru_cache(maxsize=1_024)
def _route_of(method: str, path: str) -> tuple[str, str, Handler | None]:
    return routes.find(_ROUTES, method, path)


def _node(ask: Ask) -> Outcome:
    """GET /{page-id} or /{psid}."""
    wanted = bodies.names(ask.request.query.get("fields", ""))
    if ask.node == ask.inbox.owner_id:
        known = {"id": ask.inbox.owner_id, "name": ask.inbox.name, "category": "Business"}
        strange = next((field for field in wanted if field not in known), "")
        if strange:
            raise Refused(limits.NO_PAGE_FIELD, field=strange)
        return Outcome(
            json_reply({**{key: known[key] for key in wanted or _PAGE_FIELDS if key in known}, "id": ask.node})
        )
    profile = rules.profile(ask.inbox, ask.node, wanted, ask.env)
    return routes.unknown_node(ask) if profile is None else Outcome(json_reply(profile))


def on_event(account: Account, event: MessengerEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    return routes.on_event(account, event)


def on_answer(account: Account, event: MessengerEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    return routes.on_answer(account, event, answer, PLATFORM, env)


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope."""
    return routes.refuse(refusal, limits.BY_CODE, limits.BY_STATUS)


_FOR_APPS: Final = frozenset({"subscriptions"})
_ROUTES: Final = (
    ("POST", re.compile(r"/(\w+)/messages"), "messages", routes.messages),
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
    ("GET", re.compile(graph.CDN.pattern + r"[^/]+$"), "file", routes.file),
    ("GET", re.compile(r"/(\d+|me)"), "node", _node),
)
