"""What an account can ask: about itself, its people, its use, and its webhook."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Block, SendText
from fake_channels.core.instants import DAY
from fake_channels.core.media import sniff
from fake_channels.line import callbacks, limits
from fake_channels.line.tests.calls import BOT, NOBODY, Owner, text
from fake_channels.tests.scene import CALLBACK


def test_the_account_knows_itself() -> None:
    """With the id that webhooks are addressed to."""
    owner = Owner()
    told = owner.ok("GET", "/info")
    assert told["userId"] == owner.account.bot_user_id
    assert told["basicId"].startswith("@")
    assert (told["chatMode"], told["markAsReadMode"]) == ("bot", "auto")


def test_a_profile_is_seen_of_friends_and_of_strangers_who_wrote() -> None:
    """Not of who never wrote, who blocked, or nobody."""
    owner = Owner()
    friend, stranger, silent, blocker = owner.friend("Ada"), owner.enrol("Bea"), owner.enrol(), owner.friend()
    owner.act(stranger, SendText(text="hi"))
    owner.act(blocker, Block())
    told = owner.ok("GET", f"/profile/{friend.identity}")
    assert (told["userId"], told["displayName"], told["language"]) == (friend.identity, "Ada", "en")
    assert owner.ok("GET", f"/profile/{stranger.identity}")["displayName"] == "Bea"
    for user_id in (silent.identity, blocker.identity, NOBODY, "x"):
        assert owner.refused("GET", f"/profile/{user_id}") == (404, {"message": "Not found"})


def test_the_picture_of_a_profile_can_be_seen_without_a_token() -> None:
    """By its URL alone, which nobody can guess."""
    owner = Owner()
    url = owner.ok("GET", f"/profile/{owner.friend().identity}")["pictureUrl"]
    path = url.removeprefix("http://vendor.example")
    reply = owner.ask("GET", path, headers={})
    assert (reply.status, sniff(reply.body)) == (200, "image/png")
    assert owner.ask("GET", path[:-4] + "AAAA", headers={}).status == 404
    assert owner.ask("GET", path.replace(owner.account.channel_id, "x"), headers={}).status == 404


def test_followers_are_told_page_by_page() -> None:
    """Friends alone."""
    owner = Owner()
    friends = [owner.friend().identity for _ in range(3)]
    owner.enrol()
    assert owner.ok("GET", "/followers/ids") == {"userIds": friends}
    page = owner.ok("GET", "/followers/ids?limit=2")
    assert page["userIds"] == friends[:2]
    assert owner.ok("GET", f"/followers/ids?limit=2&start={page['next']}") == {"userIds": friends[2:]}
    for query in ("limit=0", "limit=1001", "limit=x", "start=x", "limit=٣", "start=9999999999999"):
        assert owner.refused("GET", f"/followers/ids?{query}")[0] == 400


def test_sent_messages_are_counted_by_day_and_kind() -> None:
    """Today's are not ready; a day without any has none."""
    owner = Owner()
    friend = owner.friend()
    owner.push(friend, text(), text())
    owner.ok("POST", "/message/broadcast", {"messages": [text()]})
    owner.act(friend, SendText(text="hi"))
    owner.ok("POST", "/message/reply", {"replyToken": owner.event()["replyToken"], "messages": [text()]})
    path = "/message/delivery/{}?date=20231115"
    assert owner.ok("GET", path.format("push")) == {"status": "unready"}
    owner.advance(DAY)
    counted = [
        owner.ok("GET", path.format(kind)).get("success") for kind in ("push", "broadcast", "reply", "multicast")
    ]
    assert counted == [2, 1, 1, 0]
    assert owner.refused("GET", "/message/delivery/push")[0] == 400
    assert owner.refused("GET", "/message/delivery/push?date=2023-11-15")[0] == 400
    assert owner.refused("GET", "/message/delivery/pnp?date=20231115")[0] == 404


