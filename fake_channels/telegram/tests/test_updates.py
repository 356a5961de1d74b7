"""Updates by webhook and by getUpdates, without sockets."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import orjson
import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendText, Tap
from fake_channels.core.http import HttpReply, HttpRequest, Later
from fake_channels.core.instants import DAY, HOUR, SECOND
from fake_channels.telegram import limits
from fake_channels.telegram.tests.calls import Bot

_HOOK = "https://owner.example/hook"


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token; nobody is connected."""
    return Bot(connected=False)


def _say(bot: Bot, *texts: str) -> Any:
    customer = bot.enrol()
    for text in texts:
        bot.act(customer, SendText(text=text))
    return customer


def _polled(bot: Bot, **args: Any) -> list[str]:
    return [update["message"]["text"] for update in bot.ok("getUpdates", **args)]


# --- setting a webhook ------------------------------------------------------------------------------------------------


def test_a_webhook_is_set_looked_at_and_deleted(bot: Bot) -> None:
    """With the server's own descriptions; doing it again changes nothing."""
    for method, args, description in (
        ("deleteWebhook", {}, "Webhook is already deleted"),
        ("setWebhook", {"url": _HOOK}, "Webhook was set"),
        ("setWebhook", {"url": _HOOK}, "Webhook is already set"),
        ("deleteWebhook", {}, "Webhook was deleted"),
        ("setWebhook", {"url": ""}, "Webhook is already deleted"),
    ):
        status, told = bot.call(method, **args)
        assert (status, told) == (200, {"ok": True, "result": True, "description": description})


def test_webhook_info(bot: Bot) -> None:
    """Bare without a webhook; else with what was asked for."""
    bare = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    assert bot.ok("getWebhookInfo") == bare
    bot.ok("setWebhook", url=_HOOK, max_connections=500, allowed_updates=["message"], ip_address="192.0.2.1")
    assert bot.ok("getWebhookInfo") == {
        **bare,
        "url": _HOOK,
        "max_connections": 100,
        "ip_address": "192.0.2.1",
        "allowed_updates": ["message"],
    }


def test_a_certificate_is_noted(bot: Bot) -> None:
    """It comes as an upload."""
    bot.form("setWebhook", {"url": _HOOK}, {"certificate": ("a.pem", "application/x-pem-file", b"pem")})
    assert bot.ok("getWebhookInfo")["has_custom_certificate"] is True


@pytest.mark.parametrize(
    ("args", "description"),
    [
        ({"url": "nowhere"}, "invalid webhook URL specified"),
        ({"url": "ftp://owner.example/"}, "invalid webhook URL specified"),
        ({"url": "https://"}, "invalid webhook URL specified"),
        ({"url": "https://a b/"}, "invalid webhook URL specified"),
        ({"url": "https://owner.example:99999/"}, "invalid webhook URL specified"),
        ({"url": _HOOK, "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": _HOOK, "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": _HOOK, "allowed_updates": [1]}, "can't parse allowed updates JSON object"),
    ],
)
def test_a_wrong_webhook_is_refused(bot: Bot, args: dict[str, Any], description: str) -> None:
    """And the old state stays."""
    assert bot.refused("setWebhook", **args) == f"Bad Request: {description}"
    assert bot.ok("getWebhookInfo")["url"] == ""


def test_a_webhook_changes_once_a_second(bot: Bot) -> None:
    """A second change is too early and told when to come back."""
    bot.ok("setWebhook", url=_HOOK)
    status, told = bot.call("setWebhook", url=f"{_HOOK}/2")
    assert (status, told["parameters"]) == (429, {"retry_after": 1})
    assert told["description"] == "Too Many Requests: retry after 1"
    bot.advance(1 * SECOND)
    bot.ok("setWebhook", url=f"{_HOOK}/2")


# --- delivery ---------------------------------------------------------------------------------------------------------


def test_updates_are_posted_with_the_secret(bot: Bot) -> None:
    """And numbered one by one."""
    bot.ok("setWebhook", url=_HOOK, secret_token="s-1_A")
    _say(bot, "one", "two")
    calls = list(bot.calls)
    first, second = (update["update_id"] for update in bot.updates())
    assert second == first + 1
    for call in calls:
        assert (call.method, call.url, call.name, call.target) == ("POST", _HOOK, "message", "gateway")
        assert call.headers["X-Telegram-Bot-Api-Secret-Token"] == "s-1_A"
        assert call.headers["Content-Type"] == "application/json"


