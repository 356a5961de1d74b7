"""Methods that the answer to an update names: performed, and nobody sees their result."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import OptIn, SendText
from fake_channels.core.instants import SECOND
from fake_channels.telegram.tests.calls import Bot, png

_HOOK = "https://owner.example/hook"


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token; nobody is connected."""
    return Bot(connected=False)


def _answering(bot: Bot, answer: Answer) -> Any:
    bot.ok("setWebhook", url=_HOOK)
    customer = bot.starter()
    bot.answer = lambda call: answer if call.method == "POST" else bot.pages.get(call.url, Answer(404))
    return customer


def _method(method: str, mime: str = "application/json", **args: Any) -> Answer:
    return Answer(200, {"content-type": mime}, orjson.dumps({"method": method, **args}))


def test_the_answer_to_an_update_may_be_a_call(bot: Bot) -> None:
    """As JSON or as a form; its result is not seen."""
    customer = _answering(bot, Answer(200))
    json = _method("SENDMESSAGE", chat_id=customer.identity, text="json")
    form = Answer(
        200,
        {"content-type": "application/x-www-form-urlencoded"},
        f"method=sendMessage&chat_id={customer.identity}&text=form".encode(),
    )
    for answer in (json, form):
        bot.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        bot.act(customer, SendText(text="?"))
    assert [item.text for item in customer.screen] == ["/start", "?", "json", "?", "form"]


def test_a_call_in_an_answer_may_need_a_file(bot: Bot) -> None:
    """Each of an album is fetched in turn."""
    url = "https://files.example/a.png"
    album = [{"type": "photo", "media": url}] * 2
    customer = _answering(bot, Answer(200))
    bot.pages[url] = Answer(200, {"content-type": "image/png"}, png())
    call = _method("sendMediaGroup", chat_id=customer.identity, media=album)
    bot.answer = lambda one: call if one.method == "POST" else bot.pages[one.url]
    bot.act(customer, SendText(text="?"))
    assert [item.kind for item in customer.screen] == ["text", "text", "image", "image"]


@pytest.mark.parametrize(
    "answer",
    [
        _method("getMe"),
        _method("setWebhook", url="https://other.example/"),
        _method("deleteWebhook"),
        _method("nonsense"),
        _method("sendMessage", chat_id=1, text="x"),
        _method("sendMessage", mime="text/plain", text="x"),
        Answer(200, {"content-type": "application/json"}, b"[1]"),
        Answer(200, {"content-type": "application/json"}, b"{"),
        Answer(200, {"content-type": "text/html"}, b"<p>ok</p>"),
    ],
)
def test_other_answers_change_nothing(bot: Bot, answer: Answer) -> None:
    """They are answers like any 2xx: the update is delivered."""
    customer = _answering(bot, answer)
    bot.act(customer, SendText(text="?"))
    info = bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"], len(customer.screen)) == (_HOOK, 0, 2)


def test_a_call_in_an_error_is_not_performed(bot: Bot) -> None:
    """Only a 2xx counts."""
    customer = _answering(bot, Answer(200))
    body = orjson.dumps({"method": "sendMessage", "chat_id": customer.identity, "text": "x"})
    bot.answer = lambda _: Answer(500, {"content-type": "application/json"}, body)
    bot.act(customer, SendText(text="?"))
    assert len(customer.screen) == 2


def test_a_late_answer_to_a_withdrawn_update_is_nothing(bot: Bot) -> None:
    """The webhook was deleted while it was under way."""
    bot.ok("setWebhook", url=_HOOK)
    customer = bot.enrol()
    acted = bot.component.act(customer, OptIn(), bot.now)
    (call,) = acted.effects
    assert isinstance(call, Call)
    bot.ok("deleteWebhook")
    bot.advance(SECOND)
    bot.ok("setWebhook", url=_HOOK)
    pending = bot.component.pending()
    late = _method("sendMessage", chat_id=customer.identity, text="x")
    assert bot.component.on_answer(call.then, late, bot.now) == []
    assert (bot.component.pending(), len(customer.screen)) == (pending, 1)
