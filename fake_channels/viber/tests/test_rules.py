"""Who may be written to, how often, and what comes of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Block, ComeBack, GoOffline, OptOut, Read, Rename, SendText
from fake_channels.core.instants import HOUR, SECOND
from fake_channels.viber import limits
from fake_channels.viber.tests.calls import GIF, MP4, PDF, PNG, Bot, button, keyboard

_PICTURE = "https://files.example/a.png"


@pytest.fixture
def bot() -> Bot:
    """Somebody who holds a token, with a webhook."""
    return Bot()


# --- who may be written to --------------------------------------------------------------------------------------------


def test_a_message_is_shown_and_delivered(bot: Bot) -> None:
    """The answer has its token, and the receipt the same."""
    customer = bot.subscriber()
    told = bot.ok("send_message", receiver=customer.identity, type="text", text="Hello")
    assert told["message_token"] < 2**53
    assert [(item.id, item.text, item.state) for item in customer.screen] == [
        (str(told["message_token"]), "Hello", "delivered")
    ]
    (receipt,) = bot.heard()
    assert (receipt["event"], receipt["message_token"], receipt["user_id"]) == (
        "delivered",
        told["message_token"],
        customer.identity,
    )


def test_tokens_may_be_as_wide_as_the_vendors(bot: Bot) -> None:
    """Beyond what JavaScript keeps, when the account is set so."""
    bot.component.change_settings({"wide_tokens": True})
    token = int(bot.text(bot.subscriber()))
    assert len(str(token)) == 19
    assert token < 2**63


def test_nobody_who_is_not_subscribed_can_be_written_to(bot: Bot) -> None:
    """Strangers, newcomers, and those who have left or blocked the bot."""
    assert bot.call("send_message", receiver="nobody", type="text", text="x")["status"] == 5
    assert bot.refused(bot.enrol(), type="text", text="x") == 6
    for leave in (OptOut(), Block()):
        customer = bot.subscriber()
        bot.act(customer, leave)
        assert bot.refused(customer, type="text", text="x") == 6
        assert customer.screen == []
    told = bot.call("send_message", receiver=customer.identity, type="text", text="x")
    assert told["status_message"] == "notSubscribed"


def test_without_a_webhook_nothing_can_be_sent() -> None:
    """Status 10, whatever the message."""
    bot = Bot(connected=False)
    customer = bot.subscriber()
    assert bot.refused(customer, type="text", text="x") == 10
    assert bot.call("broadcast_message", broadcast_list=["a"], type="text", text="x")["status"] == 10


def test_a_hundred_messages_an_hour_without_an_answer_and_no_more(bot: Bot) -> None:
    """An answer or the next clock hour makes room; other people are not concerned."""
    customer, other = bot.subscriber(), bot.subscriber()
    for _ in range(limits.UNANSWERED_MAX):
        bot.text(customer)
    told = bot.call("send_message", receiver=customer.identity, type="text", text="x")
    assert (told["status"], told["status_message"]) == (12, "Too many requests")
    bot.text(other)
    bot.act(customer, SendText(text="stop it"))
    for _ in range(limits.UNANSWERED_MAX):
        bot.text(customer)
    assert bot.refused(customer, type="text", text="x") == 12
    left = HOUR - bot.now % HOUR
    bot.advance(left - 1)
    assert bot.refused(customer, type="text", text="x") == 12
    bot.advance(1)
    bot.text(customer)


def test_a_world_may_lift_the_limits(bot: Bot) -> None:
    """For load tests."""
    bot.component._limited = False
    customer = bot.subscriber()
    for _ in range(limits.UNANSWERED_MAX + 1):
        bot.text(customer)
    for _ in range(limits.DETAILS_MAX + 1):
        bot.ok("get_user_details", id=customer.identity)
    for _ in range(limits.BROADCASTS_MAX + 1):
        bot.ok("broadcast_message", broadcast_list=["a"], type="text", text="x")


def test_billing_tells_a_session_from_the_rest(bot: Bot) -> None:
    """Twenty-four hours from the user's first message, not from the latest."""
    customer = bot.subscriber()
    message = {"receiver": customer.identity, "type": "text", "text": "x"}
    assert bot.ok("send_message", **message)["billing_status"] == limits.BILLED_FREE
    bot.act(customer, SendText(text="Hi"))
    bot.advance(23 * HOUR)
    bot.act(customer, SendText(text="still there?"))
    assert bot.ok("send_message", **message)["billing_status"] == limits.BILLED_IN_SESSION
    bot.advance(HOUR)
    assert bot.ok("send_message", **message)["billing_status"] == limits.BILLED_FREE