def test_without_a_secret_there_is_no_header_and_a_name_in_the_url_is_basic_auth(bot: Bot) -> None:
    """The name is taken out of the URL."""
    bot.ok("setWebhook", url="https://us%20er:pw@owner.example:8443/hook")
    _say(bot, "one")
    (call,) = bot.calls
    assert call.url == "https://owner.example:8443/hook"
    assert "X-Telegram-Bot-Api-Secret-Token" not in call.headers
    assert call.headers["Authorization"] == f"Basic {base64.b64encode(b'us er:pw').decode()}"


def test_retries_grow_to_the_cap_and_end_after_a_day(bot: Bot) -> None:
    """At once, then 2, 4, 8 ... seconds, then at the account's cap."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda _: Answer(500)
    _say(bot, "lost")
    times = []
    cap = bot.account.retry_cap_ms
    assert 60 * SECOND <= cap <= 120 * SECOND
    for wait in (1, 2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND, 32 * SECOND, min(64 * SECOND, cap), cap, cap):
        bot.advance(wait - 1)
        before = len(bot.calls)
        bot.advance(1)
        times.append(len(bot.calls) - before)
    assert times == [1] * 9
    info = bot.ok("getWebhookInfo")
    assert info["pending_update_count"] == 1
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert info["last_error_date"] == bot.now // 1000
    bot.advance(DAY)
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 0


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(0, problem="Connection refused"), "Connection refused"),
        (Answer(0), "Connection closed"),
        (Answer(302), "Wrong response from the webhook: 302 Found"),
        (Answer(599), "Wrong response from the webhook: 599"),
    ],
)
def test_the_last_error_is_told(bot: Bot, answer: Answer, message: str) -> None:
    """Whatever is no 2xx."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda _: answer
    _say(bot, "x")
    assert bot.ok("getWebhookInfo")["last_error_message"] == message


@pytest.mark.parametrize("asked", ["0", "²", "9" * 5_000, "-5", "soon", ""])
def test_a_wait_that_asks_for_nothing_changes_no_retry(asked: str) -> None:
    """Neither zero seconds nor what cannot be read."""
    bot = Bot()
    customer = bot.starter()
    bot.answer = lambda _: Answer(503, {"retry-after": asked})
    started = bot.now
    bot.act(customer, SendText(text="Hi"))
    assert [at - started for at, _ in bot.timers] == [1]
    bot.advance(1)
    assert [at - started for at, _ in bot.timers] == [2_001]


def test_retry_after_is_honoured(bot: Bot) -> None:
    """Instead of the schedule."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda _: Answer(503, {"retry-after": "30"})
    _say(bot, "x")
    bot.advance(30 * SECOND - 1)
    assert len(bot.calls) == 1
    bot.advance(1)
    assert len(bot.calls) == 2


def test_one_chats_trouble_is_not_anothers(bot: Bot) -> None:
    """Order holds within a chat alone."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda call: Answer(500 if b'"stuck"' in call.body else 200)
    _say(bot, "stuck", "behind")
    _say(bot, "free")
    assert [update["message"]["text"] for update in bot.updates()] == ["stuck", "free"]


def test_a_tap_is_worth_telling_for_150_seconds(bot: Bot) -> None:
    """Then nobody tries any more."""
    bot.ok("setWebhook", url=_HOOK)
    customer = bot.starter()
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    bot.ok("sendMessage", customer, text="?", reply_markup=keyboard)
    bot.answer = lambda _: Answer(500)
    bot.act(customer, Tap(item=customer.screen[-1].id, button="Yes"))
    bot.advance(100 * SECOND)
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 1
    bot.advance(150 * SECOND)
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 0


