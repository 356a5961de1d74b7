"""Sends: who is reached, what is shown, what it costs, and what happens to the same request twice."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Block, ComeBack, GoOffline, Handset, SendText, Unblock
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.line import limits
from fake_channels.line.tests.calls import BOT, JPEG, KEY, MP3, MP4, NOBODY, Owner, shown, text, texts

PUSH = "/message/push"


# --- who is reached ---------------------------------------------------------------------------------------------------


def test_a_push_reaches_a_friend_and_tells_ids_and_quote_tokens() -> None:
    """In order, with growing ids; a message that cannot be quoted has no token."""
    owner = Owner()
    friend = owner.friend()
    place = {"type": "location", "title": "Here", "address": "Street 1", "latitude": 1.5, "longitude": 2}
    sent = owner.push(friend, text("one"), place)
    assert texts(friend) == ["one", "Here"]
    assert [one["id"] for one in sent] == [item.id for item in shown(friend)]
    assert int(sent[0]["id"]) < int(sent[1]["id"])
    assert ["quoteToken" in one for one in sent] == [True, False]
    assert owner.events() == []


def test_a_push_to_nobody_fails_and_to_whom_cannot_be_named_is_invalid() -> None:
    """An unknown id, a group and no id at all."""
    owner = Owner()
    for to in (NOBODY, "C" + "0" * 32):
        assert owner.refused("POST", PUSH, {"to": to, "messages": [text()]}) == (
            400,
            {"message": "Failed to send messages"},
        )
    assert owner.refused("POST", PUSH, {"to": "me", "messages": [text()]}) == (
        400,
        {"message": "The property, 'to', in the request body is invalid (line: -, column: -)"},
    )


def test_a_push_to_who_blocked_or_never_added_the_account_is_accepted_and_dropped() -> None:
    """The only sign is the unfollow event; nothing of it is counted."""
    owner = Owner()
    stranger, blocker = owner.enrol(), owner.friend()
    owner.act(blocker, Block())
    for customer in (stranger, blocker):
        assert owner.push(customer, text())[0]["id"]
        assert shown(customer) == []
    owner.act(blocker, Unblock())
    assert shown(blocker) == []
    assert owner.ok("GET", "/message/quota/consumption") == {"totalUsage": 0}


def test_a_stranger_who_wrote_can_be_pushed_for_seven_days() -> None:
    """And not a moment longer."""
    owner = Owner()
    stranger = owner.enrol()
    owner.act(stranger, SendText(text="hi"))
    owner.advance(7 * DAY)
    owner.push(stranger, text("in time"))
    owner.advance(1)
    owner.push(stranger, text("too late"))
    assert texts(stranger) == ["in time"]


def test_only_so_many_messages_wait_for_a_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest."""
    monkeypatch.setattr(limits, "WAITING_MAX", 2)
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, GoOffline())
    owner.push(friend, text("one"), text("two"))
    owner.push(friend, text("three"))
    owner.act(friend, ComeBack())
    assert texts(friend) == ["two", "three"]


def test_an_offline_phone_gets_what_waited() -> None:
    """In order, when it comes back, files included."""
    owner = Owner()
    friend = owner.friend()
    owner.pages["https://files.example/a.jpg"] = Answer(200, {"content-type": "image/jpeg"}, JPEG)
    owner.act(friend, GoOffline())
    owner.push(friend, text("first"), _image())
    assert shown(friend) == []
    owner.act(friend, ComeBack())
    assert [item.kind for item in shown(friend)] == ["text", "image"]
    assert shown(friend)[1].media is not None


def test_multicast_reaches_those_it_can() -> None:
    """Each once; unknown ids are left out, and a group is no user."""
    owner = Owner()
    first, second = owner.friend(), owner.friend()
    to = [first.identity, second.identity, NOBODY, first.identity]
    assert owner.ok("POST", "/message/multicast", {"to": to, "messages": [text("all")]}) == {}
    assert (texts(first), texts(second)) == (["all"], ["all"])
    group = [first.identity, "C" + "0" * 32]
    assert "'to[1]'" in owner.refused("POST", "/message/multicast", {"to": group, "messages": [text()]})[1]["message"]


def test_broadcast_reaches_all_friends() -> None:
    """Neither strangers nor who blocked."""
    owner = Owner()
    friend, stranger, blocker = owner.friend(), owner.enrol(), owner.friend()
    owner.act(blocker, Block())
    assert owner.ok("POST", "/message/broadcast", {"messages": [text("all")]}) == {}
    assert [texts(one) for one in (friend, stranger, blocker)] == [["all"], [], []]


