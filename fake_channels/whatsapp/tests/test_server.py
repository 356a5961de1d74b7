"""WhatsApp's part of the Graph API: routes, errors, subscriptions."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import SendText
from fake_channels.core.http import HttpRequest
from fake_channels.meta.graph import GRAPH
from fake_channels.whatsapp import limits, server
from fake_channels.whatsapp.tests.calls import PNG, Business


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/12345", 100),
        ("DELETE", "/12345", 100),
        ("POST", "/12345/messages", 100),
        ("POST", "/12345/media", 100),
        ("GET", "/12345/phone_numbers", 100),
        ("GET", "/12345/message_templates", 100),
        ("POST", "/12345/subscribed_apps", 100),
        ("POST", "/12345/subscriptions", 100),
        ("GET", "/me/nonsense", 2500),
        ("PATCH", "/12345", 2500),
    ],
)
def test_unknown_nodes_and_paths_have_the_graphs_own_errors(
    business: Business, method: str, path: str, code: int
) -> None:
    """Never a silent 200."""
    status, answer = business.call(method, path)
    assert (status, answer["error"]["code"]) == (400, code)


def test_the_version_is_optional_and_any(business: Business) -> None:
    """Both spellings lead to the same number."""
    number = business.account.phone_number_id
    answers = [
        business.ask_json("GET", f"{prefix}/{number}", headers=business.headers())
        for prefix in ("", "/v18.0", "/v99.9")
    ]
    assert answers[0][0] == 200
    assert answers[0] == answers[1] == answers[2]


def test_a_number_shows_the_fields_that_are_asked_for(business: Business) -> None:
    """And its id; unknown fields are left out."""
    number = business.account.phone_number_id
    assert business.call("GET", f"/{number}", fields="verified_name,unknown")[1] == {
        "id": number,
        "verified_name": "Acme Support",
    }
    listed = business.call("GET", f"/{business.account.waba_id}/phone_numbers")[1]["data"]
    assert [one["id"] for one in listed] == [number]


def test_templates_are_listed_and_found_by_name(business: Business) -> None:
    """With their components."""
    path = f"/{business.account.waba_id}/message_templates"
    assert [one["name"] for one in business.call("GET", path)[1]["data"]] == ["hello_world", "order_update"]
    (found,) = business.call("GET", path, name="order")[1]["data"]
    assert [component["type"] for component in found["components"]] == ["BODY", "BUTTONS"]


def test_an_uploaded_file_can_be_deleted(business: Business) -> None:
    """Once."""
    media_id = business.upload(PNG, "image/png")[1]["id"]
    assert business.call("DELETE", f"/{media_id}") == (200, {"success": True})
    assert business.call("DELETE", f"/{media_id}")[0] == 400


@pytest.mark.parametrize(
    ("data", "mime", "code"),
    [(b"", "image/png", 131053), (PNG, "audio/ogg", 131053), (PNG + b"x" * 5_242_880, "image/png", 131053)],
)
def test_uploads_are_checked(business: Business, data: bytes, mime: str, code: int) -> None:
    """Empty, mislabelled and too large files are refused at once."""
    status, answer = business.upload(data, mime)
    assert (status, answer["error"]["code"]) == (400, code)


def test_an_upload_must_be_a_form_with_a_file(business: Business) -> None:
    """JSON, and a form without file, are refused; a truncated form too."""
    path = f"/{business.account.phone_number_id}/media"
    assert business.call("POST", path, {})[1]["error"]["code"] == 131008
    for body, code in ((b"--b--\r\n", 131008), (b"--b\r\nContent", 100)):
        headers = {**business.headers(), "content-type": "multipart/form-data; boundary=b"}
        reply = business.ask("POST", path, body=body, headers=headers)
        assert (reply.status, orjson.loads(reply.body)["error"]["code"]) == (400, code)


# --- subscriptions ----------------------------------------------------------------------------------------------------


def echoing(call: Call) -> Answer:
    """A receiver that proves itself."""
    challenge = HttpRequest("GET", "/", raw_query=call.url.partition("?")[2]).query["hub.challenge"]
    return Answer(200, {}, challenge.encode())


def subscribe(business: Business, **more: str) -> tuple[int, Any]:
    """Ask for another callback URL."""
    body = {"object": "whatsapp_business_account", "callback_url": "http://new.example/?a=1", "verify_token": "v"}
    return business.call("POST", f"/{business.account.app_id}/subscriptions", {**body, **more})


def test_a_callback_url_must_echo_the_challenge(business: Business) -> None:
    """Then it is used from now on."""
    business.answer = echoing
    assert subscribe(business) == (200, {"success": True})
    (call,) = business.calls
    query = HttpRequest("GET", "/", raw_query=call.url.partition("?")[2]).query
    assert (call.method, query["a"], query["hub.mode"], query["hub.verify_token"]) == ("GET", "1", "subscribe", "v")
    business.calls.clear()
    business.answer = lambda _: Answer(200)
    business.act(business.enrol(), SendText(text="x"))
    assert business.calls[0].url == "http://new.example/?a=1"


@pytest.mark.parametrize(
    "answer", [Answer(200, {}, b"else"), Answer(403), Answer(0, problem="silence"), Answer(200, {}, b"\xff")]
)
def test_a_callback_url_that_does_not_is_refused(business: Business, answer: Answer) -> None:
    """With the vendor's sentence, and the old one stays."""
    before = business.account.callback_url
    business.answer = lambda _: answer
    status, told = subscribe(business)
    assert (status, told["error"]["code"]) == (400, 2200)
    assert f"HTTP Status Code = {answer.status}" in told["error"]["message"]
    assert business.account.callback_url == before


