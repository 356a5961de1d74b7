"""Routes, ids, refusals: what holds for every request."""

from __future__ import annotations

import msgspec
import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.http import HttpRequest
from fake_channels.line import CHANNEL, server
from fake_channels.line.tests.calls import BOT, Owner, text


def test_every_answer_has_a_request_id_of_its_own() -> None:
    """A UUID, refused or not, for strangers and oversized requests too."""
    owner = Owner()
    stranger = HttpRequest("GET", f"{BOT}/info")
    replies = [
        owner.call("GET", f"{BOT}/info"),
        owner.call("GET", f"{BOT}/info"),
        owner.call("GET", f"{BOT}/nonsense"),
        owner.call("POST", f"{BOT}/message/push", {}),
        server.HOST.unknown(stranger),
        server.HOST.too_large(HttpRequest("POST", f"{BOT}/message/push")),
        server.refuse(Refusal(500)),
    ]
    ids = [reply.headers["X-Line-Request-Id"] for reply in replies]
    assert len(set(ids)) == len(ids)
    assert all(len(one) == 36 for one in ids)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/message/push"), ("DELETE", "/info"), ("PATCH", "/richmenu/list")]
)
def test_another_method_is_not_supported(method: str, path: str) -> None:
    """405, for a path that there is."""
    told = Owner().refused(method, path)
    assert told == (405, {"message": f"The request method, '{method}', is not supported"})


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/message",
        "/message/push/",
        "/message/1/content/x",
        "/group/C1/summary",
        "/coupon",
        "/richmenu/progress/batch",
    ],
)
def test_what_is_not_emulated_is_not_found(path: str) -> None:
    """Never a silent 200."""
    assert Owner().refused("GET", path) == (404, {"message": "Not found"})


def test_operations_have_the_names_of_the_vendors_description() -> None:
    """Faults and traces find them by these."""
    for method, path, name in (
        ("POST", "/v2/bot/message/push", "pushMessage"),
        ("GET", "/v2/bot/message/1/content/preview", "getMessageContentPreview"),
        ("GET", "/v2/bot/user/all/richmenu", "getDefaultRichMenuId"),
        ("POST", "/oauth2/v3/token", "issueStatelessChannelToken"),
        ("GET", "/v2/bot/nonsense", "unknown"),
    ):
        assert CHANNEL.operation(HttpRequest(method, path)) == name


def test_a_revoked_or_foreign_token_is_unauthorized_though_it_is_found() -> None:
    """A channel id is no token either, in any scheme."""
    owner = Owner()
    says = {"message": "Authentication failed. Confirm that the access token in the authorization header is valid."}
    for header in (f"Bearer {owner.account.channel_id}", f"Basic {owner.account.access_token}", "Bearer", ""):
        reply = owner.ask("GET", f"{BOT}/info", headers={"authorization": header})
        assert (reply.status, orjson.loads(reply.body)) == (401, says)
    assert (
        owner.ask("GET", f"{BOT}/info", headers={"authorization": f"bearer {owner.account.access_token}"}).status == 200
    )


def test_strangers_are_told_what_is_missing() -> None:
    """A header, or a token that is known."""
    bare = server.HOST.unknown(HttpRequest("GET", f"{BOT}/info"))
    assert orjson.loads(bare.body)["message"].startswith("Authorization header required.")
    wrong = server.HOST.unknown(HttpRequest("GET", f"{BOT}/info", headers={"authorization": "Bearer x"}))
    assert orjson.loads(wrong.body)["message"].startswith("Authentication failed.")
    assert (bare.status, wrong.status) == (401, 401)


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (Refusal(429), "The API rate limit has been exceeded. Try again later."),
        (Refusal(429, "You have reached your monthly limit."), "You have reached your monthly limit."),
        (Refusal(400), "Failed to send messages"),
        (Refusal(500), "Error on the internal server"),
        (Refusal(503), "Error on the internal server"),
        (Refusal(403, text="No"), "No"),
    ],
)
def test_an_ordered_error_has_the_vendors_words(refusal: Refusal, message: str) -> None:
    """Unless it brings its own."""
    reply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)) == (refusal.status, {"message": message})


def test_an_ordered_wait_is_told() -> None:
    """Though the vendor tells none by itself."""
    assert server.refuse(Refusal(429, retry_after_s=7)).headers["Retry-After"] == "7"


def test_the_state_of_everything_can_be_snapshot() -> None:
    """Also with menus, tokens, accepted keys and timers."""
    owner = Owner()
    friend = owner.friend()
    owner.menu({"type": "message", "text": "x"})
    owner.push(friend, text())
    owner.ok("POST", "/chat/loading/start", {"chatId": friend.identity}, status=202)
    raw = owner.component.dump()
    assert msgspec.msgpack.encode(msgspec.msgpack.decode(raw, type=CHANNEL.state_type)) == raw
