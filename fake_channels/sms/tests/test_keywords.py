"""STOP, START and HELP, where the platform minds them, and the fates that a plan is set to."""

from __future__ import annotations

import msgspec
import pytest

from fake_channels.core.handset import Impossible, OptIn, OptOut, SendText
from fake_channels.core.instants import DAY, SECOND, to_rfc3339
from fake_channels.sms import limits
from fake_channels.sms.tests.calls import Business


@pytest.fixture
def business() -> Business:
    """Somebody who holds a service plan, with a callback URL."""
    return Business()


def settle(business: Business, **settings: object) -> None:
    """Change the plan's settings."""
    business.account.settings = msgspec.structs.replace(business.account.settings, **settings)


def test_by_itself_nothing_is_answered(business: Business) -> None:
    """STOP is a text like any other."""
    customer = business.enrol()
    business.act(customer, OptOut())
    business.told()
    business.send(customer)
    assert business.reports()[-1] == ("Delivered", 0)
    assert [item.text for item in customer.screen] == ["STOP", "Hello"]


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "QUIT"])
def test_a_platform_that_minds_answers_and_rejects(business: Business, word: str) -> None:
    """The business still hears of the word; START makes it good again."""
    settle(business, keywords=True)
    customer = business.enrol()
    business.act(customer, SendText(text=word))
    assert customer.screen[-1].text == business.account.settings.stop_text
    assert [told["body"] for told in business.told()] == [word]
    business.send(customer)
    assert business.reports() == [("Rejected", 408)]
    business.act(customer, OptIn())
    assert customer.screen[-1].text == business.account.settings.start_text
    business.told()
    business.send(customer)
    assert business.reports()[-1] == ("Delivered", 0)


def test_help_is_answered(business: Business) -> None:
    """And changes nothing; other words are not answered."""
    settle(business, keywords=True)
    customer = business.enrol()
    business.act(customer, SendText(text="help"))
    business.act(customer, SendText(text="help me"))
    assert [item.text for item in customer.screen if item.author == "business"] == [business.account.settings.help_text]


@pytest.mark.parametrize(
    ("code", "reports"),
    [
        (402, [("Aborted", 402)]),
        (158, [("Dispatched", 401), ("Failed", 158)]),
        (61, [("Dispatched", 401), ("Failed", 61)]),
        (412, [("Aborted", 412)]),
    ],
)
def test_a_number_may_have_a_fate(business: Business, code: int, reports: list[tuple[str, int]]) -> None:
    """A landline, a full phone, a blocked destination, a region; the phone shows nothing."""
    customer, other = business.enrol(), business.enrol()
    settle(business, outcomes={customer.identity: code})
    business.send(customer)
    assert business.reports() == reports
    assert customer.screen == []
    business.send(other)
    assert business.reports()[-1] == ("Delivered", 0)


# --- the plan's rate --------------------------------------------------------------------------------------------------


def test_messages_wait_for_their_turn(business: Business) -> None:
    """Queued, then sent in the order in which they came; nothing is refused."""
    settle(business, per_second=2)
    people = [business.enrol() for _ in range(3)]
    business.send(*people, body="first")
    business.send(people[0], body="second")
    assert [len(one.screen) for one in people] == [1, 0, 0]
    assert ("Queued", 400) in business.reports()
    business.advance(SECOND)
    assert [len(one.screen) for one in people] == [1, 1, 1]
    business.advance(SECOND // 2)
    assert [item.text for item in people[0].screen] == ["first", "second"]
    assert business.account.outstanding == 0
    business.advance(DAY)
    business.send(people[0], body="third")
    assert people[0].screen[-1].text == "third"


def test_too_many_that_wait_are_refused(business: Business) -> None:
    """429; and where the world lifts its limits nothing waits."""
    settle(business, per_second=1, outstanding=2)
    customer = business.enrol()
    for _ in range(3):
        business.send(customer)
    assert business.call("POST", "/batches", {"to": [customer.identity], "body": "x"})[0] == 429
    business.component._limited = False
    business.send(customer, body="at once")
    assert customer.screen[-1].text == "at once"


def test_what_waits_can_be_cancelled_or_replaced(business: Business) -> None:
    """A cancelled one is told as such when its turn comes; a replaced one goes once."""
    settle(business, per_second=1)
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, second)
    business.call("DELETE", f"/batches/{batch['id']}")
    business.told()
    business.advance(SECOND)
    assert business.reports() == [("Cancelled", 407)]
    batch = business.send(first, second, body="old")
    business.call("PUT", f"/batches/{batch['id']}", {"to": [second.identity], "body": "new"})
    business.advance(10 * SECOND)
    assert [item.text for item in second.screen] == ["new"]


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_batches_and_texts_are_kept_for_35_days(business: Business) -> None:
    """A batch that waits is as young as its time to leave."""
    customer = business.enrol()
    old = business.send(customer)["id"]
    waiting = business.send(customer, send_at=to_rfc3339(business.now + 40 * DAY))["id"]
    business.act(customer, SendText(text="old"))
    business.advance(limits.KEPT_MS)
    business.act(customer, SendText(text="new"))
    assert business.call("GET", f"/batches/{old}")[0] == 404
    assert business.call("GET", f"/batches/{waiting}")[0] == 200
    assert [inbound.body for inbound in business.account.inbounds.values()] == ["new"]


def test_there_is_an_end_to_what_is_kept(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest tenth goes first."""
    monkeypatch.setattr(limits, "BATCHES_MAX", 20)
    monkeypatch.setattr(limits, "INBOUNDS_MAX", 20)
    customer = business.enrol()
    ids = [business.send(customer)["id"] for _ in range(21)]
    assert list(business.account.batches) == ids[2:]
    for number in range(21):
        business.act(customer, SendText(text=f"{number}"))
    assert [inbound.body for inbound in business.account.inbounds.values()] == [f"{number}" for number in range(2, 21)]


def test_group_words_of_nobody_change_nothing(business: Business) -> None:
    """And an answer needs somebody who may write."""
    customer = business.enrol()
    with pytest.raises(Impossible):
        business.act(customer, SendText(text=""))
    assert business.account.stopped == {}
