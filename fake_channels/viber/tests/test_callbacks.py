"""The webhook: how it is set, what goes there, how often, and the welcome message that comes back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import OptIn, OptOut, Read, SendText
from fake_channels.core.instants import HOUR, MINUTE
from fake_channels.viber import limits, wire
from fake_channels.viber.tests.calls import PNG, Bot, button, keyboard

_URL = "https://owner.example/hook"


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


# --- setting it -------------------------------------------------------------------------------------------------------


def test_a_webhook_is_called_before_it_is_set() -> None:
    """With a signed callback of its own."""
    bot = Bot(connected=False)
    told = bot.ok("set_webhook", url=_URL)
    (call,) = bot.calls
    proof = wire.signature(bot.account.token, call.body)
    assert (call.url, call.headers["X-Viber-Content-Signature"]) == (f"{_URL}?sig={proof}", proof)
    assert [one["event"] for one in bot.heard()] == ["webhook"]
    assert set(told["event_types"]) == set(limits.EVENTS)
    assert bot.account.webhook == _URL


@pytest.mark.parametrize("answer", [Answer(500), Answer(204), Answer(302), Answer(0, problem="refused")])
def test_a_url_that_does_not_answer_200_is_invalid(bot: Bot, answer: Answer) -> None:
    """The old one stays."""
    before = bot.account.webhook
    bot.answer = lambda _: answer
    told = bot.call("set_webhook", url=_URL)
    assert (told["status"], told["status_message"]) == (1, "invalidUrl")
    assert bot.account.webhook == before


@pytest.mark.parametrize("url", ["owner", "ftp://a/b", "https://", "https://a b/", "https://[a/", "https://a:0/"])
def test_what_is_no_url_is_not_even_called(bot: Bot, url: str) -> None:
    """Status 1 at once."""
    assert bot.call("set_webhook", url=url)["status"] == 1
    assert bot.calls == []


def test_the_request_needs_a_url_and_known_events(bot: Bot) -> None:
    """An empty one takes the webhook away, and what waited for it."""
    assert bot.call("set_webhook")["status"] == 4
    assert bot.call("set_webhook", url=_URL, event_types=["nonsense"])["status"] == 3
    bot.answer = lambda _: Answer(500)
    bot.act(bot.enrol(), SendText(text="unheard"))
    assert bot.ok("set_webhook", url="")["event_types"] == []
    assert (bot.account.webhook, bot.component.pending()) == ("", [])
    bot.act(bot.enrol(), SendText(text="nobody listens"))
    assert bot.component.pending() == []


def test_event_types_filter_all_but_messages_and_subscriptions(bot: Bot) -> None:
    """Those three always come."""
    told = bot.ok("set_webhook", url=_URL, event_types=["seen"])
    assert set(told["event_types"]) == {"seen", *limits.ALWAYS_SENT}
    bot.heard()
    customer = bot.enrol()
    bot.act(customer, OptIn())
    bot.act(customer, SendText(text="Hi"))
    bot.text(customer)
    bot.act(customer, Read())
    bot.act(customer, OptOut())
    assert bot.events() == ["subscribed", "message", "seen", "unsubscribed"]


def test_the_bot_says_whether_it_wants_names_and_pictures(bot: Bot) -> None:
    """Flags may be strings."""
    bot.ok("set_webhook", url=_URL, send_name="false", send_photo="true")
    bot.heard()
    bot.act(bot.enrol("Ada"), SendText(text="Hi"))
    sender = bot.heard()[0]["sender"]
    assert (sender["name"], "avatar" in sender) == ("Subscriber", True)
    bot.ok("set_webhook", url=_URL)
    bot.heard()
    bot.act(bot.enrol("Ada"), SendText(text="Hi"))
    sender = bot.heard()[0]["sender"]
    assert (sender["name"], "avatar" in sender) == ("Ada", False)


# --- what goes there --------------------------------------------------------------------------------------------------


def test_every_callback_is_signed_twice(bot: Bot) -> None:
    """In the header and in the URL, over the very bytes."""
    bot.act(bot.enrol(), SendText(text="שלום"))
    (call,) = bot.calls
    proof = wire.signature(bot.account.token, call.body)
    assert call.headers["X-Viber-Content-Signature"] == proof
    assert call.url == f"http://subject.example/callback?sig={proof}"


def test_retries_go_on_for_an_hour(bot: Bot) -> None:
    """From what happened on, until a 200 and nothing else; then the callback is lost and the next has its turn."""
    bot.answer = lambda _: Answer(204)
    customer = bot.enrol()
    bot.act(customer, SendText(text="first"))
    bot.act(customer, SendText(text="second"))
    tries: list[tuple[int, str]] = []
    for minute in range(62):
        tries += [(minute, one["text"]) for one in bot.messages()]
        bot.advance(MINUTE)
    expected = [(minute, "first") for minute in (0, 1, 3, 7, 15, 30, 60)]
    assert tries == [*expected, (60, "second")]
    assert (bot.account.outbox.lost, bot.component.pending()) == (2, [])


def test_a_late_answer_for_an_old_webhook_finds_nothing(bot: Bot) -> None:
    """A new one starts with an empty queue."""
    bot.answer = lambda _: Answer(500)
    customer = bot.enrol()
    bot.act(customer, SendText(text="for the old one"))
    bot.answer = lambda _: Answer(200)
    bot.ok("set_webhook", url=_URL)
    bot.heard()
    bot.advance(HOUR)
    assert bot.heard() == []
    bot.act(customer, SendText(text="for the new one"))
    assert [one["text"] for one in bot.messages()] == ["for the new one"]


# --- subscriptions ----------------------------------------------------------------------------------------------------


def test_opening_the_chat_starts_a_conversation_and_no_more(bot: Bot) -> None:
    """Once; the bot may not write yet."""
    customer = bot.enrol("Ada")
    bot.act(customer, Read())
    (started,) = bot.heard()
    user = {
        "id": customer.identity,
        "name": "Ada",
        "country": "US",
        "language": "en",
        "api_version": 10,
    }
    assert (started["event"], started["type"], started["user"], started["subscribed"]) == (
        "conversation_started",
        "open",
        user,
        False,
    )
    assert "context" not in started
    assert bot.refused(customer, type="text", text="x") == 6
    bot.act(customer, Read())
    assert bot.heard() == []


def test_following_a_link_starts_a_conversation_with_its_context_and_subscribes(bot: Bot) -> None:
    """Both are told, in this order; who is subscribed is not subscribed again."""
    customer = bot.enrol()
    bot.act(customer, OptIn(payload="campaign 7"))
    started, subscribed = bot.heard()
    assert (started["context"], started["subscribed"]) == ("campaign 7", False)
    assert (subscribed["event"], subscribed["user"]["id"]) == ("subscribed", customer.identity)
    bot.act(customer, OptIn(payload="campaign 8"))
    (again,) = bot.heard()
    assert (again["event"], again["context"], again["subscribed"]) == ("conversation_started", "campaign 8", True)


def test_the_first_message_subscribes_without_a_callback_of_its_own(bot: Bot) -> None:
    """And the bot may write."""
    customer = bot.enrol()
    bot.act(customer, SendText(text="Hi"))
    assert bot.events() == ["message"]
    bot.text(customer)


def test_who_has_left_can_come_back(bot: Bot) -> None:
    """Leaving is told once, and the conversation can be started anew."""
    customer = bot.subscriber()
    bot.act(customer, OptOut())
    bot.act(customer, OptOut())
    bot.act(customer, Read())
    assert bot.events() == ["unsubscribed", "conversation_started"]
    bot.act(customer, OptIn())
    bot.text(customer)


# --- the welcome message ----------------------------------------------------------------------------------------------

_WELCOME: dict[str, Any] = {
    "sender": {"name": "Acme"},
    "type": "text",
    "text": "Welcome!",
    "tracking_data": "first",
    "keyboard": keyboard(button("start", "Start")),
}


def test_the_answer_to_conversation_started_is_shown(bot: Bot) -> None:
    """Before the person has subscribed, without receipts; its tracking data comes back."""
    bot.greeting = _WELCOME
    customer = bot.enrol()
    bot.act(customer, Read())
    (item,) = customer.screen
    assert (item.text, item.author, item.buttons[0].title) == ("Welcome!", "business", "Start")
    assert bot.events() == ["conversation_started"]
    bot.act(customer, Read())
    assert (item.state, bot.events()) == ("read", [])
    bot.act(customer, SendText(text="Hi"))
    assert bot.messages() == [{"type": "text", "text": "Hi", "tracking_data": "first"}]


def test_a_welcome_may_be_a_picture(bot: Bot) -> None:
    """Fetched like any other; one that cannot be had is told to nobody."""
    bot.page("https://f.example/a.png", PNG, "image/png")
    for media, state in (("https://f.example/a.png", "delivered"), ("https://f.example/b.png", "failed")):
        bot.greeting = {"type": "picture", "text": "Hi", "media": media}
        customer = bot.enrol()
        bot.act(customer, Read())
        assert customer.screen[0].state == state
        assert bot.events() == ["conversation_started"]


@pytest.mark.parametrize("body", [b"", b"ok", b"{}", b"[]", b'{"type":"text"}', b'{"type":"nonsense"}', b"\xff"])
def test_an_answer_that_is_no_message_is_no_welcome(bot: Bot, body: bytes) -> None:
    """And no harm."""
    bot.answer = lambda _: Answer(200, {}, body)
    customer = bot.enrol()
    bot.act(customer, Read())
    assert customer.screen == []


def test_answers_to_other_callbacks_are_never_shown(bot: Bot) -> None:
    """A client that repeats its last body with every answer sends nothing by it."""

    def answer(call: Call) -> Answer:
        return Answer(200, {}, b"" if call.name == "conversation_started" else orjson.dumps(_WELCOME))

    bot.answer = answer
    customer = bot.enrol()
    bot.act(customer, OptIn())
    bot.act(customer, SendText(text="Hi"))
    assert [item.text for item in customer.screen] == ["Hi"]
