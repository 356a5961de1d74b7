"""Routes of the family: nodes, tokens and proofs, subscriptions, ordered errors."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import SendText
from fake_channels.core.http import HttpRequest
from fake_channels.meta import graph
from fake_channels.meta.tests.calls import Business, code_of


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/12345/messages"),
        ("POST", "/12345/message_attachments"),
        ("GET", "/12345/subscribed_apps"),
        ("POST", "/12345/subscribed_apps"),
        ("DELETE", "/12345/messenger_profile"),
        ("POST", "/12345/subscriptions"),
    ],
)
def test_another_node_is_unknown(business: Business, method: str, path: str) -> None:
    """As 100 with subcode 33."""
    assert code_of(business.call(method, path, {})) == (400, 100, 33)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/non/sense"), ("PATCH", "/me"), ("GET", "/me/messages"), ("PUT", "/")]
)
def test_another_path_is_unknown(business: Business, method: str, path: str) -> None:
    """Never a silent 200."""
    assert code_of(business.call(method, path)) == (400, 2500, None)


def test_the_version_is_optional_and_any(business: Business) -> None:
    """All spellings lead to the same account, also with a slash at the end."""
    headers = {"authorization": f"Bearer {business.token}"}
    answers = [business.ask_json("GET", f"{prefix}/me", headers=headers) for prefix in ("", "/v2.6", "/v99.9")]
    answers[1:1] = [business.ask_json("GET", "/v23.0/me/", headers=headers)]
    assert answers[0][0] == 200
    assert answers[0] == answers[1] == answers[2] == answers[3]


def test_an_app_may_not_speak_for_the_account(business: Business) -> None:
    """Nor the account for the app's subscriptions under another id."""
    body = {"recipient": {"id": "1"}, "message": {"text": "x"}}
    assert code_of(business.as_app("POST", "/me/messages", body)) == (400, 190, 2069032)


# --- proofs -----------------------------------------------------------------------------------------------------------


def _asked(business: Business, **query: str) -> tuple[int, Any]:
    return business.call("GET", "/me", **query)


def test_a_proof_must_be_right_when_it_is_there(business: Business) -> None:
    """In the query, in JSON or in a form."""
    proof = graph.proof_of(business.token, business.account.app_secret)
    assert _asked(business, appsecret_proof=proof)[0] == 200
    status, answer = _asked(business, appsecret_proof="0" * 64)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (400, 100, "GraphMethodException")
    body = {"fields": ["greeting"], "platform": business.platform}
    wrong = {**body, "appsecret_proof": "0"}
    assert business.call("DELETE", "/me/messenger_profile", {**body, "appsecret_proof": proof})[0] == 200
    assert code_of(business.call("DELETE", "/me/messenger_profile", wrong))[:2] == (400, 100)


def test_an_app_may_insist_on_proofs(business: Business) -> None:
    """Then a request without one is refused."""
    business.account.proof_required = True
    assert code_of(_asked(business)) == (400, 100, None)
    assert _asked(business, appsecret_proof=graph.proof_of(business.token, business.account.app_secret))[0] == 200


# --- subscriptions ----------------------------------------------------------------------------------------------------


def echoing(call: Call) -> Answer:
    """A receiver that proves itself."""
    if call.method != "GET":
        return Answer(200)
    challenge = HttpRequest("GET", "/", raw_query=call.url.partition("?")[2]).query["hub.challenge"]
    return Answer(200, {}, challenge.encode())


def _subscribe(business: Business, **more: str) -> tuple[int, Any]:
    kind = "page" if business.platform == "messenger" else business.platform
    body = {"object": kind, "callback_url": "http://new.example/?a=1", "verify_token": "v", **more}
    return business.as_app("POST", f"/{business.account.app_id}/subscriptions", body)


def test_a_callback_url_must_echo_the_challenge(business: Business) -> None:
    """Asked with the verify token; from then on webhooks go there."""
    business.answer = echoing
    assert _subscribe(business, fields="messages") == (200, {"success": True})
    asked = HttpRequest("GET", "/", raw_query=business.calls[0].url.partition("?")[2]).query
    assert (asked["a"], asked["hub.mode"], asked["hub.verify_token"]) == ("1", "subscribe", "v")
    ((one,),) = [business.as_app("GET", "/me/subscriptions")[1]["data"]]
    assert (one["callback_url"], [field["name"] for field in one["fields"]]) == (
        "http://new.example/?a=1",
        ["messages"],
    )
    business.calls.clear()
    business.act(business.enrol(), SendText(text="hello"))
    assert business.calls[0].url == "http://new.example/?a=1"


