"""Who can be written to, sessions, time to live, receipts."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import Block, ComeBack, GoOffline, Read, SendText, Unblock
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.viberbm import limits
from fake_channels.viberbm.tests.calls import MP4, PDF, PNG, Business

_TEXT: dict[str, Any] = {"#txt": "x", "#tracking_data": ""}


@pytest.fixture
def business() -> Business:
    """Somebody with a service id who is called back."""
    return Business()


# --- who can be written to --------------------------------------------------------------------------------------------


def test_a_message_is_shown_and_delivered(business: Business) -> None:
    """By number, with or without a plus; the receipt has the token of the answer."""
    customer = business.enrol()
    told = business.call(customer, 206, _TEXT, dest=f"+{customer.identity}")
    assert set(told) == {"seq", "message_token", "status"}
    assert [(item.id, item.text, item.state) for item in customer.screen] == [(told["message_token"], "x", "delivered")]
    assert business.heard() == [
        {
            "event": "receipt",
            "service_id": business.account.service_id,
            "msisdn": customer.identity,
            "ts": business.now,
            "message_token": told["message_token"],
            "status": "delivered",
        }
    ]


def test_who_has_no_viber_and_who_has_blocked_are_told_apart(business: Business) -> None:
    """9 and 8; unblocking helps."""
    customer = business.enrol()
    assert business.refused(None, 206, _TEXT, dest="15550000000") == 9
    business.act(customer, Block())
    assert business.refused(customer, 206, _TEXT) == 8
    business.act(customer, Unblock())
    business.text(customer)


def test_without_a_receiver_of_callbacks_messages_still_arrive() -> None:
    """Nobody is told."""
    business = Business(connected=False)
    customer = business.enrol()
    business.text(customer)
    assert (len(customer.screen), business.calls) == (1, [])


def test_the_same_sequence_number_twice_is_two_messages(business: Business) -> None:
    """It is only echoed."""
    customer = business.enrol()
    assert business.text(customer) != business.text(customer)
    assert len(customer.screen) == 2


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_message_needs_a_session(business: Business) -> None:
    """The user's message opens it, for 24 hours from then on and not longer."""
    customer = business.enrol()
    assert business.refused(customer, 306, _TEXT) == 21
    business.act(customer, SendText(text="Hi"))
    session = business.heard()[0]["session_id"]
    told = business.call(customer, 306, _TEXT)
    assert (told["status"], told["session_id"]) == (0, session)
    business.advance(23 * HOUR)
    business.act(customer, SendText(text="still there?"))
    assert business.heard()[-1]["session_id"] == session
    business.advance(HOUR - 1)
    business.text(customer, "x", 306)
    business.advance(1)
    assert business.refused(customer, 306, _TEXT) == 21
    business.act(customer, SendText(text="again"))
    assert business.heard()[-1]["session_id"] != session
    business.text(customer, "x", 306)


def test_other_messages_need_no_session(business: Business) -> None:
    """And carry none."""
    customer = business.enrol()
    for number in (206, 225):
        assert "session_id" not in business.call(customer, number, _TEXT)


def test_five_session_messages_in_a_row_and_no_more(business: Business) -> None:
    """Until the user writes; others do not count."""
    customer = business.enrol()
    business.act(customer, SendText(text="Hi"))
    for _ in range(limits.IN_A_ROW_MAX):
        business.text(customer, "x", 306)
        business.text(customer, "x", 206)
    assert business.refused(customer, 306, _TEXT) == 21
    business.text(customer, "x", 206)
    business.act(customer, SendText(text="go on"))
    business.text(customer, "x", 306)


def test_an_older_account_sends_ten_in_a_row(business: Business) -> None:
    """As the account is set."""
    business.component.change_settings({"in_a_row_max": 10})
    customer = business.enrol()
    business.act(customer, SendText(text="Hi"))
    for _ in range(10):
        business.text(customer, "x", 306)
    assert business.refused(customer, 306, _TEXT) == 21