def test_a_webhook_that_is_gone_for_23_hours_is_removed(bot: Bot) -> None:
    """What waited can be polled; another answer in between keeps it."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda _: Answer(410)
    _say(bot, "x")
    bot.advance(12 * HOUR)
    bot.answer = lambda _: Answer(500)
    bot.advance(HOUR)
    bot.answer = lambda _: Answer(410)
    customer = _say(bot, "y")
    bot.advance(22 * HOUR)
    assert bot.ok("getWebhookInfo")["url"] == _HOOK
    bot.advance(2 * HOUR)
    assert bot.ok("getWebhookInfo")["url"] == ""
    bot.act(customer, SendText(text="z"))
    assert _polled(bot)[-1] == "z"


# --- allowed updates --------------------------------------------------------------------------------------------------


def test_only_wanted_updates_are_made(bot: Bot) -> None:
    """An empty list means all but the rare ones; not naming it keeps what was."""
    bot.ok("setWebhook", url=_HOOK, allowed_updates=["callback_query"])
    customer = _say(bot, "unheard")
    bot.advance(SECOND)
    bot.ok("setWebhook", url=f"{_HOOK}/2")
    bot.act(customer, SendText(text="unheard"))
    bot.advance(SECOND)
    bot.ok("setWebhook", url=_HOOK, allowed_updates=[])
    bot.act(customer, SendText(text="heard"))
    assert [update["message"]["text"] for update in bot.updates()] == ["heard"]


# --- polling ----------------------------------------------------------------------------------------------------------


def test_updates_wait_until_they_are_confirmed(bot: Bot) -> None:
    """An offset confirms what is older; a negative one counts from the end."""
    _say(bot, "1", "2", "3", "4")
    assert _polled(bot) == ["1", "2", "3", "4"]
    assert _polled(bot, limit=2) == ["1", "2"]
    assert _polled(bot, limit=0) == ["1"]
    last = bot.account.last_update_id
    assert _polled(bot, offset=last - 2) == ["2", "3", "4"]
    assert _polled(bot, offset=-2) == ["3", "4"]
    assert _polled(bot) == ["3", "4"]
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 2
    assert _polled(bot, offset=last + 1) == []
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 0


def test_after_a_day_nobody_gets_them(bot: Bot) -> None:
    """Later ones stay."""
    customer = _say(bot, "old")
    bot.advance(DAY)
    bot.act(customer, SendText(text="new"))
    assert _polled(bot) == ["old", "new"]
    bot.advance(1)
    assert _polled(bot) == ["new"]


def test_polling_may_choose_its_updates(bot: Bot) -> None:
    """From then on."""
    bot.ok("getUpdates", allowed_updates=["callback_query"])
    _say(bot, "unheard")
    assert bot.ok("getUpdates", allowed_updates=[]) == []
    _say(bot, "heard")
    assert _polled(bot) == ["heard"]


def test_with_a_webhook_there_is_no_polling(bot: Bot) -> None:
    """It must be deleted first."""
    bot.ok("setWebhook", url=_HOOK)
    assert bot.refused("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )


class _Poll:
    """One long poll, asked again by hand."""

    def __init__(self, bot: Bot, **args: Any) -> None:
        headers = {"content-type": "application/json"}
        self._bot, self._request = (
            bot,
            HttpRequest("POST", bot.path("getUpdates"), headers=headers, body=orjson.dumps(args)),
        )
        self.until: int | None = None
        self.told: Any = None
        self.ask()

    def ask(self) -> None:
        """Ask, or look again."""
        outcome = self._bot.component.handle(self._request, self._bot.now)
        self._bot.run(outcome.effects)
        if isinstance(outcome.reply, Later):
            self.until = outcome.reply.until
            return
        assert isinstance(outcome.reply, HttpReply)
        self.told = orjson.loads(outcome.reply.body)


def test_a_long_poll_waits_for_an_update_or_its_time(bot: Bot) -> None:
    """At most fifty seconds; then it is empty."""
    poll = _Poll(bot, timeout=500)
    assert (poll.until, poll.told) == (bot.now + 50 * SECOND, None)
    _say(bot, "at last")
    poll.ask()
    assert [update["message"]["text"] for update in poll.told["result"]] == ["at last"]
    poll = _Poll(bot, timeout=10, offset=bot.account.last_update_id + 1)
    bot.advance(10 * SECOND - 1)
    poll.ask()
    assert poll.told is None
    bot.advance(1)
    poll.ask()
    assert poll.told == {"ok": True, "result": []}


def test_a_newer_poll_ends_an_older_one(bot: Bot) -> None:
    """Two of one bot cannot wait at once; the older is woken to be told so."""
    older = _Poll(bot, timeout=50)
    assert bot.timers == []
    newer = _Poll(bot, timeout=50)
    assert [at for at, _ in bot.timers] == [bot.now]
    bot.advance(0)
    older.ask()
    assert older.told["error_code"] == 409
    assert older.told["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    _say(bot, "x")
    newer.ask()
    assert len(newer.told["result"]) == 1


def test_a_webhook_ends_a_poll(bot: Bot) -> None:
    """And says so."""
    poll = _Poll(bot, timeout=50)
    bot.ok("setWebhook", url=_HOOK)
    poll.ask()
    assert (poll.told["error_code"], poll.told["description"]) == (409, "Conflict: terminated by setWebhook request")


def test_the_same_offset_again_may_have_to_wait(bot: Bot) -> None:
    """By a setting, as the server does it: three seconds, when nothing comes before."""
    bot.account.settings = msgspec.structs.replace(bot.account.settings, slow_repeats=True)
    assert bot.ok("getUpdates") == []
    request = HttpRequest("POST", bot.path("getUpdates"))
    outcome = bot.component.handle(request, bot.now)
    assert isinstance(outcome.reply, Later)
    assert outcome.reply.until == bot.now + 3 * SECOND
    bot.now += 3 * SECOND
    assert isinstance(bot.component.handle(request, bot.now).reply, HttpReply)
    assert bot.ok("getUpdates", offset=5) == []


def test_there_is_an_end_to_what_waits(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest updates go first."""
    monkeypatch.setattr(limits, "UPDATES_MAX", 3)
    customer = bot.enrol()
    for number in range(5):
        bot.act(customer, SendText(text=f"{number}"))
    assert [one["message"]["text"] for one in bot.ok("getUpdates")][-3:] == ["2", "3", "4"]
    assert len(bot.account.updates) <= 4