@pytest.mark.parametrize(
    "answer", [Answer(200, {}, b"1"), Answer(403), Answer(0, problem="refused"), Answer(200, {}, b"\xff")]
)
def test_a_callback_url_that_does_not_prove_itself_is_refused(business: Business, answer: Answer) -> None:
    """And the old one stays."""
    before = business.account.callback_url
    business.answer = lambda _: answer
    assert code_of(_subscribe(business)) == (400, 2200, None)
    assert business.account.callback_url == before


@pytest.mark.parametrize("missing", ["object", "callback_url", "verify_token"])
def test_a_subscription_needs_its_parameters(business: Business, missing: str) -> None:
    """Each of them; only objects that the app has; only fields that there are."""
    assert code_of(_subscribe(business, **{missing: ""}))[:2] == (400, 100)
    assert code_of(_subscribe(business, object="user"))[:2] == (400, 100)
    assert code_of(_subscribe(business, fields="nonsense"))[:2] == (400, 100)


def test_an_account_is_subscribed_to_fields(business: Business) -> None:
    """Known ones, and at least one; afterwards it can be unsubscribed."""
    assert code_of(business.call("POST", "/me/subscribed_apps"))[:2] == (400, 100)
    assert code_of(business.call("POST", "/me/subscribed_apps", subscribed_fields="feed"))[:2] == (400, 100)
    assert business.call("POST", "/me/subscribed_apps", {"subscribed_fields": ["messages"]})[0] == 200
    ((app,),) = [business.call("GET", "/me/subscribed_apps")[1]["data"]]
    assert (app["id"], app["subscribed_fields"]) == (business.account.app_id, ["messages"])
    assert business.call("DELETE", "/me/subscribed_apps") == (200, {"success": True})
    assert business.call("GET", "/me/subscribed_apps")[1] == {"data": []}


def test_an_app_can_be_unsubscribed(business: Business) -> None:
    """Nothing more is told then."""
    assert business.as_app("DELETE", "/me/subscriptions") == (200, {"success": True})
    assert business.as_app("GET", "/me/subscriptions") == (200, {"data": []})
    business.act(business.enrol(), SendText(text="hello"))
    assert business.told() == []


# --- ordered errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "code", "subcode"),
    [
        (Refusal(400, "551"), 551, 1545041),
        (Refusal(400, "2018008"), 100, 2018008),
        (Refusal(401), 190, None),
        (Refusal(401, "463"), 190, 463),
        (Refusal(429), 613, ...),
        (Refusal(500), 1, None),
        (Refusal(503), 2, None),
        (Refusal(599), 1, None),
        (Refusal(418), 100, None),
        (Refusal(400, "nonsense", text="{why}"), 100, None),
    ],
)
def test_a_fault_is_told_in_graphs_envelope(business: Business, refusal: Refusal, code: int, subcode: Any) -> None:
    """By code, by subcode or by status alone; the status that was ordered wins."""
    reply = business.component.refuse(refusal)
    error = orjson.loads(reply.body)["error"]
    assert (reply.status, error["code"]) == (refusal.status, code)
    assert subcode is ... or error.get("error_subcode") == subcode
    assert error["message"]


def test_a_fault_may_tell_when_to_come_back(business: Business) -> None:
    """In the header that all clients know."""
    assert business.component.refuse(Refusal(503, retry_after_s=7)).headers == {"Retry-After": "7"}


def test_every_preset_is_an_error_of_the_tables(business: Business) -> None:
    """By the code that it names, with the status of its row."""
    for preset in business.component.channel.tables.presets:
        what: Any = preset.what
        reply = business.component.refuse(Refusal(what.status, what.code))
        error = orjson.loads(reply.body)["error"]
        assert what.code in {str(error["code"]), str(error.get("error_subcode"))}, preset.name
        assert preset.name in {str(error["code"]), str(error.get("error_subcode"))}
        assert reply.status == what.status


def test_operations_have_the_vendors_names(business: Business) -> None:
    """For traces and faults."""
    named = [
        business.component.operation(HttpRequest(method, path))
        for method, path in (
            ("POST", "/v23.0/me/messages"),
            ("GET", "/v23.0/123"),
            ("POST", "/1/messenger_profile"),
            ("GET", "/v/t1.15752-9/1/2_n.png"),
            ("GET", "/ig_messaging_cdn/1/2_n.png"),
            ("GET", "/a/b/c"),
        )
    ]
    assert named == ["messages", "node", "messenger_profile", "file", "file", "unknown"]