def test_a_subscription_needs_url_and_token(business: Business) -> None:
    """Nobody is called otherwise."""
    assert subscribe(business, verify_token="")[1]["error"]["code"] == 100
    assert business.calls == []


def test_the_account_can_override_its_callback(business: Business) -> None:
    """With the same proof; without override it is a plain subscription."""
    path = f"/{business.account.waba_id}/subscribed_apps"
    assert business.call("POST", path) == (200, {"success": True})
    assert business.calls == []
    business.answer = echoing
    override = {"override_callback_uri": "http://own.example/", "verify_token": "v"}
    assert business.call("POST", path, override) == (200, {"success": True})
    assert business.account.callback() == "http://own.example/"


# --- ordered errors, names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (Refusal(429, retry_after_s=9), 429, 130429),
        (Refusal(503), 503, 131016),
        (Refusal(500), 500, 131000),
        (Refusal(401), 401, 190),
        (Refusal(401, "190"), 401, 190),
        (Refusal(400, "131047"), 400, 131047),
        (Refusal(400, "131030"), 400, 131030),
        (Refusal(400, "139999"), 400, 139999),
        (Refusal(400, "nonsense"), 400, 100),
        (Refusal(418), 418, 100),
        (Refusal(599), 599, 131000),
    ],
)
def test_ordered_errors_have_the_graphs_envelope(refusal: Refusal, status: int, code: int) -> None:
    """The fault's status wins, its code chooses the row."""
    reply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)["error"]["code"]) == (status, code)
    assert ("Retry-After" in reply.headers) is (refusal.retry_after_s is not None)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v23.0/1/messages", "messages"),
        ("POST", "/1/media", "media upload"),
        ("GET", "/whatsapp_business/attachments/", "media download"),
        ("GET", "/1", "node"),
        ("GET", "/1/2/3", "unknown"),
    ],
)
def test_operations_have_names(method: str, path: str, name: str) -> None:
    """Traces and faults find a request by them."""
    assert server.operation(HttpRequest(method, path)) == name


@pytest.mark.parametrize(
    ("request_", "token"),
    [
        (HttpRequest("GET", "/1", headers={"authorization": "Bearer t"}), "t"),
        (HttpRequest("GET", "/1", headers={"authorization": "OAuth t"}), "t"),
        (HttpRequest("GET", "/1", raw_query="access_token=a%7Cb"), "a|b"),
        (HttpRequest("POST", "/1", body=b'{"access_token":"t"}'), "t"),
        (HttpRequest("POST", "/1", body=b'{"access_token":1}'), None),
        (HttpRequest("POST", "/1", body=b"{"), None),
        (HttpRequest("GET", "/1", headers={"authorization": "Basic t"}), None),
        (HttpRequest("GET", "/1"), None),
    ],
)
def test_the_token_is_found_wherever_graph_takes_it(request_: HttpRequest, token: str | None) -> None:
    """Header, query or body."""
    assert GRAPH.locate(request_) == token


@pytest.mark.parametrize("body", [[], [1], "x", 5])
def test_a_subscription_that_is_no_object_is_refused(business: Business, body: Any) -> None:
    """In the Graph's own words."""
    status, answer = business.call("POST", f"/{business.account.app_id}/subscriptions", body)
    assert (status, answer["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    "query", ["ext=" + "9" * 5_000 + "&hash=x", "ext=99999999999&hash=%C3%A9", "ext=%D9%A1&hash=x"]
)
def test_a_forged_download_link_is_not_found(business: Business, query: str) -> None:
    """Numbers beyond all numbers, digits of other scripts, and proofs that are not ASCII."""
    media_id = business.upload(PNG, "image/png")[1]["id"]
    path, query = "/whatsapp_business/attachments/", f"mid={media_id}&{query}"
    assert business.ask("GET", path, headers=business.headers(), query=query).status == 404


def test_a_proof_of_the_apps_secret_must_be_right(business: Business) -> None:
    """When it is given; it is never required."""
    path = f"/{business.account.phone_number_id}"
    proof = hmac.new(business.account.app_secret.encode(), business.account.token.encode(), "sha256").hexdigest()
    assert business.call("GET", path, appsecret_proof=proof)[0] == 200
    status, answer = business.call("GET", path, appsecret_proof="0" * 64)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (400, 100, "GraphMethodException")


def test_there_is_an_end_to_files(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(limits, "MEDIA_MAX", 2)
    ids = [business.upload(PNG, "image/png")[1]["id"] for _ in range(3)]
    assert list(business.account.media) == ids[1:]


def test_files_whose_time_is_over_are_forgotten(business: Business) -> None:
    """A lab that runs for months keeps no more than a vendor would."""
    business.upload(PNG, "image/png")
    business.advance(limits.UPLOADED_MEDIA_LIFE_MS)
    business.upload(PNG, "image/png")
    assert len(business.account.media) == 1


def test_parameters_of_an_upload_may_stand_in_the_query(business: Business) -> None:
    """As Graph takes them from both; the file says its type when the form tells only a kind."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="type"\r\n\r\nimage\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        + PNG
        + b"\r\n--b--\r\n"
    )
    headers = {**business.headers(), "content-type": "multipart/form-data; boundary=b"}
    path = f"/v23.0/{business.account.phone_number_id}/media"
    assert business.ask("POST", path, body=body, headers=headers).status == 400
    reply = business.ask("POST", path, body=body, headers=headers, query="messaging_product=whatsapp")
    media_id = orjson.loads(reply.body)["id"]
    assert business.call("GET", f"/{media_id}")[1]["mime_type"] == "image/png"
