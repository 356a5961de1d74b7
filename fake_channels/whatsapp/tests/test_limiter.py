"""The limits over time: how fast, to how many, how often, and that they cost and keep little."""

from __future__ import annotations

import msgspec
import orjson
import pytest

from fake_channels.core.handset import SendText
from fake_channels.core.instants import DAY, HOUR, SECOND
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.limiter import Pace, Rates
from fake_channels.whatsapp.tests.calls import Business
from fake_channels.whatsapp.tests.test_rules import HELLO_WORLD

TEXT = {"type": "text", "text": {"body": "x"}}


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


def code(told: tuple[int, object]) -> int:
    """The error of an answer; 200 when there is none."""
    status, answer = told
    return status if status == 200 else answer["error"]["code"]  # type: ignore[index]


def test_a_number_sends_eighty_a_second(business: Business) -> None:
    """The next is 130429, and one more for each 12.5 milliseconds."""
    people = [business.writer() for _ in range(81)]
    answers = [code(business.post(person, TEXT)) for person in people]
    assert answers == [200] * 80 + [130429]
    business.advance(12)
    assert code(business.post(people[-1], TEXT)) == 130429
    business.advance(1)
    assert code(business.post(people[-1], TEXT)) == 200
    assert code(business.post(people[-1], TEXT)) == 130429


def test_an_upgraded_number_sends_more(business: Business) -> None:
    """By setting; and where the world lifts its limits nothing is counted."""
    settings = business.account.settings
    business.account.settings = msgspec.structs.replace(settings, throughput=1_000)
    person = business.writer()
    assert [code(business.post("15550100100", TEXT)) for _ in range(200)] == [200] * 200
    business.component._limited = False
    assert [code(business.post(person, TEXT)) for _ in range(100)] == [200] * 100


def test_one_person_gets_a_message_every_six_seconds(business: Business) -> None:
    """One after another at that pace for ever."""
    person = business.writer()
    for _ in range(60):
        assert code(business.post(person, TEXT)) == 200
        business.advance(6 * SECOND)


def test_a_burst_of_45_is_paid_back_by_pauses(business: Business) -> None:
    """Within six seconds; then 131056 until all its pauses are over."""
    person, other = business.writer(), business.writer()
    answers = []
    for _ in range(46):
        answers.append(code(business.post(person, TEXT)))
        business.advance(100)
    assert answers == [200] * 45 + [131056]
    assert code(business.post(other, TEXT)) == 200
    business.advance(45 * 6 * SECOND - 46 * 100 - 1)
    assert code(business.post(person, TEXT)) == 131056
    business.advance(1)
    assert code(business.post(person, TEXT)) == 200


def test_a_burst_ends_after_six_seconds(business: Business) -> None:
    """Three at once cost eighteen seconds, also when more would have been allowed."""
    person = business.writer()
    for _ in range(3):
        assert code(business.post(person, TEXT)) == 200
    business.advance(6 * SECOND)
    assert code(business.post(person, TEXT)) == 131056
    business.advance(12 * SECOND)
    assert code(business.post(person, TEXT)) == 200


def test_a_refused_message_is_nowhere(business: Business) -> None:
    """Neither shown nor told."""
    person = business.writer()
    for _ in range(45):
        business.text(person)
    business.told()
    assert code(business.post(person, TEXT)) == 131056
    assert business.told() == []
    assert len([item for item in person.screen if item.author == "business"]) == 45


def test_a_tier_limits_whom_templates_reach_in_a_day(business: Business) -> None:
    """Outside windows only; the same person counts once, and after a day anew."""
    business.account.settings = msgspec.structs.replace(business.account.settings, tier=2)
    first, second, third = (business.enrol() for _ in range(3))
    for person in (first, second, first, third):
        business.send(person, HELLO_WORLD)
    assert business.statuses() == ["sent", "delivered"] * 3 + ["failed 131048"]
    business.act(third, SendText(text="hello"))
    business.told()
    business.send(third, HELLO_WORLD)
    assert business.statuses() == ["sent", "delivered"]
    business.advance(DAY)
    business.send(third, HELLO_WORLD)
    assert business.statuses() == ["sent", "delivered"]
    assert set(business.account.rates.reached) == {third.identity}


def test_without_a_tier_nobody_is_remembered() -> None:
    """An unlimited account keeps no list."""
    rates = Rates()
    assert all(rates.may_reach(f"{number}", 0, 0) for number in range(1_000))
    assert rates.reached == {}


@pytest.mark.parametrize(("active", "most"), [(True, 5_000), (False, 200)])
def test_management_calls_are_counted_by_the_hour(business: Business, *, active: bool, most: int) -> None:
    """80007 beyond; an account without registered number has a fraction. Messages are not among them."""
    business.account.registered = active
    path = f"/{business.account.waba_id}/message_templates"
    for _ in range(most):
        assert business.call("GET", path)[0] == 200
    reply = business.ask("GET", f"/v23.0{path}", headers=business.headers())
    assert (reply.status, orjson.loads(reply.body)["error"]["code"]) == (400, 80007)
    (usage,) = orjson.loads(reply.headers["X-Business-Use-Case-Usage"])[business.account.waba_id]
    assert (usage["type"], usage["call_count"], usage["estimated_time_to_regain_access"]) == ("whatsapp", 100, 1)
    assert business.call("GET", f"/{business.account.phone_number_id}")[0] == 200
    business.advance(HOUR // most + 1)
    assert business.call("GET", path)[0] == 200


def test_limits_keep_a_handful_of_numbers() -> None:
    """After ten thousand messages as after one."""
    rates, pace = Rates(), Pace()
    for now in range(0, 10_000_000, 1_000):
        rates.may_send(now, limits.THROUGHPUT)
        pace.take(now)
    assert len(msgspec.msgpack.encode([rates.messages, pace])) < 100