def test_sixty_session_messages_in_a_session_and_no_more(business: Business) -> None:
    """Whatever the user writes; the next session has its own."""
    customer = business.enrol()
    for number in range(limits.SESSION_MAX):
        if number % limits.IN_A_ROW_MAX == 0:
            business.act(customer, SendText(text="more"))
        business.text(customer, "x", 306)
    business.act(customer, SendText(text="more"))
    assert business.refused(customer, 306, _TEXT) == 17
    business.advance(DAY)
    business.act(customer, SendText(text="more"))
    business.text(customer, "x", 306)


def test_a_world_may_lift_the_limits(business: Business) -> None:
    """For load tests; the session itself is still needed."""
    business.component._limited = False
    customer = business.enrol()
    assert business.refused(customer, 306, _TEXT) == 21
    business.act(customer, SendText(text="Hi"))
    for _ in range(limits.SESSION_MAX + 1):
        business.text(customer, "x", 306)


@pytest.mark.parametrize("kind", ["one-way", "two-way"])
def test_only_a_session_account_has_session_messages(business: Business, kind: Any) -> None:
    """Others are refused their types."""
    business.component.change_settings({"kind": kind})
    assert business.refused(business.enrol(), 306, _TEXT) == 5


# --- time to live -----------------------------------------------------------------------------------------------------


def test_a_message_that_is_not_delivered_in_time_expires(business: Business) -> None:
    """At the very second; it never arrives, and nothing more is told of it."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    token = business.text(customer, "late", ttl=60)
    kept = business.text(customer, "kept", ttl=61)
    business.advance(60 * SECOND - 1)
    assert business.receipts() == []
    business.advance(1)
    assert business.receipts() == [(token, "expired")]
    business.act(customer, ComeBack())
    assert [item.text for item in customer.screen] == ["kept"]
    assert business.receipts() == [(kept, "delivered")]
    business.advance(DAY)
    assert business.receipts() == []


def test_a_message_too_many_for_a_phone_expires_the_oldest(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is told once."""
    monkeypatch.setattr(limits, "WAITING_MAX", 1)
    customer = business.enrol()
    business.act(customer, GoOffline())
    lost = business.text(customer, "one", ttl=60)
    kept = business.text(customer, "two")
    assert business.receipts() == [(lost, "expired")]
    business.advance(60 * SECOND)
    business.act(customer, ComeBack())
    assert business.receipts() == [(kept, "delivered")]


