"""The SMS API's routes: authorisation, methods, bodies, lists."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.handset import SendText
from fake_channels.core.http import HttpRequest
from fake_channels.core.instants import DAY, HOUR, to_rfc3339
from fake_channels.sms import server
from fake_channels.sms.tests.calls import Business
from fake_channels.tests.scene import START


@pytest.fixture
def business() -> Business:
    """Somebody who holds a service plan with a callback URL."""
    return Business()


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x"])
def test_only_the_plans_token_opens(business: Business, header: str | None) -> None:
    """401 with an empty body for everything else."""
    value = None if header is None else header.format(token=business.account.token)
    headers = {} if value is None else {"authorization": value}
    reply = business.ask("GET", f"/xms/v1/{business.account.service_plan_id}/batches", headers=headers)
    assert (reply.status, reply.body) == (401, b"")


def test_a_request_finds_its_plan_by_the_path() -> None:
    """The service plan id is the credential; elsewhere there is nothing."""
    assert server.HOST.locate(HttpRequest("GET", "/xms/v1/plan/batches")) == "plan"
    assert server.HOST.locate(HttpRequest("GET", "/xms/v2/plan/batches")) is None
    assert server.HOST.unknown(HttpRequest("GET", "/xms/v1/plan/batches")).status == 401
    assert server.HOST.unknown(HttpRequest("GET", "/nothing")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/batches/unknown", 404),
        ("DELETE", "/batches/unknown", 404),
        ("GET", "/batches/unknown/delivery_report", 404),
        ("GET", "/inbounds/unknown", 404),
        ("GET", "/groups/unknown", 404),
        ("PATCH", "/groups", 405),
        ("GET", "/", 404),
        ("GET", "", 404),
        ("PATCH", "/batches", 405),
        ("POST", "/inbounds", 405),
        ("DELETE", "/delivery_reports", 405),
    ],
)
def test_unknown_things_and_wrong_methods(business: Business, method: str, path: str, status: int) -> None:
    """404 and 405 with empty bodies."""
    assert business.call(method, path) == (status, None)


def test_a_wrong_method_says_which_are_right(business: Business) -> None:
    """`Allow` lists them."""
    headers = {"authorization": f"Bearer {business.account.token}"}
    reply = business.ask("PATCH", f"/xms/v1/{business.account.service_plan_id}/batches", headers=headers)
    assert reply.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_body_must_be_declared_as_json(business: Business, kind: str) -> None:
    """415 for anything else."""
    headers = {"authorization": f"Bearer {business.account.token}", "content-type": kind}
    path = f"/xms/v1/{business.account.service_plan_id}/batches"
    assert business.ask("POST", path, body=b"{}", headers=headers).status == 415


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"to":["15550100100"],"body":"\xff"}', b'{"body":"\\ud800"}', b"[" * 9_999]
)
def test_what_is_no_json_is_refused(business: Business, body: bytes) -> None:
    """400 syntax_invalid_json, also for broken UTF-8 and a lone surrogate."""
    headers = {"authorization": f"Bearer {business.account.token}", "content-type": "application/json; charset=utf-8"}
    reply = business.ask("POST", f"/xms/v1/{business.account.service_plan_id}/batches", body=body, headers=headers)
    assert (reply.status, orjson.loads(reply.body)["code"]) == (400, "syntax_invalid_json")


def ids(page: Any) -> list[str]:
    """The ids on a page of batches."""
    return [batch["id"] for batch in page["batches"]]


def test_batches_are_listed_newest_first_in_pages(business: Business) -> None:
    """`count` is of all; the filters narrow it."""
    made = []
    for number in range(3):
        made.append(business.send("15550100100", client_reference=f"r{number}", **{"from": f"1000{number}"})["id"])
        business.advance(HOUR)
    newest_first = made[::-1]
    assert ids(business.call("GET", "/batches")[1]) == newest_first
    assert ids(business.call("GET", "/batches", page="1", page_size="2")[1]) == newest_first[2:]
    assert ids(business.call("GET", "/batches", client_reference="r1")[1]) == [made[1]]
    assert ids(business.call("GET", "/batches", **{"from": "10000,10002"})[1]) == [made[2], made[0]]
    since = to_rfc3339(START + HOUR)
    assert ids(business.call("GET", "/batches", start_date=since)[1]) == [made[2], made[1]]
    assert ids(business.call("GET", "/batches", end_date=to_rfc3339(START))[1]) == [made[0]]
    business.advance(DAY)
    assert ids(business.call("GET", "/batches")[1]) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page": "x"}, "syntax_invalid_parameter_format"),
        ({"page": "-1"}, "syntax_invalid_parameter_format"),
        ({"page_size": "0"}, "syntax_constraint_violation"),
        ({"page_size": "101"}, "syntax_constraint_violation"),
        ({"page": "9" * 30}, "syntax_invalid_parameter_format"),
        ({"start_date": "yesterday"}, "syntax_invalid_parameter_format"),
        ({"end_date": "2026-11-23T10:00:00"}, "syntax_invalid_parameter_format"),
    ],
)
@pytest.mark.parametrize("path", ["/batches", "/inbounds", "/delivery_reports"])
def test_malformed_queries_are_refused(business: Business, path: str, query: dict[str, str], code: str) -> None:
    """400 with a documented code for pages and dates that are none."""
    status, error = business.call("GET", path, **query)
    assert (status, error["code"]) == (400, code)


def test_a_batch_report_can_be_asked_for(business: Business) -> None:
    """Summary counts, full names; status (in any case) and code filter."""
    customer = business.enrol()
    batch = business.send(customer, "15550100100", delivery_report="none")
    path = f"/batches/{batch['id']}/delivery_report"
    delivered = {"code": 0, "status": "Delivered", "count": 1}
    failed = {"code": 150, "status": "Failed", "count": 1}
    assert business.call("GET", path)[1]["statuses"] == [delivered, failed]
    assert business.call("GET", path, type="full", status="DELIVERED")[1]["statuses"] == [
        {**delivered, "recipients": [customer.identity]}
    ]
    assert business.call("GET", path, code="150,61")[1]["statuses"] == [failed]
    assert business.call("GET", path, type="both")[0] == 400
    assert business.call("GET", path, code="x")[0] == 400
    assert business.call("GET", path, status="lost")[0] == 400


def test_a_recipients_report_can_be_asked_for(business: Business) -> None:
    """By number in any spelling; a number of no recipient is 404."""
    customer = business.enrol()
    path = f"/batches/{business.send(customer)['id']}/delivery_report"
    status, report = business.call("GET", f"{path}/+{customer.identity}")
    assert (status, report["status"], report["recipient"]) == (200, "Delivered", customer.identity)
    assert business.call("GET", f"{path}/15550100100") == (404, None)


def test_reports_are_listed(business: Business) -> None:
    """One entry a recipient, newest first, with filters."""
    customer = business.enrol()
    business.send(customer, client_reference="a")
    business.advance(1)
    business.send("15550100100", client_reference="b")
    page = business.call("GET", "/delivery_reports")[1]
    assert [one["client_reference"] for one in page["delivery_reports"]] == ["b", "a"]
    assert business.call("GET", "/delivery_reports", status="Delivered")[1]["count"] == 1
    assert business.call("GET", "/delivery_reports", code="150")[1]["count"] == 1
    assert business.call("GET", "/delivery_reports", client_reference="c")[1]["count"] == 0


def test_inbounds_are_listed_and_got(business: Business) -> None:
    """As the callback told them; `to` filters."""
    customer = business.enrol()
    business.act(customer, SendText(text="one"))
    business.act(customer, SendText(text="two"))
    told = business.told()
    page = business.call("GET", "/inbounds", to=f"+{business.account.number}")[1]
    assert page["inbounds"] == told[::-1]
    assert business.call("GET", f"/inbounds/{told[0]['id']}") == (200, told[0])
    assert business.call("GET", "/inbounds", to="12345")[1]["count"] == 0


def test_a_dry_run_counts_and_sends_nothing(business: Business) -> None:
    """Parts over all recipients; details on request and no more than asked for."""
    customer = business.enrol()
    request = {"to": [customer.identity, "15550100100"], "body": "${n}", "parameters": {"n": {"default": "ж" * 71}}}
    assert business.call("POST", "/batches/dry_run", request) == (
        200,
        {"number_of_recipients": 2, "number_of_messages": 4},
    )
    detailed = business.call("POST", "/batches/dry_run", request, per_recipient="true", number_of_recipients="1")[1]
    assert detailed["per_recipient"] == [
        {"recipient": customer.identity, "body": "ж" * 71, "number_of_parts": 2, "encoding": "unicode"}
    ]
    assert (business.account.batches, customer.screen, business.told()) == ({}, [], [])


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (Refusal(429, retry_after_s=3), 429, None),
        (Refusal(403, "unknown_campaign"), 403, "unknown_campaign"),
        (Refusal(403), 403, "blocked_account"),
        (Refusal(400), 400, "syntax_constraint_violation"),
        (Refusal(503), 503, None),
    ],
)
def test_ordered_errors_have_the_vendors_envelope(refusal: Refusal, status: int, code: str | None) -> None:
    """With code and text where the vendor has a code, else empty; Retry-After when told."""
    reply = server.refuse(refusal)
    assert reply.status == status
    assert (orjson.loads(reply.body)["code"] if reply.body else None) == code
    assert reply.headers.get("Retry-After") == (None if refusal.retry_after_s is None else "3")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/batches", "batches"),
        ("POST", "/batches/dry_run", "dry_run"),
        ("GET", "/batches/dry_run", "get batch"),
        ("GET", "/batches/x/delivery_report/1", "recipient delivery_report"),
        ("GET", "/elsewhere", "unknown"),
    ],
)
def test_operations_have_names(method: str, path: str, name: str) -> None:
    """Traces and faults find a request by the vendor's word."""
    assert server.operation(HttpRequest(method, f"/xms/v1/plan{path}")) == name