def test_a_message_for_a_phone_without_network_waits(bot: Bot) -> None:
    """And is delivered, in order, when it is found again."""
    customer = bot.subscriber()
    bot.act(customer, GoOffline())
    tokens = [bot.text(customer, text) for text in ("one", "two")]
    assert (customer.screen, bot.heard()) == ([], [])
    bot.act(customer, ComeBack())
    assert [item.id for item in customer.screen] == tokens
    assert [str(one["message_token"]) for one in bot.heard()] == tokens


def test_only_so_many_messages_wait_for_a_phone(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest."""
    monkeypatch.setattr(limits, "WAITING_MAX", 2)
    customer = bot.subscriber()
    bot.act(customer, GoOffline())
    for text in ("one", "two", "three"):
        bot.text(customer, text)
    bot.act(customer, ComeBack())
    assert [item.text for item in customer.screen] == ["two", "three"]


# --- broadcasts -------------------------------------------------------------------------------------------------------


def test_a_broadcast_reaches_all_it_can_and_names_the_others(bot: Bot) -> None:
    """One token for all; nobody gets it twice."""
    first, second, left = bot.subscriber(), bot.subscriber(), bot.enrol()
    told = bot.ok(
        "broadcast_message",
        broadcast_list=[first.identity, second.identity, first.identity, left.identity, "nobody"],
        type="text",
        text="News",
    )
    assert told["failed_list"] == [
        {"receiver": left.identity, "status": 6, "status_message": "Not subscribed"},
        {"receiver": "nobody", "status": 5, "status_message": "Not found"},
    ]
    assert [[item.text for item in one.screen] for one in (first, second, left)] == [["News"], ["News"], []]
    assert {one["message_token"] for one in bot.heard()} == {told["message_token"]}


def test_a_broadcast_has_three_hundred_receivers_at_most(bot: Bot) -> None:
    """One more is bad data."""
    ids = [str(number) for number in range(301)]
    assert bot.call("broadcast_message", broadcast_list=ids[:300], type="text", text="x")["status"] == 0
    assert bot.call("broadcast_message", broadcast_list=ids, type="text", text="x")["status"] == 3
    assert bot.call("broadcast_message", broadcast_list=[], type="text", text="x")["status"] == 3
    assert bot.call("broadcast_message", type="text", text="x")["status"] == 4


def test_five_hundred_broadcasts_in_ten_seconds(bot: Bot) -> None:
    """The window slides."""
    message = {"broadcast_list": ["a"], "type": "text", "text": "x"}
    bot.ok("broadcast_message", **message)
    bot.advance(5 * SECOND)
    for _ in range(limits.BROADCASTS_MAX - 1):
        bot.ok("broadcast_message", **message)
    assert bot.call("broadcast_message", **message)["status"] == 12
    bot.advance(5 * SECOND)
    bot.ok("broadcast_message", **message)
    assert bot.call("broadcast_message", **message)["status"] == 12
    assert len(bot.account.broadcasts) == limits.BROADCASTS_MAX


def test_a_broadcast_fills_its_place_holders_for_each_receiver(bot: Bot) -> None:
    """Names with quotes included."""
    ada, quoted = bot.subscriber("Ada"), bot.subscriber('"Q" \\ 山')
    text = "Hi replace_me_with_user_name, replace_me_with_url_encoded_receiver_id replace_me_with_receiver_id"
    bot.ok("broadcast_message", broadcast_list=[ada.identity, quoted.identity], type="text", text=text)
    assert quoted.screen[0].text.startswith('Hi "Q" \\ 山, ')
    encoded = ada.identity.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")
    assert ada.screen[0].text == f"Hi Ada, {encoded} {ada.identity}"


def test_a_broadcast_that_a_name_makes_too_long_reaches_the_others(bot: Bot) -> None:
    """Whose it is stands in the list of failures."""
    long, ada = bot.subscriber("Wolfeschlegelsteinhausenberger Sr."), bot.subscriber("Ada")
    told = bot.ok(
        "broadcast_message",
        broadcast_list=[ada.identity, long.identity],
        type="contact",
        contact={"name": "replace_me_with_user_name", "phone_number": "1"},
    )
    assert [(one["receiver"], one["status"]) for one in told["failed_list"]] == [(long.identity, 3)]
    assert [item.text for item in ada.screen] == ["Ada 1"]
    assert [one["user_id"] for one in bot.heard()] == [ada.identity]


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "body", "content_type", "shown"),
    [
        (
            {"type": "picture", "text": "Look", "media": "https://f.example/a.PNG?x=1"},
            PNG,
            "image/png",
            ("image", "Look"),
        ),
        ({"type": "picture", "text": "", "media": "https://f.example/a.gif"}, GIF, "text/plain", ("image", "")),
        ({"type": "video", "media": "https://f.example/a.mp4", "size": 9}, MP4, "video/mp4", ("video", "")),
        (
            {"type": "file", "media": "https://f.example/a", "size": 9, "file_name": "a.pdf"},
            PDF,
            "application/pdf",
            ("document", ""),
        ),
    ],
)
def test_a_file_is_fetched_for_the_phone(
    bot: Bot, message: dict[str, object], body: bytes, content_type: str, shown: tuple[str, str]
) -> None:
    """Delivered once it is there; what it is, its bytes say."""
    customer = bot.subscriber()
    bot.page(str(message["media"]), body, content_type)
    token = bot.send(customer, **message)
    (item,) = customer.screen
    assert ((item.kind, item.text), item.state) == (shown, "delivered")
    assert item.media is not None
    assert customer.media[item.media.id] == body
    assert [(one["event"], str(one["message_token"])) for one in bot.heard()] == [("delivered", token)]


@pytest.mark.parametrize(
    ("status", "body", "content_type", "desc"),
    [
        (404, b"gone", "text/plain", limits.BROKEN_MEDIA),
        (200, b"", "image/png", limits.BROKEN_MEDIA),
        (200, b"<html>", "text/html", limits.WRONG_MEDIA),
        (200, PDF, "image/png", limits.WRONG_MEDIA),
    ],
)
def test_a_file_that_cannot_be_had_fails_the_message(
    bot: Bot, status: int, body: bytes, content_type: str, desc: str
) -> None:
    """It was accepted: the failure comes as a callback, and the phone shows the problem."""
    customer = bot.subscriber()
    bot.page(_PICTURE, body, content_type, status)
    token = bot.send(customer, type="picture", text="", media=_PICTURE)
    assert [(one["event"], str(one["message_token"]), one["desc"]) for one in bot.heard()] == [("failed", token, desc)]
    assert [(item.state, item.problem, item.media) for item in customer.screen] == [("failed", desc, None)]


def test_a_file_that_is_too_slow_or_too_large_is_not_had(bot: Bot) -> None:
    """The call for it has the vendor's bounds, and no answer is a failure too."""
    customer = bot.subscriber()
    bot.pages[_PICTURE] = Answer(0, problem="too large")
    bot.send(customer, type="picture", text="", media=_PICTURE)
    call = next(one for one in bot.calls if one.method == "GET")
    assert (call.target, call.max_bytes, call.max_redirects) == ("media", 3 * 1_048_576, limits.FETCH_REDIRECTS)
    assert call.timeout_s == limits.FETCH_TIMEOUT_S
    assert customer.screen[0].state == "failed"


def test_a_file_waits_for_the_phone_and_is_fetched_then(bot: Bot) -> None:
    """Not before, and a message behind it keeps its place."""
    customer = bot.subscriber()
    bot.page(_PICTURE, PNG, "image/png")
    bot.act(customer, GoOffline())
    bot.send(customer, type="picture", text="", media=_PICTURE)
    bot.text(customer, "after")
    assert bot.calls == []
    bot.act(customer, ComeBack())
    assert [(item.kind, item.state) for item in customer.screen] == [("image", "delivered"), ("text", "delivered")]


# --- the other kinds --------------------------------------------------------------------------------------------------


def test_cards_places_links_and_stickers(bot: Bot) -> None:
    """Each is shown as what it is."""
    customer = bot.subscriber()
    bot.send(customer, type="contact", contact={"name": "Bo", "phone_number": "+15550100"})
    bot.send(customer, type="location", location={"lat": "1.5", "lon": -2})
    bot.send(customer, type="url", media="https://a.example/page")
    bot.send(customer, type="sticker", sticker_id=46105)
    assert [(item.kind, item.text) for item in customer.screen] == [
        ("contact", "Bo +15550100"),
        ("location", ""),
        ("text", "https://a.example/page"),
        ("sticker", ""),
    ]
    place = customer.screen[1].location
    assert place is not None
    assert (place.latitude, place.longitude) == (1.5, -2.0)


# --- receipts ---------------------------------------------------------------------------------------------------------


def test_seen_comes_once_for_all_that_was_unread(bot: Bot) -> None:
    """With the newest token; reading again tells nothing."""
    customer = bot.subscriber()
    bot.text(customer)
    newest = bot.text(customer)
    bot.heard()
    bot.act(customer, Read())
    assert [(one["event"], str(one["message_token"])) for one in bot.heard()] == [("seen", newest)]
    assert {item.state for item in customer.screen} == {"read"}
    bot.act(customer, Read())
    assert bot.heard() == []


# --- look-ups ---------------------------------------------------------------------------------------------------------


def test_account_info_counts_subscribers_and_shows_the_webhook(bot: Bot) -> None:
    """And nothing of a webhook that is not there."""
    bot.subscriber()
    bot.enrol()
    told = bot.ok("get_account_info")
    assert (told["subscribers_count"], told["webhook"]) == (1, "http://subject.example/callback")
    assert set(told["event_types"]) == set(limits.EVENTS)
    bot.ok("set_webhook", url="")
    told = bot.ok("get_account_info")
    assert (told["webhook"], told["event_types"]) == ("", [])


def test_user_details_are_given_twice_in_twelve_hours(bot: Bot) -> None:
    """Of subscribers, with the name they have now."""
    customer = bot.subscriber("Ada")
    bot.act(customer, Rename(name="Ada L"))
    user = bot.ok("get_user_details", id=customer.identity)["user"]
    assert (user["id"], user["name"], user["api_version"]) == (customer.identity, "Ada L", 10)
    assert {"primary_device_os", "viber_version", "mcc", "mnc", "device_type", "country", "language"} <= set(user)
    bot.advance(HOUR)
    bot.ok("get_user_details", id=customer.identity)
    assert bot.call("get_user_details", id=customer.identity)["status"] == 12
    bot.advance(limits.DETAILS_MS - HOUR)
    bot.ok("get_user_details", id=customer.identity)
    assert bot.call("get_user_details", id=customer.identity)["status"] == 12
    assert bot.call("get_user_details", id="nobody")["status"] == 5
    assert bot.call("get_user_details", id=bot.enrol().identity)["status"] == 6
    assert bot.call("get_user_details")["status"] == 4


def test_online_status_of_everybody_asked_for(bot: Bot) -> None:
    """Connected, not connected since when, or none of the bot's business."""
    here, gone, stranger = bot.subscriber(), bot.subscriber(), bot.enrol()
    bot.act(gone, GoOffline())
    left_at = bot.now
    bot.advance(HOUR)
    users = bot.ok("get_online", ids=[here.identity, gone.identity, stranger.identity, "nobody"])["users"]
    assert users == [
        {"id": here.identity, "online_status": 0, "online_status_message": "online"},
        {"id": gone.identity, "online_status": 1, "online_status_message": "offline", "last_online": left_at},
        {"id": stranger.identity, "online_status": 4, "online_status_message": "unavailable"},
        {"id": "nobody", "online_status": 4, "online_status_message": "unavailable"},
    ]
    assert bot.call("get_online", ids=["a"] * 101)["status"] == 3
    assert bot.call("get_online")["status"] == 4


def test_a_keyboard_alone_is_a_message(bot: Bot) -> None:
    """It has a token, and is delivered."""
    customer = bot.subscriber()
    bot.send(customer, keyboard=keyboard(button("yes", "Yes")))
    assert [(item.kind, item.text, item.buttons[0].title) for item in customer.screen] == [("buttons", "", "Yes")]
    assert bot.events() == ["delivered"]


@pytest.mark.parametrize("rows", [0, 3, "3", 7])
def test_a_button_of_a_keyboard_is_one_or_two_rows_high(bot: Bot, rows: Any) -> None:
    """Only those of rich media are as high as seven."""
    customer = bot.subscriber()
    assert bot.refused(customer, keyboard=keyboard(button("yes", Rows=rows))) == 3
    bot.send(customer, keyboard=keyboard(button("yes", Rows="2")))
    rich = {"Type": "rich_media", "Buttons": [button("yes", Rows=7)]}
    bot.send(customer, type="rich_media", rich_media=rich, min_api_version=7)


def test_a_request_of_thirty_kilobytes_is_too_large_only_beyond_them(bot: Bot) -> None:
    """The longest text with the longest tracking data fits."""
    customer = bot.subscriber()
    bot.text(customer, "x" * 7_000, tracking_data="y" * 4_000)
    assert len(orjson.dumps({"text": "x" * 7_000, "tracking_data": "y" * 4_000})) < limits.REQUEST_MAX
