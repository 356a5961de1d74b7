"""Webhooks: signed, in order, and redelivered when they fail."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Handset, SendText
from fake_channels.core.instants import DAY, MINUTE, SECOND
from fake_channels.line import callbacks, limits
from fake_channels.line.tests.calls import Owner, text
from fake_channels.tests.scene import CALLBACK


class Listener:
    """Answers webhooks by script, 200 when it is over."""

    def __init__(self, owner: Owner, *script: Answer) -> None:
        self.script = list(script)
        owner.answer = lambda _: self.script.pop(0) if self.script else Answer(200)


def _said(owner: Owner) -> list[tuple[str, bool]]:
    return [(event["message"]["text"], event["deliveryContext"]["isRedelivery"]) for event in owner.events()]


def test_a_webhook_is_signed_over_exactly_its_bytes() -> None:
    """With the channel secret, and posted within two seconds or not at all."""
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, SendText(text="שלום 👋"))
    (call,) = owner.calls
    assert (call.method, call.url, call.target, call.timeout_s) == ("POST", CALLBACK, "gateway", 2.0)
    assert call.headers["x-line-signature"] == callbacks.sign(call.body, owner.account.channel_secret)
    told = orjson.loads(call.body)
    assert told["destination"] == owner.account.bot_user_id
    (event,) = told["events"]
    assert (event["mode"], event["timestamp"]) == ("active", owner.now)
    assert event["source"] == {"type": "user", "userId": friend.identity}


def test_the_signature_is_base64_of_the_hmac() -> None:
    """Test case 2 of https://www.rfc-editor.org/rfc/rfc4231."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert base64.b64decode(callbacks.sign(b"what do ya want for nothing?", "Jefe")).hex() == expected


def test_a_failed_webhook_is_redelivered_and_holds_nothing_back() -> None:
    """The same event and time, marked as redelivered, after a minute; later events have gone out meanwhile."""
    owner = Owner()
    friend = owner.friend()
    Listener(owner, Answer(500))
    owner.act(friend, SendText(text="one"))
    owner.act(friend, SendText(text="two"))
    first = orjson.loads(owner.calls[0].body)["events"][0]
    assert _said(owner) == [("one", False), ("two", False)]
    owner.advance(MINUTE - 1)
    assert owner.calls == []
    owner.advance(1)
    (again,) = owner.calls
    event = orjson.loads(again.body)["events"][0]
    assert event == {**first, "deliveryContext": {"isRedelivery": True}}
    assert again.headers["x-line-signature"] == callbacks.sign(again.body, owner.account.channel_secret)
    assert again.timeout_s == 2.0


def test_redelivery_goes_on_for_so_long_and_ends() -> None:
    """After five attempts the event is lost."""
    owner = Owner()
    friend = owner.friend()
    Listener(owner, *[Answer(0, problem="no answer within 2 s")] * 100)
    owner.act(friend, SendText(text="one"))
    owner.advance(DAY)
    assert _said(owner) == [("one", False)] + [("one", True)] * len(limits.REDELIVERY_MS)
    assert owner.component.pending() == []
    assert owner.account.outbox.lost == 1


def test_without_redelivery_a_failed_webhook_is_lost() -> None:
    """As for a channel whose switch is off."""
    owner = Owner()
    owner.component.change_settings({"redelivery": False})
    friend = owner.friend()
    Listener(owner, Answer(500))
    owner.act(friend, SendText(text="one"))
    owner.act(friend, SendText(text="two"))
    owner.advance(DAY)
    assert _said(owner) == [("one", False), ("two", False)]
    assert owner.account.outbox.lost == 1


def _token_after(owner: Owner, friend: Handset, waits: int) -> str:
    """The reply token of an event that came through only after so many redeliveries."""
    Listener(owner, *[Answer(500)] * waits)
    owner.act(friend, SendText(text="one"))
    owner.advance(sum(limits.REDELIVERY_MS[:waits]))
    token: str = owner.events()[-1]["replyToken"]
    return token


def _reply(owner: Owner, token: str) -> int:
    value = {"replyToken": token, "messages": [text()]}
    return owner.call("POST", "/v2/bot/message/reply", value).status


@pytest.mark.parametrize(("waits", "later", "status"), [(3, MINUTE, 200), (3, MINUTE + 1, 400), (4, SECOND, 400)])
def test_a_redelivered_reply_token_is_good_for_another_minute(waits: int, later: int, status: int) -> None:
    """Unless the event is older than twenty minutes."""
    owner = Owner()
    friend = owner.friend()
    token = _token_after(owner, friend, waits)
    owner.advance(later)
    assert _reply(owner, token) == status


def test_a_used_reply_token_does_not_come_back() -> None:
    """Redelivery gives no second answer."""
    owner = Owner()
    friend = owner.friend()
    Listener(owner, Answer(500))
    owner.act(friend, SendText(text="one"))
    token = owner.event()["replyToken"]
    assert _reply(owner, token) == 200
    owner.advance(MINUTE)
    assert owner.event()["replyToken"] == token
    assert _reply(owner, token) == 400


def test_while_one_webhook_is_under_way_the_next_waits() -> None:
    """Of one chat; each chat has a queue of its own."""
    owner = Owner()
    friend, other = owner.friend(), owner.friend()
    held: list[Call] = []

    def emit(customer: Handset, said: str) -> None:
        acted = owner.component.act(customer, SendText(text=said), owner.now)
        held.extend(effect for effect in acted.effects if isinstance(effect, Call))

    emit(friend, "one")
    emit(friend, "two")
    emit(other, "three")
    assert [_text_of(call) for call in held] == ["one", "three"]
    following: Any = owner.component.on_answer(held[0].then, Answer(200), owner.now)
    assert [_text_of(call) for call in following] == ["two"]


def _text_of(call: Call) -> str:
    text: str = orjson.loads(call.body)["events"][0]["message"]["text"]
    return text


def test_an_inactive_webhook_tells_nothing() -> None:
    """As when the console's switch is off."""
    owner = Owner()
    owner.component.change_settings({"use_webhook": False})
    owner.act(owner.friend(), SendText(text="one"))
    assert owner.calls == []
    assert owner.account.replies == {}


def test_the_schedule_of_redelivery_can_be_set() -> None:
    """The vendor does not disclose it."""
    owner = Owner()
    friend = owner.friend()
    owner.component.change_settings({"redelivery_ms": [10, 20]})
    Listener(owner, *[Answer(500)] * 9)
    owner.act(friend, SendText(text="one"))
    owner.advance(10)
    assert len(_said(owner)) == 2
    owner.advance(20)
    assert _said(owner) == [("one", True)]
    assert owner.component.pending() == []


@pytest.mark.parametrize("wrong", [{"quota": -1}, {"redelivery_ms": []}, {"redelivery_ms": [0]}, {"unknown": 1}])
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    """By name and by value."""
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_", maxsplit=1)[0]):
        Owner().component.change_settings(wrong)
