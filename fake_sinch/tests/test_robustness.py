"""Robustness: whatever a caller sends, the answer is the vendor's, and a refusal leaves no half-done work."""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_sinch import contracts, routes
from fake_sinch.tests.scene import Headers, Request, Scene

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WITH_BODY = [o for o in routes.V1 if o.emulated and o.body]
LISTS = [o for o in routes.V1 if o.emulated and o.method == "GET"]
QUIET = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _bodies(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return a valid body for each operation that takes one."""
    contact = scene.contact()["id"]
    text = {"text_message": {"text": "hi"}}
    recipient = {"contact_id": contact}
    identities = [{"channel": "SMS", "identity": "1"}]
    credential = {"channel": "SMS", "static_bearer": {"claimed_identity": "p", "token": "t"}}
    app = {"display_name": "x", "channel_credentials": [credential]}
    webhook = {"app_id": scene.app_id, "target": "https://x.test/1", "triggers": ["OPT_IN"], "secret": "s"}
    conversation = {"app_id": scene.app_id, "contact_id": contact, "metadata_json": {"a": 1}}
    send = {
        "app_id": scene.app_id,
        "message": text,
        "recipient": recipient,
        "ttl": "10s",
        "conversation_metadata": {"a": {"b": 1}},
        "conversation_metadata_update_strategy": "MERGE_PATCH",
        "channel_priority_order": ["SMS", "WHATSAPP"],
        "channel_properties": {"SMS_SENDER": "x"},
    }
    inject = {"accept_time": "2026-09-20T00:00:00Z", "direction": "TO_APP", "contact_message": text}
    return {
        "send_message": send,
        "transcode_message": {"app_id": scene.app_id, "app_message": text, "channels": ["SMS"]},
        "create_app": app,
        "update_app": app,
        "create_webhook": webhook,
        "update_webhook": webhook,
        "create_contact": {"channel_identities": identities, "language": "EN", "metadata": "m"},
        "update_contact": {"channel_identities": identities, "channel_priority": ["SMS"]},
        "merge_contact": {"source_id": contact, "strategy": "MERGE"},
        "get_channel_profile": {"app_id": scene.app_id, "channel": "LINE", "recipient": recipient},
        "create_conversation": conversation,
        "update_conversation": {**conversation, "active": False},
        "inject_message": {**inject, "channel_identity": identities[0]},
        "fetch_last_message": {"channel_identities": ["1"], "start_time": "2026-09-20T00:00:00Z"},
        "send_event": {"app_id": scene.app_id, "recipient": recipient, "event": {"composing_event": {}}},
        "update_message": {"metadata": "m"},
    }


def _mutate(data: st.DataObject, value: Any) -> Any:
    """Replace, drop or add one thing somewhere in a JSON value."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 3)):
        key = data.draw(st.sampled_from(sorted(value)))
        if not data.draw(st.integers(0, 4)):
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _mutate(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_mutate(data, value[0]), *value[1:]]
    return data.draw(JSON)


def _path(scene: Scene, operation: routes.Operation) -> str:
    state = scene.service.state
    owner = operation.path.split("/")[1]
    known: dict[str, Mapping[str, Any]] = {
        "apps": state.apps,
        "webhooks": state.webhooks,
        "contacts": state.contacts,
        "conversations": state.conversations,
        "messages": state.messages,
    }
    first = next(iter(known.get(owner.partition(":")[0], {"X": 0})), "X")
    return operation.path.replace("{}", first)


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda o: o.name)
@QUIET
@given(data=st.data())
def test_bodies_that_are_almost_right(operation: routes.Operation, data: st.DataObject) -> None:
    """A mutated body is accepted or refused in the documented form; a refusal changes nothing."""
    scene = Scene()
    scene.webhook("CONTACT_CREATE", "CONVERSATION_START", "MESSAGE_DELIVERY", "CONTACT_UPDATE")
    bodies = _bodies(scene)
    scene.send()
    scene.callbacks()
    before = msgspec.msgpack.encode(scene.service.state)
    body = _mutate(data, bodies[operation.name])
    reply = scene.ask_raw(operation.method, _path(scene, operation), body)
    said = orjson.loads(reply.body)
    if reply.status == 200:
        assert contracts.violations("responses", operation.answer, said) == ()
    else:
        assert reply.status in {400, 404}, reply
        assert contracts.violations("responses", "error", said) == ()
        assert msgspec.msgpack.encode(scene.service.state) == before


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda o: o.name)
def test_bodies_that_are_right(operation: routes.Operation) -> None:
    """The valid bodies the mutations start from are accepted, except where nothing can be found."""
    scene = Scene()
    bodies = _bodies(scene)
    scene.send()
    reply = scene.ask_raw(operation.method, _path(scene, operation), bodies[operation.name])
    refused = {"update_webhook": 404, "merge_contact": 400, "get_channel_profile": 400}
    assert reply.status == refused.get(operation.name, 200), reply.body


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.name)
@QUIET
@given(
    query=st.dictionaries(
        st.sampled_from(
            ["page_size", "page_token", "channel", "identity", "start_time", "order", "app_id", "only_active", "view"]
        ),
        st.text(max_size=30) | st.integers().map(str),
        max_size=3,
    )
)
def test_queries_of_every_shape(operation: routes.Operation, query: dict[str, str]) -> None:
    """Odd parameters are used, ignored or refused; never an exception."""
    scene = Scene()
    scene.send()
    headers = Headers({"authorization": scene.basic()})
    request = Request("GET", scene.base + _path(scene, operation), "", query, headers)
    reply = scene.service.request(request, scene.now).reply
    assert reply.status in {200, 400, 404}
    name = operation.answer if reply.status == 200 else "error"
    assert contracts.violations("responses", name, orjson.loads(reply.body)) == ()


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    path=st.text(max_size=40) | st.text(max_size=30).map(lambda t: f"/v1/projects/{t}"),
    authorization=st.text(max_size=40) | st.text(max_size=40).map(lambda t: f"Bearer {t}"),
)
def test_requests_of_every_shape(method: str, path: str, authorization: str) -> None:
    """Odd methods, paths and credentials are refused, never an exception."""
    request = Request(method, path, headers=Headers({"authorization": authorization}))
    assert Scene().service.request(request, 0).reply.status in {401, 404, 405}
