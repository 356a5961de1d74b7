"""Routes: which request is which call, and what the vendor says to those that are none."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.http import HttpReply, HttpRequest
from fake_channels.wechat import server
from fake_channels.wechat.tests.calls import Owner


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def _code(reply: HttpReply) -> int:
    assert reply.status == 200
    return int(orjson.loads(reply.body)["errcode"])


@pytest.mark.parametrize("path", sorted(server._ROUTES))
def test_every_path_has_one_method(owner: Owner, path: str) -> None:
    """The other is refused by a code of its own."""
    route = server._ROUTES[path]
    wrong, code = ("GET", 43002) if route.method == "POST" else ("POST", 43001)
    assert owner.raw(wrong, path)["errcode"] == code
    assert owner.raw("PUT", path)["errcode"] == code


@pytest.mark.parametrize("path", sorted(path for path, route in server._ROUTES.items() if route.by_token))
def test_calls_need_a_token(owner: Owner, path: str) -> None:
    """One that is among the latest."""
    method = server._ROUTES[path].method
    owner.token = "x" * 50
    assert owner.raw(method, path)["errcode"] == 40001


@pytest.mark.parametrize(
    "path",
    sorted(
        path
        for path, route in server._ROUTES.items()
        if route.method == "POST" and "/media/" not in path and path != "/console/server"
    ),
)
@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 44002), (b"  ", 44002), (b"{", 47001), (b'"\xff"', 47001), (b"[]", 47001), (b"null", 47001)],
)
def test_bodies_are_json_objects(owner: Owner, path: str, body: bytes, code: int) -> None:
    """Empty and malformed ones are told apart."""
    assert owner.raw("POST", path, body)["errcode"] == code


def test_unknown_paths_are_refused(owner: Owner) -> None:
    """Never a silent success; without a token the token is what lacks."""
    for path in ("/cgi-bin/nonsense", "/cgi-bin/tags/get", "/", "/sns/userinfo", "/cgi-bin/menu/create/"):
        assert owner.raw("GET", path)["errcode"] == 40066
        assert server.operation(HttpRequest("GET", path)) == "unknown"
    assert server.operation(HttpRequest("POST", "/cgi-bin/message/custom/send")) == "message/custom/send"
    assert server.operation(HttpRequest("GET", "/mmbiz/a/b/0")) == "picture"


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "code"),
    [
        ("GET", "/cgi-bin/user/get", "", b"", 41001),
        ("GET", "/cgi-bin/user/get", "access_token=", b"", 41001),
        ("GET", "/cgi-bin/user/get", "access_token=short", b"", 40014),
        ("GET", "/cgi-bin/user/get", f"access_token={'x' * 40}", b"", 40001),
        ("GET", "/cgi-bin/token", "", b"", 41002),
        ("GET", "/cgi-bin/token", "appid=wx0", b"", 40013),
        ("GET", "/cgi-bin/stable_token", "", b"", 43002),
        ("POST", "/cgi-bin/stable_token", "", b"", 44002),
        ("POST", "/cgi-bin/stable_token", "", b"{", 47001),
        ("POST", "/cgi-bin/stable_token", "", b'{"appid":"wx0"}', 40013),
        ("POST", "/cgi-bin/stable_token", "", b'{"appid":7}', 40013),
        ("POST", "/cgi-bin/stable_token", "", b"{}", 41002),
        ("POST", "/console/server", "", b"[]", 47001),
    ],
)
def test_requests_of_nobody_get_the_vendors_answer(method: str, path: str, query: str, body: bytes, code: int) -> None:
    """They name no account that there is."""
    request = HttpRequest(method, path, raw_query=query, body=body)
    assert _code(server.HOST.unknown(request)) == code


def test_a_request_names_its_account(owner: Owner) -> None:
    """By token, by appid, or by where its pictures lie."""
    locate = server.HOST.locate
    assert locate(HttpRequest("GET", "/cgi-bin/user/get", raw_query="access_token=a")) == "a"
    assert locate(HttpRequest("GET", "/cgi-bin/token", raw_query="appid=b")) == "b"
    assert locate(HttpRequest("POST", "/cgi-bin/stable_token", body=b'{"appid":"c"}')) == "c"
    assert locate(HttpRequest("GET", "/mmbiz/d/e/0")) == "d"
    assert locate(HttpRequest("GET", "/mmbiz/")) is None
    assert server.HOST.unknown(HttpRequest("GET", "/mmbiz/d/e/0")).status == 404
    keys = owner.component.channel.keys(owner.account)
    assert {owner.account.appid, owner.token} <= set(keys)


def test_large_bodies_are_refused_before_they_are_read() -> None:
    """Uploads may be larger; each has its code."""
    form = {"content-type": "multipart/form-data; boundary=b"}
    upload = HttpRequest("POST", "/cgi-bin/media/upload", headers=form)
    send = HttpRequest("POST", "/cgi-bin/message/custom/send", headers=form)
    assert server.HOST.max_body_bytes(upload) > 10_485_760 > server.HOST.max_body_bytes(send)
    assert _code(server.HOST.too_large(upload)) == 45001
    assert _code(server.HOST.too_large(send)) == 45002


@pytest.mark.parametrize(
    ("refusal", "status", "code", "says"),
    [
        (Refusal(400, "45015"), 200, 45015, "response out of time limit"),
        (Refusal(429), 200, 45011, "minute-quota"),
        (Refusal(429, retry_after_s=3), 200, 45011, "minute-quota"),
        (Refusal(503), 503, -1, "system error"),
        (Refusal(500, text="broken"), 500, -1, "hint: [broken]"),
        (Refusal(400, "nothing known"), 400, -1, "hint: [nothing known]"),
    ],
)
def test_ordered_errors_are_rendered(refusal: Refusal, status: int, code: int, says: str) -> None:
    """Known codes come with a 200, as in life; other statuses stay."""
    reply = server.refuse(refusal)
    told: Any = orjson.loads(reply.body)
    assert (reply.status, told["errcode"]) == (status, code)
    assert says in told["errmsg"]
    assert reply.headers.get("Retry-After") == (None if refusal.retry_after_s is None else "3")


def test_an_error_names_its_request(owner: Owner) -> None:
    """By time and two words."""
    told = owner.get("user/info", openid="o")
    rid = told["errmsg"].partition(" rid: ")[2]
    assert told["errmsg"] == f"invalid openid rid: {rid}"
    assert [len(part) for part in rid.split("-")] == [8, 8, 8]
    assert int(rid[:8], 16) == owner.now // 1000


def test_addresses_of_callbacks_are_told(owner: Owner) -> None:
    """For firewalls."""
    assert owner.get("getcallbackip") == owner.get("get_api_domain_ip") == {"ip_list": ["127.0.0.1", "127.0.0.2"]}
