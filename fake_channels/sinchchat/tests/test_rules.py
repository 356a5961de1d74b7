"""Playbooks of the chat: what is said, who takes it, what the business is told."""

from __future__ import annotations

import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import ComeBack, GoOffline, SendText
from fake_channels.core.instants import DAY, SECOND
from fake_channels.sinchchat import limits, rules, wire
from fake_channels.sinchchat.tests.calls import PNG, Chat
from fake_channels.tests.scene import START


@pytest.fixture
def chat() -> Chat:
    """A project with a callback URL."""
    return Chat()


# --- delivery ---------------------------------------------------------------------------------------------------------


def test_an_open_chat_takes_a_message_at_once(chat: Chat) -> None:
    """DELIVERED with the fields of a report, and there is no other status."""
    customer = chat.enrol("Ada Byron")
    message_id = chat.text(customer, topic_id="orders")
    assert chat.callbacks() == [
        {
            "project_id": chat.account.project_id,
            "client_id": chat.account.client_id,
            "uuid": customer.identity,
            "event_time": "2023-11-14T22:13:20.000Z",
            "display_name": "Ada Byron",
            "topic_id": "orders",
            "message_delivery_report": {"message_id": message_id, "status": "DELIVERED"},
        }
    ]
    assert [(item.id, item.text, item.state) for item in customer.screen] == [(message_id, "Hello", "delivered")]


def test_the_businesss_own_id_is_the_entrys_and_is_taken_once(chat: Chat) -> None:
    """A repeated send gets the same answer and shows nothing new."""
    customer = chat.enrol()
    assert chat.text(customer, message_id="01M") == chat.text(customer, message_id="01M") == "01M"
    assert chat.reports() == ["DELIVERED"]
    assert len(customer.screen) == 1


def test_what_comes_while_somebody_is_away_waits(chat: Chat) -> None:
    """It is delivered, in order, when they come back."""
    customer = chat.enrol()
    chat.act(customer, GoOffline())
    chat.text(customer, "one")
    chat.text(customer, "two")
    assert (chat.reports(), customer.screen) == ([], [])
    chat.act(customer, ComeBack())
    assert chat.reports() == ["DELIVERED"] * 2
    assert [item.text for item in customer.screen] == ["one", "two"]


