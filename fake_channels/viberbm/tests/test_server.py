"""The route, service ids and the vendor's own answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.handset import SendMedia
from fake_channels.core.http import HttpRequest
from fake_channels.viberbm import CHANNEL, server
from fake_channels.viberbm.tests.calls import PATH, PDF, Business

_SAMPLES: dict[str, Any] = orjson.loads((Path(__file__).parents[1] / "samples" / "requests.json").read_bytes())


@pytest.fixture
def business() -> Business:
    """Somebody with a service id who is called back."""
    return Business()


def _request(body: bytes = b"", path: str = PATH, method: str = "POST") -> HttpRequest:
    return HttpRequest(method, path, headers={}, body=body)


@pytest.mark.parametrize(
    ("body", "credential"),
    [
        (b'{"service_id":123}', "123"),
        (b'{"service_id":"123"}', "123"),
        (b'{"service_id":[1]}', None),
        (b'{"service_id":null}', None),
        (b"{}", None),
        (b"[]", None),
        (b"{", None),
        (b"", None),
    ],
)
def test_the_service_id_is_in_the_body(body: bytes, credential: str | None) -> None:
    """There is nothing else: the vendor knows its callers by their addresses."""
    assert CHANNEL.host.locate(_request(body)) == credential


def test_a_file_belongs_to_the_service_in_its_path() -> None:
    """Or to nobody."""
    assert CHANNEL.host.locate(_request(path="/media/123/name", method="GET")) == "123"
    assert CHANNEL.host.locate(_request(path="/media/", method="GET")) is None


@pytest.mark.parametrize(
    ("body", "path", "status", "code"),
    [
        (b'{"service_id":1,"seq":9}', PATH, 200, 2),
        (b"{}", PATH, 200, 2),
        (b"[]", PATH, 200, 3),
        (b"{", PATH, 200, 3),
        (b"", PATH, 200, 3),
        (b"{}", "/", 404, 3),
    ],
)
def test_a_stranger_is_answered_in_the_vendors_way(body: bytes, path: str, status: int, code: int) -> None:
    """With the sequence number, when there is one."""
    reply = CHANNEL.host.unknown(_request(body, path))
    told = orjson.loads(reply.body)
    assert (reply.status, told["status"], told.get("seq")) == (status, code, 9 if b"seq" in body else None)


def test_a_refusal_echoes_the_sequence_number(business: Business) -> None:
    """And says why."""
    told = business.call(business.enrol(), 206, {"#txt": "x" * 1_001, "#tracking_data": ""})
    assert (told["seq"], told["status"]) == (7, 3)
    assert told["reason"].startswith("SRVC_BAD_DATA: message.#txt")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_there_is_one_route_and_nothing_but_post(business: Business, method: str) -> None:
    """Anything else is not found."""
    body = b'{"service_id":%d}' % business.account.service_id
    assert business.ask(method, PATH, body=body, headers={}).status == 404
    for path in (f"{PATH}/", "/vibersrvc/1/", "/vibersrvc/2/send_message"):
        assert business.ask("POST", path, body=body, headers={}).status == 404


_VALUES: tuple[Any, ...] = (None, 0, -1, 1e300, 10**30, True, "", "x", [], [[]], {}, {"a": {}})


@pytest.mark.parametrize("sample", _SAMPLES)
def test_no_value_anywhere_ends_in_a_defect(business: Business, sample: str) -> None:
    """Whatever is wrong is told by a status."""
    whole = {**_SAMPLES[sample], "service_id": business.account.service_id, "dest": business.enrol().identity}
    message = whole.get("message", {})
    for value in _VALUES:
        bodies = [{**whole, field: value} for field in whole]
        bodies += [{**whole, "message": {**message, field: value}} for field in message]
        for body in bodies:
            reply = business.ask("POST", PATH, body=json.dumps(body).encode(), headers={})
            assert (reply.status, isinstance(orjson.loads(reply.body)["status"], int)) == (200, True), body


def test_a_file_is_given_out_to_get_and_head(business: Business) -> None:
    """And to nothing else."""
    customer = business.enrol()
    business.act(customer, SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"))
    path = business.heard()[0]["media"]["url"].removeprefix("http://vendor.example")
    assert business.ask("HEAD", path, headers={}).status == 200
    assert business.ask("POST", path, headers={}).status == 404
    assert business.ask("GET", f"{path}x", headers={}).status == 404
    assert CHANNEL.host.unknown(_request(path="/media/1/x", method="GET")).status == 404


@pytest.mark.parametrize(
    ("path", "operation"), [(PATH, "send_message"), ("/media/1/x", "media download"), ("/vibersrvc/1/x", "unknown")]
)
def test_operations_have_names(path: str, operation: str) -> None:
    """Faults and traces find them by these."""
    assert server.operation(_request(path=path)) == operation


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [(Refusal(400, "8"), 200, 8), (Refusal(429), 429, 1), (Refusal(500), 500, 1), (Refusal(400, "999"), 400, 1)],
)
def test_an_ordered_error_is_the_vendors_own(refusal: Refusal, status: int, code: int) -> None:
    """What the API knows comes with a 200; it knows no throttling."""
    reply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)["status"]) == (status, code)


@pytest.mark.parametrize(("code", "status"), [("failed", "failed"), ("expired", "expired"), ("8", "failed")])
def test_a_failure_after_acceptance_is_told_by_a_receipt(business: Business, code: str, status: str) -> None:
    """Nothing is shown."""
    customer = business.enrol()
    sample = {**_SAMPLES["206"], "service_id": business.account.service_id, "dest": customer.identity}
    request = _request(orjson.dumps(sample))
    request.failing = Refusal(0, code, text="as ordered")
    business.run(business.component.handle(request, business.now).effects)
    (told,) = business.heard()
    assert (told["status"], told["reason"], customer.screen) == (status, "as ordered", [])