def test_counts_and_units_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first."""
    monkeypatch.setattr(limits, "DAYS_COUNTED", 2)
    monkeypatch.setattr(limits, "UNITS_KEPT", 2)
    owner = Owner()
    friend = owner.friend()
    for name in ("a", "b", "c"):
        value = {"to": friend.identity, "messages": [text()], "customAggregationUnits": [name]}
        owner.ok("POST", "/message/push", value)
        owner.advance(DAY)
    assert len(owner.account.counts) == 2
    assert owner.ok("GET", "/message/aggregation/list") == {"customAggregationUnits": ["b", "c"]}
    assert owner.ok("GET", "/message/aggregation/info") == {"numOfCustomAggregationUnits": 2}
    owner.advance(31 * DAY)
    assert owner.ok("GET", "/message/aggregation/info") == {"numOfCustomAggregationUnits": 0}


def test_what_takes_a_contract_of_its_own_is_not_available() -> None:
    """403, in the vendor's words."""
    told = Owner().call("POST", "/bot/pnp/push", {"to": "0" * 64, "messages": [text()]})
    says = {"message": "Access to this API is not available for your account"}
    assert (told.status, orjson.loads(told.body)) == (403, says)


# --- the webhook endpoint ---------------------------------------------------------------------------------------------


def test_the_webhook_endpoint_is_told_set_and_used() -> None:
    """From the next event on."""
    owner = Owner(connected=False)
    assert owner.refused("GET", "/channel/webhook/endpoint") == (404, {"message": "Webhook endpoint not found"})
    assert owner.refused("POST", "/channel/webhook/test", {}) == (404, {"message": "Webhook endpoint not found"})
    url = "https://bot.example/hook?a=1"
    assert owner.ok("PUT", "/channel/webhook/endpoint", {"endpoint": url}) == {}
    assert owner.ok("GET", "/channel/webhook/endpoint") == {"endpoint": url, "active": True}
    owner.act(owner.enrol(), SendText(text="hi"))
    assert [call.url for call in owner.calls] == [url]


@pytest.mark.parametrize(
    "url", ["", "x", "http://bot.example/", "https://", "https://a b", "https://h:99999/", "ftp://h/"]
)
def test_a_webhook_endpoint_must_be_an_https_url(url: str) -> None:
    """Anything else is invalid."""
    owner = Owner()
    told = owner.refused("PUT", "/channel/webhook/endpoint", {"endpoint": url})
    assert told == (400, {"message": "Invalid webhook endpoint URL"})
    assert owner.account.webhook_url == CALLBACK


def test_a_webhook_endpoint_has_at_most_500_characters() -> None:
    """And is needed."""
    owner = Owner()
    for value in ({"endpoint": "https://h/" + "x" * 500}, {}):
        assert owner.refused("PUT", "/channel/webhook/endpoint", value)[1]["details"][0]["property"] == "endpoint"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(200), {"success": True, "statusCode": 200, "reason": "OK", "detail": "200"}),
        (Answer(404), {"success": False, "statusCode": 404, "reason": "ERROR_STATUS_CODE", "detail": "404"}),
        (
            Answer(0, problem="no answer within 10 s"),
            {"success": False, "statusCode": 0, "reason": "REQUEST_TIMEOUT", "detail": "no answer within 10 s"},
        ),
        (
            Answer(0, problem="cannot connect"),
            {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT", "detail": "cannot connect"},
        ),
    ],
)
def test_a_webhook_test_posts_no_events_and_tells_how_it_went(answer: Answer, told: dict[str, Any]) -> None:
    """Signed like any other, with a request id of its own."""
    owner = Owner()
    owner.answer = lambda _: answer
    reply = owner.call("POST", f"{BOT}/channel/webhook/test")
    assert orjson.loads(reply.body) == {**told, "timestamp": "2023-11-14T22:13:20.000Z"}
    assert reply.headers["X-Line-Request-Id"]
    (call,) = owner.calls
    assert orjson.loads(call.body) == {"destination": owner.account.bot_user_id, "events": []}
    assert call.headers["x-line-signature"] == callbacks.sign(call.body, owner.account.channel_secret)
    assert (call.url, call.target) == (CALLBACK, "gateway")


def test_another_url_can_be_tested() -> None:
    """It is not set by that."""
    owner = Owner()
    owner.ok("POST", "/channel/webhook/test", {"endpoint": "https://other.example/"})
    assert [call.url for call in owner.calls] == ["https://other.example/"]
    assert owner.account.webhook_url == CALLBACK