def test_too_much_for_somebody_who_is_away_drops_the_oldest(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing grows for ever: it fails as not reachable."""
    monkeypatch.setattr(limits, "WAITING_MAX", 2)
    customer = chat.enrol()
    chat.act(customer, GoOffline())
    for text in ("one", "two", "three"):
        chat.text(customer, text)
    assert chat.reports() == ["FAILED RECIPIENT_NOT_REACHABLE"]
    assert [item.text for item in customer.waiting] == ["two", "three"]


def test_nobody_gets_nothing(chat: Chat) -> None:
    """A uuid that was never issued is refused at once."""
    body = {"recipient": {"uuid": "nobody"}, "app_message": {"text_message": {"text": "a"}}}
    assert chat.business("POST", "/app:send", body)[0] == 404


def test_an_ordered_failure_comes_after_the_acceptance(chat: Chat) -> None:
    """By a report with its reason; nobody sees the message."""
    customer = chat.enrol()
    chat.failing = Refusal(0, "CHANNEL_FAILURE", text="Ordered")
    chat.text(customer)
    (told,) = chat.callbacks()
    assert told["message_delivery_report"]["reason"] == {"code": "CHANNEL_FAILURE", "description": "Ordered"}
    assert customer.screen == []


# --- streams ----------------------------------------------------------------------------------------------------------


def test_a_stream_takes_what_it_has_written(chat: Chat) -> None:
    """Somebody whom only the wire knows gets the entry, then the business gets DELIVERED."""
    token = chat.issue("visitor 7")
    stream = chat.subscribe(token)
    assert stream.read() == []
    chat.text("visitor 7", message_id="01M")
    assert chat.reports() == []
    (entry,) = stream.read()
    assert (entry["entry_id"], entry["app_message"]) == ("01M", {"text_message": {"text": "Hello"}})
    assert entry["delivery_time"] == "2023-11-14T22:13:20.000Z"
    assert chat.reports() == ["DELIVERED"]
    assert stream.read() == []


def test_what_nobody_took_is_first_in_the_next_stream(chat: Chat) -> None:
    """Without any start; what was taken before is not told again."""
    token = chat.issue("v")
    chat.text("v", "one")
    assert [entry["app_message"]["text_message"]["text"] for entry in chat.subscribe(token).read()] == ["one"]
    chat.text("v", "two")
    assert [entry["app_message"]["text_message"]["text"] for entry in chat.subscribe(token).read()] == ["two"]


def test_a_stream_goes_on_after_the_last_event_id(chat: Chat) -> None:
    """Nothing is lost, nothing doubled, and what the reader has it has, even if the stream broke at once."""
    token = chat.issue("v")
    for number in range(3):
        chat.text("v", f"{number}")
    piece = chat.component.on_stream(chat.subscribe(token).position, chat.now)
    assert piece.data.count(b"data: ") == 3
    assert chat.reports() == []
    resumed = chat.subscribe(token, last="2")
    assert [entry["app_message"]["text_message"]["text"] for entry in resumed.read()] == ["2"]
    assert chat.reports() == ["DELIVERED"] * 3


@pytest.mark.parametrize(("back", "count"), [(0, 0), (1, 1), (3, 2)])
def test_a_stream_may_begin_in_the_past(chat: Chat, back: int, count: int) -> None:
    """With every entry since `start_time`."""
    customer = chat.enrol()
    for _ in range(2):
        chat.text(customer)
        chat.advance(SECOND)
    start = f"2023-11-14T22:13:{22 - back}Z"
    assert len(chat.subscribe(chat.issue(customer.identity), start_time=start).read()) == count


def test_both_sides_are_in_the_stream_and_topics_apart(chat: Chat) -> None:
    """Own messages are echoed; another topic's are not told, nor taken."""
    token = chat.issue("v")
    stream, orders = chat.subscribe(token), chat.subscribe(token, topic_id="orders")
    chat.say(token, message={"text_message": {"text": "mine"}})
    chat.text("v", "plain")
    chat.text("v", "order", topic_id="orders")
    assert [next(kind for kind in ("contact_message", "app_message") if kind in one) for one in stream.read()] == [
        "contact_message",
        "app_message",
    ]
    assert chat.reports() == ["DELIVERED"]
    assert len(orders.read()) == 1
    assert chat.reports() == ["DELIVERED"]


def test_a_long_stream_comes_in_pieces(chat: Chat) -> None:
    """However much there is, each entry comes once and in order."""
    token = chat.issue("v")
    for number in range(130):
        chat.text("v", f"{number}")
    texts = [entry["app_message"]["text_message"]["text"] for entry in chat.subscribe(token).read()]
    assert texts == [f"{number}" for number in range(130)]


def test_a_stream_ends_when_its_token_does(chat: Chat) -> None:
    """What it has written by then is delivered all the same."""
    token = chat.issue("v")
    stream = chat.subscribe(token)
    chat.text("v")
    piece = chat.component.on_stream(stream.position, chat.now)
    assert piece.position is not None
    stream.position = piece.position
    chat.advance(DAY)
    assert (stream.read(), stream.over) == ([], True)
    assert chat.reports() == ["DELIVERED"]


# --- events -----------------------------------------------------------------------------------------------------------


def test_typing_is_shown_for_ten_seconds(chat: Chat) -> None:
    """Unless it is shown anew, ended, or a message comes."""
    customer = chat.enrol()
    chat.event(customer, "composing_event")
    chat.advance(6 * SECOND)
    chat.event(customer, "composing_event")
    chat.advance(6 * SECOND)
    shown = [customer.typing]
    chat.advance(4 * SECOND)
    shown.append(customer.typing)
    for end in (lambda: chat.event(customer, "composing_end_event"), lambda: chat.text(customer)):
        chat.event(customer, "composing_event")
        shown.append(customer.typing)
        end()
        shown.append(customer.typing)
    assert shown == [True, False] * 3
    assert chat.reports() == ["DELIVERED"]


def test_typing_is_told_now_or_never(chat: Chat) -> None:
    """It is in open streams, not in the history and not in a stream that comes later."""
    customer = chat.enrol()
    token = chat.issue(customer.identity)
    stream = chat.subscribe(token)
    chat.event(customer, "composing_event")
    assert [entry["app_event"] for entry in stream.read()] == [{"composing_event": {}}]
    assert chat.entries(token) == []
    chat.advance(limits.COMPOSING_MS)
    assert chat.subscribe(token, start_time="2023-01-01T00:00:00Z").read() == []


def test_agents_come_and_go_on_the_screen_and_in_the_history(chat: Chat) -> None:
    """A generic event is in the stream alone; none of them is reported."""
    customer = chat.enrol()
    chat.event(customer, "agent_joined_event", {"agent": {"display_name": "Ann"}})
    chat.event(customer, "generic_event", {"payload": {"a": 1}})
    assert [(item.author, item.text) for item in customer.screen] == [("system", "Ann joined the chat")]
    assert [next(iter(entry["app_event"])) for entry in chat.entries(chat.issue(customer.identity))] == [
        "generic_event",
        "agent_joined_event",
    ]
    assert chat.callbacks() == []


# --- files of the business --------------------------------------------------------------------------------------------


def file(mime: str = "image/png", head: int = 200, body: int = 200) -> dict[str, Answer]:
    """What a file's server answers."""
    return {"HEAD": Answer(head, {"content-type": mime}), "GET": Answer(body, {"content-type": mime}, PNG)}


@pytest.mark.parametrize(
    ("answers", "asked", "problem"),
    [
        (file(), ["HEAD", "GET"], ""),
        (file(head=405), ["HEAD"], "the file cannot be loaded: status 405"),
        (file(body=404), ["HEAD", "GET"], "the file cannot be loaded: status 404"),
        (file("text/html; charset=utf-8"), ["HEAD"], "the app cannot show files of type text/html"),
        (file(""), ["HEAD"], "the app cannot show files of type unknown"),
        ({"HEAD": Answer(0, problem="no answer within 10 s")}, ["HEAD"], "cannot be loaded: no answer within 10 s"),
    ],
)
def test_the_phone_loads_a_file_as_the_app_does(
    chat: Chat, answers: dict[str, Answer], asked: list[str], problem: str
) -> None:
    """HEAD first; the message is delivered whatever comes of it."""
    chat.answer = lambda call: answers[call.method] if call.target == "media" else Answer(200)
    customer = chat.enrol()
    chat.send(customer, {"media_message": {"url": "https://x.example/a/b.png?c=d"}})
    calls: list[Call] = [call for call in chat.calls if call.target == "media"]
    assert [call.method for call in calls] == asked
    assert all(call.max_bytes == limits.MEDIA_MAX and call.max_redirects for call in calls)
    (item,) = customer.screen
    assert problem in item.problem
    assert (item.kind, item.media and item.media.name) == (("image", "b.png") if not problem else ("media", None))
    assert chat.reports() == ["DELIVERED"]


def test_a_cards_file_keeps_the_card(chat: Chat) -> None:
    """Under the name that the message gives it."""
    chat.answer = lambda call: file()[call.method] if call.target == "media" else Answer(200)
    customer = chat.enrol()
    media = {"url": "https://x.example/b.png", "filename_override": "nice.png"}
    chat.send(customer, {"card_message": {"title": "A", "media_message": media}})
    (item,) = customer.screen
    assert item.media is not None
    assert (item.kind, item.media.name, customer.media[item.media.id]) == ("card", "nice.png", PNG)


def test_a_file_for_a_message_that_is_gone_is_forgotten(chat: Chat) -> None:
    """The screen holds only so much."""
    customer = chat.enrol()

    def answer(call: Call) -> Answer:
        customer.screen.clear()
        return file().get(call.method, Answer(200))

    chat.answer = answer
    chat.send(customer, {"media_message": {"url": "https://x.example/b.png"}})
    assert customer.media == {}


# --- callbacks and history --------------------------------------------------------------------------------------------


def test_callbacks_are_signed_and_in_order(chat: Chat) -> None:
    """The proof is over exactly these bytes."""
    customer = chat.enrol()
    for text in ("one", "two"):
        chat.act(customer, SendText(text=text))
    assert [call.name for call in chat.calls] == ["contact message"] * 2
    for call in chat.calls:
        nonce = call.headers["x-sinch-webhook-signature-nonce"]
        expected = wire.signature_headers(call.body, chat.account.callback_secret, nonce, str(START // 1000))
        assert {name: call.headers[name] for name in expected} == expected


def test_without_a_callback_url_nobody_is_told() -> None:
    """And nothing is queued."""
    chat = Chat(connected=False)
    chat.act(chat.enrol(), SendText(text="a"))
    assert (chat.calls, chat.component.channel.pending(chat.account)) == ([], [])


def test_the_history_is_read_newest_first_page_by_page(chat: Chat) -> None:
    """Until the token of the next page is empty."""
    customer = chat.enrol()
    token = chat.issue(customer.identity)
    for number in range(5):
        chat.text(customer, f"{number}")
    pages, page_token = list[list[str]](), ""
    while not pages or page_token:
        query = {"page_size": "2"} | ({"page_token": page_token} if page_token else {})
        _, answer = chat.page(token, "GET", "/chat/history", **query)
        page_token = answer["next_page_token"]
        pages.append([entry["app_message"]["text_message"]["text"] for entry in answer["entries"]])
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert len(chat.entries(token)) == 5


def test_the_history_is_bounded(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest entries are forgotten; numbers go on."""
    monkeypatch.setattr("fake_channels.sinchchat.state.HISTORY_KEPT", 2)
    customer = chat.enrol()
    for number in range(4):
        chat.text(customer, f"{number}")
    entries = chat.account.customers[customer.identity].entries
    assert [kept.seq for kept in entries] == [3, 4]


def test_the_retry_schedule_ends_within_its_day() -> None:
    """Fifteen attempts after the first, the last of them beyond the day: it is never made."""
    waits = rules.RETRY.delays_ms
    assert sum(waits[:-1]) < limits.RETRY_EXPIRE_MS < sum(waits)
