"""Routes, credentials and the vendor's own answers."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.handset import SendMedia, SendText
from fake_channels.core.http import HttpRequest
from fake_channels.viber import CHANNEL, server
from fake_channels.viber.tests.calls import PDF, Bot


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


def _request(
    path: str = "/pa/get_account_info", body: bytes = b"", method: str = "POST", **headers: str
) -> HttpRequest:
    """A request; underscores in headers' names stand for hyphens."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return HttpRequest(method, path, headers=named, body=body)


@pytest.mark.parametrize(
    ("request_", "credential"),
    [
        (_request(x_viber_auth_token="t"), "t"),
        (_request(body=b'{"auth_token":"t"}'), "t"),
        (_request(body=b'{"auth_token":"t"}', content_type="text/plain"), "t"),
        (_request(body=b'{"auth_token":"other"}', x_viber_auth_token="t"), "t"),
        (_request(body=b'{"auth_token":1}'), None),
        (_request(body=b'{"auth_token":""}'), None),
        (_request(body=b"[]"), None),
        (_request(body=b"{"), None),
        (_request(), None),
        (_request("/dl/key/name"), "key"),
        (_request("/dl/"), None),
    ],
)
def test_the_token_is_in_the_header_or_in_the_body(request_: HttpRequest, credential: str | None) -> None:
    """The header wins; the content type does not matter."""
    assert CHANNEL.host.locate(request_) == credential


@pytest.mark.parametrize(
    ("request_", "status", "told"),
    [
        (_request(), 200, (2, "missing_auth_token")),
        (_request(body=b"{}"), 200, (2, "missing_auth_token")),
        (_request(x_viber_auth_token="wrong"), 200, (2, "invalidAuthToken")),
        (_request(body=b'{"auth_token":"wrong"}'), 200, (2, "invalidAuthToken")),
        (_request(body=b"{"), 200, (3, "badData")),
        (_request("/nonsense"), 404, (-1, "Not Found")),
    ],
)
def test_a_stranger_is_answered_in_the_vendors_words(request_: HttpRequest, status: int, told: tuple[int, str]) -> None:
    """What is missing, what is wrong, what is no request at all."""
    reply = CHANNEL.host.unknown(request_)
    body = orjson.loads(reply.body)
    assert (reply.status, (body["status"], body["status_message"])) == (status, told)


def test_a_stranger_who_wants_a_file_gets_nothing() -> None:
    """As a file server answers."""
    reply = CHANNEL.host.unknown(_request("/dl/wrong/name", method="GET"))
    assert (reply.status, reply.body) == (404, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_there_is_nothing_but_post(bot: Bot, method: str) -> None:
    """And nothing besides the known names."""
    headers = {"x-viber-auth-token": bot.account.token}
    assert bot.ask(method, "/pa/get_account_info", headers=headers).status == 404
    for path in ("/pa/post", "/pa/", "/send_message", "/pa/send_message/"):
        assert bot.ask("POST", path, body=b"{}", headers=headers).status == 404


def test_the_body_is_json_whatever_it_is_said_to_be(bot: Bot) -> None:
    """The vendor's own client for Python says nothing."""
    customer = bot.subscriber()
    body = {"auth_token": bot.account.token, "receiver": customer.identity, "type": "text", "text": "Hi"}
    reply = bot.ask("POST", "/pa/send_message", body=orjson.dumps(body), headers={"content-type": "text/plain"})
    assert orjson.loads(reply.body)["status"] == 0
    assert customer.screen[0].text == "Hi"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"text":"\\ud83d"}', b"[" * 2_000, b"NaN"])
def test_what_is_no_json_is_bad_data(bot: Bot, body: bytes) -> None:
    """Status 3, never a 500."""
    reply = bot.ask("POST", "/pa/send_message", body=body, headers={"x-viber-auth-token": bot.account.token})
    assert (reply.status, orjson.loads(reply.body)["status"]) == (200, 3)


_FIELDS = (
    "receiver", "type", "text", "media", "size", "keyboard", "sender", "min_api_version", "tracking_data", "location",
    "sticker_id", "contact", "rich_media", "file_name",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (None, 0, -1, 1e300, 10**30, True, "", "x", [], [[]], {}, {"a": {}})


@pytest.mark.parametrize("kind", ["text", "picture", "video", "file", "location", "sticker", "contact", "rich_media"])
def test_no_value_anywhere_ends_in_a_defect(bot: Bot, kind: str) -> None:
    """Whatever is wrong is told by a status."""
    whole: dict[str, Any] = {
        "receiver": bot.subscriber().identity,
        "type": kind,
        "text": "x",
        "media": "https://a.example/a.jpg",
        "size": 1,
        "file_name": "x",
        "location": {"lat": 1, "lon": 2},
        "contact": {"name": "x", "phone_number": "1"},
        "sticker_id": 1,
    }
    headers = {"x-viber-auth-token": bot.account.token}
    for field in _FIELDS:
        for value in _VALUES:
            body = json.dumps({**whole, field: value}).encode()
            reply = bot.ask("POST", "/pa/send_message", body=body, headers=headers)
            assert (reply.status, isinstance(orjson.loads(reply.body)["status"], int)) == (200, True)


def test_a_file_is_given_out_by_its_name_alone(bot: Bot) -> None:
    """To GET and HEAD."""
    customer = bot.subscriber()
    bot.act(customer, SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"))
    url = bot.messages()[0]["media"]
    path = url.removeprefix("http://vendor.example")
    assert bot.ask("HEAD", path, headers={}).status == 200
    assert bot.ask("POST", path, headers={}).status == 404
    assert bot.ask("GET", f"{path}x", headers={}).status == 404


def test_a_user_has_a_picture(bot: Bot) -> None:
    """Behind the avatar's URL; nobody else has one."""
    bot.ok("set_webhook", url="https://owner.example", send_photo=True)
    bot.heard()
    bot.act(bot.enrol(), SendText(text="Hi"))
    path = bot.heard()[0]["sender"]["avatar"].removeprefix("http://vendor.example")
    reply = bot.ask("GET", path, headers={})
    assert (reply.status, reply.content_type, reply.body[:4]) == (200, "image/png", b"\x89PNG")
    assert bot.ask("GET", f"{path}x", headers={}).status == 404


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/pa/send_message", "send_message"),
        ("/pa/set_webhook", "set_webhook"),
        ("/dl/a/b", "media download"),
        ("/pa/post", "unknown"),
        ("/", "unknown"),
    ],
)
def test_operations_have_the_vendors_names(path: str, operation: str) -> None:
    """Faults and traces find them by these."""
    assert server.operation(_request(path)) == operation


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (Refusal(400, "6"), 200, 6),
        (Refusal(429), 200, 12),
        (Refusal(401), 200, 2),
        (Refusal(500), 500, -1),
        (Refusal(400, "999"), 400, -1),
    ],
)
def test_an_ordered_error_is_the_vendors_own(refusal: Refusal, status: int, code: int) -> None:
    """What the API knows comes with a 200."""
    reply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)["status"]) == (status, code)


def test_a_failure_after_acceptance_is_told_by_a_callback(bot: Bot) -> None:
    """Nothing is shown."""
    customer = bot.subscriber()
    body = orjson.dumps({"receiver": customer.identity, "type": "text", "text": "x"})
    request = _request("/pa/send_message", body, x_viber_auth_token=bot.account.token)
    request.failing = Refusal(0, "too old")
    outcome = bot.component.handle(request, bot.now)
    bot.run(outcome.effects)
    (told,) = bot.heard()
    assert (told["event"], told["desc"], customer.screen) == ("failed", "too old", [])