def test_narrowcast_is_accepted_and_its_progress_told() -> None:
    """To so many friends as asked; audiences and filters are refused rather than ignored."""
    owner = Owner()
    friends = [owner.friend() for _ in range(3)]
    reply = owner.call("POST", f"{BOT}/message/narrowcast", {"messages": [text("some")], "limit": {"max": 2}})
    assert (reply.status, reply.body) == (202, b"{}")
    progress = owner.ok("GET", f"/message/progress/narrowcast?requestId={reply.headers['X-Line-Request-Id']}")
    assert (progress["phase"], progress["successCount"]) == ("succeeded", 2)
    assert [texts(one) for one in friends] == [["some"], ["some"], []]
    assert owner.refused("GET", "/message/progress/narrowcast?requestId=x")[0] == 404
    audience = {"type": "audience", "audienceGroupId": 1}
    told = owner.refused("POST", "/message/narrowcast", {"messages": [text()], "recipient": audience})
    assert told[0] == 400
    assert "'recipient'" in told[1]["message"]


# --- replies ----------------------------------------------------------------------------------------------------------


def _reply(token: str, *messages: dict[str, Any]) -> dict[str, Any]:
    return {"replyToken": token, "messages": list(messages) or [text("answer")]}


def test_a_reply_token_is_good_once_and_for_a_minute() -> None:
    """To the millisecond; the answer costs nothing."""
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, SendText(text="one"))
    owner.act(friend, SendText(text="two"))
    first, second = (event["replyToken"] for event in owner.events())
    owner.advance(MINUTE)
    assert owner.ok("POST", "/message/reply", _reply(first))["sentMessages"][0]["quoteToken"]
    assert texts(friend) == ["answer"]
    invalid = (400, {"message": "Invalid reply token"})
    assert owner.refused("POST", "/message/reply", _reply(first)) == invalid
    owner.advance(1)
    assert owner.refused("POST", "/message/reply", _reply(second)) == invalid
    assert owner.ok("GET", "/message/quota/consumption") == {"totalUsage": 0}


def test_a_wrong_reply_leaves_the_token_unused() -> None:
    """It can still be answered."""
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, SendText(text="one"))
    token = owner.event()["replyToken"]
    assert owner.refused("POST", "/message/reply", _reply(token, text("")))[0] == 400
    assert owner.refused("POST", "/message/reply", _reply(token, text(quoteToken="wrong")))[0] == 400
    owner.ok("POST", "/message/reply", _reply(token))


def test_reply_tokens_are_forgotten() -> None:
    """None is kept for more than twenty minutes."""
    owner = Owner()
    friend = owner.friend()
    for _ in range(30):
        owner.act(friend, SendText(text="one"))
        owner.advance(MINUTE)
    assert len(owner.account.replies) <= 21


# --- the same twice ---------------------------------------------------------------------------------------------------


def _push(owner: Owner, to: Handset, key: str = KEY) -> Any:
    return owner.call("POST", BOT + PUSH, {"to": to.identity, "messages": [text()]}, {"x-line-retry-key": key})


def test_a_retry_key_that_was_accepted_is_a_conflict_for_a_day() -> None:
    """It tells the accepted request's id and what it sent; nothing is sent again."""
    owner = Owner()
    friend = owner.friend()
    first = _push(owner, friend)
    again = _push(owner, friend, KEY.upper())
    assert again.status == 409
    assert again.headers["X-Line-Accepted-Request-Id"] == first.headers["X-Line-Request-Id"]
    assert again.headers["X-Line-Request-Id"] != first.headers["X-Line-Request-Id"]
    assert orjson.loads(again.body) == {
        "message": "The retry key is already accepted",
        **orjson.loads(first.body),
    }
    owner.advance(DAY)
    assert _push(owner, friend).status == 409
    assert len(shown(friend)) == 1
    owner.advance(1)
    assert _push(owner, friend).status == 200


def test_a_retry_key_of_a_refused_request_is_still_free() -> None:
    """Only an accepted request uses it up."""
    owner = Owner()
    friend = owner.friend()
    wrong = {"to": friend.identity, "messages": [text("")]}
    assert owner.call("POST", BOT + PUSH, wrong, {"x-line-retry-key": KEY}).status == 400
    assert _push(owner, friend).status == 200


def test_broadcast_and_multicast_take_a_retry_key_and_reply_does_not() -> None:
    """A key that is no UUID is refused."""
    owner = Owner()
    friend = owner.friend()
    headers = {"x-line-retry-key": KEY}
    body = {"messages": [text()]}
    assert owner.call("POST", f"{BOT}/message/broadcast", body, headers).status == 200
    conflict = owner.call("POST", f"{BOT}/message/multicast", {**body, "to": [friend.identity]}, headers)
    assert orjson.loads(conflict.body) == {"message": "The retry key is already accepted"}
    assert owner.refused("POST", "/message/reply", _reply("x"), headers)[0] == 400
    assert owner.refused("POST", "/message/validate/push", body, headers)[0] == 400
    assert owner.refused("POST", "/message/broadcast", body, {"x-line-retry-key": "1"})[0] == 400


