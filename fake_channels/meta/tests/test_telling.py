"""Webhooks: subscribed fields, order, retries, and what happens after an hour of failures."""

from __future__ import annotations

import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendText
from fake_channels.core.instants import HOUR, MINUTE, SECOND
from fake_channels.meta.tests.calls import Business


def _failing(status: int) -> Answer:
    return Answer(status)


@pytest.mark.parametrize("status", [0, 201, 302, 400, 404, 500])
def test_only_200_is_success(business: Business, status: int) -> None:
    """Everything else is tried again: three times at once, then more and more slowly, the same bytes."""
    customer = business.enrol()
    business.answer = lambda _: _failing(status)
    business.act(customer, SendText(text="hello"))
    at = [business.now]
    for wait in (SECOND, SECOND, SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE):
        business.advance(wait - 1)
        assert len(business.calls) == len(at)
        business.advance(1)
        at.append(business.now)
        assert len(business.calls) == len(at)
    assert len({call.body for call in business.calls}) == 1
    assert {call.timeout_s for call in business.calls} == {5.0}


def test_an_hour_of_failures_unsubscribes_the_app(business: Business) -> None:
    """Exactly then; what waited is lost, and nothing more comes until the app subscribes again."""
    customer = business.enrol()
    business.answer = lambda _: _failing(500)
    business.act(customer, SendText(text="lost"))
    business.advance(HOUR - 1)
    assert business.account.fields != ()
    assert business.component.pending() != []
    business.advance(1)
    assert business.call("GET", "/me/subscribed_apps") == (200, {"data": []})
    assert business.component.pending() == []
    business.answer = lambda _: Answer(200)
    business.told()
    business.act(customer, SendText(text="unheard"))
    assert business.told() == []
    assert business.call("POST", "/me/subscribed_apps", subscribed_fields="messages") == (200, {"success": True})
    business.act(customer, SendText(text="heard"))
    assert [message["text"] for message in business.heard("message")] == ["heard"]


def test_one_success_within_the_hour_keeps_the_app_subscribed(business: Business) -> None:
    """The hour begins anew with the next failure."""
    first, second = business.enrol(), business.enrol()
    business.answer = lambda _: _failing(500)
    business.act(first, SendText(text="a"))
    business.advance(HOUR - MINUTE)
    business.answer = lambda _: Answer(200)
    business.act(second, SendText(text="b"))
    business.answer = lambda _: _failing(500)
    business.advance(5 * MINUTE)
    business.act(second, SendText(text="c"))
    business.advance(30 * MINUTE)
    assert business.account.fields != ()


def test_only_subscribed_fields_are_told(business: Business) -> None:
    """Of the app and of the account: both must name the field."""
    customer = business.writer()
    assert business.call("POST", "/me/subscribed_apps", subscribed_fields="messaging_postbacks")[0] == 200
    business.act(customer, SendText(text="unheard"))
    assert business.told() == []
    assert business.call("POST", "/me/subscribed_apps", subscribed_fields="messages,messaging_postbacks")[0] == 200
    business.account.app_fields = ("messaging_postbacks",)
    business.act(customer, SendText(text="unheard"))
    assert business.told() == []


def test_a_webhook_names_both_ends_and_the_time_in_milliseconds(business: Business) -> None:
    """As strings and as numbers."""
    customer = business.enrol()
    business.act(customer, SendText(text="hello"))
    (told,) = business.told()
    (entry,) = told["entry"]
    assert (entry["id"], entry["time"]) == (business.account.owner_id, business.now)
    (event,) = entry["messaging"]
    assert event["sender"] == {"id": customer.identity}
    assert event["recipient"] == {"id": business.account.owner_id}
    assert event["timestamp"] == business.now