def test_a_message_waits_two_weeks_by_itself(business: Business) -> None:
    """Then it expires."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    token = business.text(customer)
    business.advance(14 * DAY - 1)
    assert business.receipts() == []
    business.advance(1)
    assert (business.receipts(), customer.waiting) == ([(token, "expired")], [])


# --- files ------------------------------------------------------------------------------------------------------------

_FILES: list[tuple[int, dict[str, Any], dict[str, Any], bytes, str, str]] = [
    (307, {"#img": "https://f/a.png", "#tracking_data": ""}, {}, PNG, "image/png", "image"),
    (107, {"#img": "https://f/a"}, {}, PNG, "text/plain", "image"),
    (
        220,
        {"#action": "https://f/a", "#fileName": "a.pdf", "#tracking_data": ""},
        {"file_type": "pdf"},
        PDF,
        "application/pdf",
        "document",
    ),
    (
        230,
        {"#thumbnail": "https://f/t.jpg", "#action": "https://f/a.mp4", "#tracking_data": ""},
        {"file_size": 9, "duration": 1},
        MP4,
        "video/mp4",
        "video",
    ),
]


@pytest.mark.parametrize(("number", "message", "rest", "body", "mime", "kind"), _FILES)
def test_a_file_is_fetched_for_the_phone(
    business: Business, number: int, message: dict[str, Any], rest: dict[str, Any], body: bytes, mime: str, kind: str
) -> None:
    """Delivered once it is there."""
    customer = business.enrol()
    business.act(customer, SendText(text="Hi"))
    business.heard()
    business.page(message.get("#img") or message["#action"], body, mime)
    token = business.send(customer, number, message, **rest)
    item = customer.screen[-1]
    assert (item.kind, item.state) == (kind, "delivered")
    assert item.media is not None
    assert customer.media[item.media.id] == body
    assert business.receipts() == [(token, "delivered")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(404), limits.BROKEN_MEDIA),
        (Answer(0, problem="too large"), limits.BROKEN_MEDIA),
        (Answer(200, {"content-type": "image/png"}, b""), limits.BROKEN_MEDIA),
        (Answer(200, {"content-type": "image/png"}, PDF), limits.WRONG_MEDIA),
        (Answer(200, {"content-type": "text/html"}, b"<html>"), limits.WRONG_MEDIA),
        (Answer(200, {}, b"GIF89a" + bytes(limits.GIF_MAX)), limits.BROKEN_MEDIA),
    ],
)
def test_a_file_that_cannot_be_had_fails_the_message(business: Business, answer: Answer, reason: str) -> None:
    """It was accepted: the failure comes as a receipt."""
    customer = business.enrol()
    business.pages["https://f/a.png"] = answer
    token = business.send(customer, 107, {"#img": "https://f/a.png"})
    (told,) = business.heard()
    assert (told["message_token"], told["status"], told["reason"]) == (token, "failed", reason)
    assert (customer.screen[0].state, customer.screen[0].problem) == ("failed", reason)


# --- templates --------------------------------------------------------------------------------------------------------


def test_a_template_is_filled_in(business: Business) -> None:
    """By id, in a language it has, with all its parameters."""
    customer = business.enrol()
    order, password = business.account.templates
    wanted = {"order": "7", "status": "on its way"}
    business.send(customer, 1702, templateId=order, templateLang="de", templateParams=wanted)
    business.send(customer, 1701, templateId=password, templateLang="en", templateParams={"pin": "1234"})
    assert [item.text for item in customer.screen] == ["Order 7 is now on its way.", "Your code is 1234."]


@pytest.mark.parametrize(
    ("template", "language", "parameters", "status"),
    [
        ("other", "en", {}, 38),
        ("order", "fi", {"order": "7", "status": "x"}, 38),
        ("order", "en", {"order": "7"}, 39),
        ("order", "en", {"order": "7", "status": " "}, 39),
        ("order", "en", {"order": "7", "status": "x", "more": "y"}, 39),
        ("password", "en", {}, 7),
        ("password", "en", {"pin": ""}, 7),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused(
    business: Business, template: str, language: str, parameters: dict[str, str], status: int
) -> None:
    """With the status of what is wrong."""
    order, password = business.account.templates
    known = {"order": order, "password": password}.get(template, template)
    customer = business.enrol()
    told = business.refused(customer, 1702, templateId=known, templateLang=language, templateParams=parameters)
    assert (told, customer.screen) == (status, [])


# --- receipts and callbacks -------------------------------------------------------------------------------------------


def test_each_message_is_seen_once(business: Business) -> None:
    """In their order."""
    customer = business.enrol()
    tokens = [business.text(customer) for _ in range(2)]
    business.heard()
    business.act(customer, Read())
    assert business.receipts() == [(token, "seen") for token in tokens]
    business.act(customer, Read())
    assert business.receipts() == []


def test_callbacks_are_tried_again_for_an_hour(business: Business) -> None:
    """Any 2xx ends it."""
    business.answer = lambda _: Answer(503)
    business.act(business.enrol(), SendText(text="Hi"))
    tries = []
    for minute in range(62):
        tries += [minute] * len(business.heard())
        business.advance(MINUTE)
    assert tries == [0, 1, 3, 7, 15, 30, 60]
    business.answer = lambda _: Answer(204)
    business.act(business.enrol(), SendText(text="Hi"))
    business.advance(HOUR)
    assert len(business.heard()) == 1