def test_accepted_retry_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(limits, "RETRY_KEYS_KEPT", 3)
    owner = Owner()
    friend = owner.friend()
    keys = [KEY[:-1] + str(number) for number in range(5)]
    for key in keys:
        assert _push(owner, friend, key).status == 200
    assert list(owner.account.accepted) == keys[2:]


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_recipients_are_counted_by_the_month_and_limited() -> None:
    """Not messages; the month is Japan's."""
    owner = Owner()
    first, second = owner.friend(), owner.friend()
    owner.component.change_settings({"quota": 3})
    owner.push(first, text("one"), text("two"))
    owner.ok("POST", "/message/multicast", {"to": [first.identity, second.identity], "messages": [text()]})
    assert owner.ok("GET", "/message/quota") == {"type": "limited", "value": 3}
    assert owner.ok("GET", "/message/quota/consumption") == {"totalUsage": 3}
    told = owner.refused("POST", PUSH, {"to": first.identity, "messages": [text()]})
    assert told == (429, {"message": "You have reached your monthly limit."})
    # START is 2023-11-14T22:13:20Z; December begins in Japan at 15:00 UTC on the last of November.
    owner.advance(15 * DAY + 16 * HOUR + 46 * MINUTE + 39 * SECOND)
    assert owner.refused("POST", PUSH, {"to": first.identity, "messages": [text()]})[0] == 429
    owner.advance(SECOND)
    owner.push(first, text())
    assert owner.ok("GET", "/message/quota/consumption") == {"totalUsage": 1}


def test_a_plan_may_be_without_limit() -> None:
    """Then no value is told."""
    owner = Owner()
    owner.component.change_settings({"quota": None})
    assert owner.ok("GET", "/message/quota") == {"type": "none"}


# --- files by URL -----------------------------------------------------------------------------------------------------


def _image(url: str = "https://files.example/a.jpg") -> dict[str, Any]:
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}


@pytest.mark.parametrize(
    ("message", "mime", "data"),
    [
        (_image(), "image/jpeg", JPEG),
        ({**_image(), "type": "video"}, "video/mp4", MP4),
        ({"type": "audio", "originalContentUrl": "https://files.example/a.jpg", "duration": 1_000}, "audio/mpeg", MP3),
        ({"type": "audio", "originalContentUrl": "https://files.example/a.jpg", "duration": 1_000}, "audio/x-m4a", MP4),
        (_image(), "application/octet-stream", JPEG),
    ],
)
def test_the_phone_shows_a_file_that_fits(message: dict[str, Any], mime: str, data: bytes) -> None:
    """It is fetched from its URL once, within 20 seconds, and no more of it than the type allows."""
    owner = Owner()
    friend = owner.friend()
    owner.pages["https://files.example/a.jpg"] = Answer(200, {"content-type": mime}, data)
    owner.push(friend, message)
    (item,) = shown(friend)
    assert item.media is not None
    assert (item.media.bytes, item.media.name, item.problem) == (len(data), "a.jpg", "")
    (call,) = [call for call in owner.calls if call.method == "GET"]
    assert (call.target, call.timeout_s, call.max_redirects) == ("media", 20.0, 3)
    assert call.max_bytes == limits.MEDIA_RULES[message["type"]].max_bytes


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(404), "status 404"),
        (Answer(0, problem="no answer within 20 s"), "no answer within 20 s"),
        (Answer(200, {"content-type": "image/jpeg"}, b""), "empty"),
        (Answer(200, {"content-type": "text/html"}, b"<p>"), "text/html cannot be shown as image"),
        (Answer(200, {"content-type": "image/gif"}, b"GIF89a" + bytes(20)), "image/gif cannot be shown"),
        (Answer(200, {"content-type": "image/jpeg"}, PDF := b"%PDF-1.7"), "application/pdf"),
        (Answer(200, {"content-type": "image/jpeg"}, JPEG + bytes(10 * limits.MEGABYTE)), "larger"),
    ],
)
def test_a_file_that_does_not_come_is_seen_on_the_phone_alone(answer: Answer, problem: str) -> None:
    """The push was accepted long before."""
    owner = Owner()
    friend = owner.friend()
    owner.pages["https://files.example/a.jpg"] = answer
    owner.push(friend, _image(), text("after"))
    item, _ = shown(friend)
    assert item.media is None
    assert problem in item.problem
    assert owner.events() == []