# --- from one to the other --------------------------------------------------------------------------------------------


def test_what_waits_goes_to_a_new_webhook(bot: Bot) -> None:
    """In order."""
    _say(bot, "1", "2")
    bot.ok("setWebhook", url=_HOOK)
    assert [update["message"]["text"] for update in bot.updates()] == ["1", "2"]
    assert bot.ok("getWebhookInfo")["pending_update_count"] == 0


def test_what_a_webhook_did_not_take_can_be_polled(bot: Bot) -> None:
    """In order; a retry that was due sends nothing more."""
    bot.ok("setWebhook", url=_HOOK)
    bot.answer = lambda _: Answer(500)
    _say(bot, "1", "2")
    _say(bot, "3")
    bot.ok("deleteWebhook")
    before = len(bot.calls)
    bot.advance(HOUR)
    assert len(bot.calls) == before
    assert _polled(bot) == ["1", "2", "3"]


def test_retries_go_to_a_changed_webhook(bot: Bot) -> None:
    """With its secret."""
    bot.ok("setWebhook", url=_HOOK, secret_token="old")
    bot.answer = lambda call: Answer(500 if call.url == _HOOK else 200)
    _say(bot, "1", "2")
    bot.calls.clear()
    bot.advance(SECOND // 2)
    bot.calls.clear()
    bot.advance(SECOND // 2)
    bot.ok("setWebhook", url=f"{_HOOK}/new", secret_token="new")
    bot.advance(HOUR)
    assert [(call.url, call.headers["X-Telegram-Bot-Api-Secret-Token"]) for call in bot.calls] == [
        (f"{_HOOK}/new", "new")
    ] * 2


@pytest.mark.parametrize("method", ["setWebhook", "deleteWebhook"])
def test_what_waits_can_be_dropped(bot: Bot, method: str) -> None:
    """Both by setting and by deleting a webhook."""
    _say(bot, "1")
    args = {"url": _HOOK} if method == "setWebhook" else {}
    bot.ok(method, **args, drop_pending_updates=True)
    assert (bot.calls, bot.ok("getWebhookInfo")["pending_update_count"]) == ([], 0)