def test_a_file_for_a_message_that_left_the_screen_is_forgotten() -> None:
    """The phone keeps so many messages and no more."""
    owner = Owner()
    friend = owner.friend()
    friend.cap = 1
    owner.pages["https://files.example/a.jpg"] = Answer(200, {"content-type": "image/jpeg"}, JPEG)
    owner.push(friend, _image(), text("after"))
    assert texts(friend) == ["after"]
    assert friend.media == {}


# --- quoting, loading, reading ----------------------------------------------------------------------------------------


def test_a_message_can_quote_one_of_the_same_chat() -> None:
    """By the token of either side; another chat's token is refused."""
    owner = Owner()
    friend, other = owner.friend(), owner.friend()
    owner.act(friend, SendText(text="question"))
    token = owner.event()["message"]["quoteToken"]
    sent = owner.push(friend, text("answer", quoteToken=token))
    owner.push(
        friend, {"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": sent[0]["quoteToken"]}
    )
    question, answer, sticker = friend.screen
    assert (answer.reply_to, sticker.reply_to) == (question.id, answer.id)
    for wrong in ("x", "é", token[:-4] + "AAAA"):
        told = owner.refused("POST", PUSH, {"to": friend.identity, "messages": [text(quoteToken=wrong)]})
        assert told[1]["details"][0]["property"] == "messages[0].quoteToken"
    assert owner.refused("POST", PUSH, {"to": other.identity, "messages": [text(quoteToken=token)]})[0] == 400
    assert shown(other) == []


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    """As JSON's integers may be; the world's times stay integers."""
    owner = Owner()
    friend, _ = owner.friend(), owner.friend()
    body = {"messages": [text("some")], "limit": {"max": 1.0}}
    assert owner.call("POST", f"{BOT}/message/narrowcast", body).status == 202
    assert texts(friend) == ["some"]
    owner.ok("POST", "/chat/loading/start", {"chatId": friend.identity, "loadingSeconds": 5.0}, status=202)
    assert [type(at) for at, _ in owner.timers] == [int]


def _loading(owner: Owner, friend: Handset, *, seconds: int | None = None) -> bool:
    if seconds is not None:
        asked = {} if not seconds else {"loadingSeconds": seconds}
        assert owner.ok("POST", "/chat/loading/start", {"chatId": friend.identity, **asked}, status=202) == {}
    return friend.typing


def test_the_loading_animation_lasts_as_asked_or_until_the_next_message() -> None:
    """20 seconds when nothing is asked; a later one is not ended by an earlier one's end."""
    owner = Owner()
    friend = owner.friend()
    assert _loading(owner, friend, seconds=0)
    owner.advance(15 * SECOND)
    assert _loading(owner, friend, seconds=10)
    owner.advance(10 * SECOND - 1)
    assert _loading(owner, friend)
    owner.advance(1)
    assert not _loading(owner, friend)
    assert _loading(owner, friend, seconds=60)
    owner.push(friend, text())
    assert not _loading(owner, friend)


def test_wrong_loading_requests_are_refused_and_an_offline_phone_shows_nothing() -> None:
    """Seconds come in fives from 5 to 60."""
    owner = Owner()
    friend = owner.friend()
    for seconds in (0, 4, 7, 61):
        told = owner.refused("POST", "/chat/loading/start", {"chatId": friend.identity, "loadingSeconds": seconds})
        assert told[1]["details"][0]["message"].startswith("Must be one of the following values: [5, 10, 15,")
    for chat in (NOBODY, "C" + "0" * 32, "x"):
        assert "'chatId'" in owner.refused("POST", "/chat/loading/start", {"chatId": chat})[1]["message"]
    owner.act(friend, GoOffline())
    owner.ok("POST", "/chat/loading/start", {"chatId": friend.identity}, status=202)
    assert not friend.typing


def test_the_account_can_mark_messages_as_read() -> None:
    """Up to the one that the token came with, or all of a chat."""
    owner = Owner()
    friend = owner.friend()
    for said in ("one", "two", "three"):
        owner.act(friend, SendText(text=said))
    token = owner.events()[1]["message"]["markAsReadToken"]
    assert owner.ok("POST", "/chat/markAsRead", {"markAsReadToken": token}) == {}
    assert [item.state for item in friend.screen] == ["read", "read", "sent"]
    owner.ok("POST", "/message/markAsRead", {"chat": {"userId": friend.identity}})
    assert friend.screen[2].state == "read"
    for wrong in ("x", owner.push(friend, text())[0]["quoteToken"]):
        told = owner.refused("POST", "/chat/markAsRead", {"markAsReadToken": wrong})
        assert told == (400, {"message": "Invalid markAsReadToken"})
    assert owner.refused("POST", "/message/markAsRead", {"chat": {"userId": NOBODY}})[0] == 400
