"""The outbox: order per key, retries, expiry."""

from __future__ import annotations

import pytest

from fake_channels.core.effects import Answer, Call, Effect, Wake
from fake_channels.core.outbox import Outbox, Parcel, Posted, Retry, RetryDue

RETRY = Retry(delays_ms=(1_000, 5_000), give_up=((400, 428), (430, 499)))


def parcel(name: str, since: int = 0, expire_ms: int | None = None) -> Parcel:
    """A callback of this name."""
    return Parcel("http://x", {}, name.encode(), name, (), since, expire_ms)


def names(effects: list[Effect]) -> list[str]:
    """The names of the calls among effects."""
    return [effect.name for effect in effects if isinstance(effect, Call)]


def test_one_key_has_one_on_its_way_and_keys_do_not_wait_for_each_other() -> None:
    """Order within a key, none between keys."""
    outbox = Outbox()
    assert names(outbox.add("a", parcel("a1"))) == ["a1"]
    assert names(outbox.add("a", parcel("a2"))) == []
    assert names(outbox.add("b", parcel("b1"))) == ["b1"]
    assert names(outbox.on_answer(Posted("a"), Answer(200), RETRY, 0)) == ["a2"]
    assert names(outbox.on_answer(Posted("a"), Answer(200), RETRY, 0)) == []
    assert outbox.pending() == ["b1 to gateway"]
    assert "a" not in outbox.queues


def test_a_failure_waits_and_holds_what_comes_after_it() -> None:
    """First, second delay, then the parcel is lost and the next goes."""
    outbox = Outbox()
    outbox.add("a", parcel("a1"))
    outbox.add("a", parcel("a2"))
    assert outbox.on_answer(Posted("a"), Answer(500), RETRY, 10) == [Wake(1_010, RetryDue("a"))]
    assert names(outbox.on_event(RetryDue("a"))) == ["a1"]
    assert outbox.on_answer(Posted("a"), Answer(0, problem="silence"), RETRY, 2_000) == [Wake(7_000, RetryDue("a"))]
    assert (outbox.last_problem, outbox.last_problem_at) == ("silence", 2_000)
    outbox.on_event(RetryDue("a"))
    assert names(outbox.on_answer(Posted("a"), Answer(500), RETRY, 9_000)) == ["a2"]
    assert (outbox.lost, outbox.last_problem) == (1, "status 500")


def test_every_attempt_has_the_vendors_time_for_an_answer() -> None:
    """The first one, a repetition, and what waited behind it."""
    outbox = Outbox(timeout_s=2.0)
    effects = outbox.add("a", parcel("a1")) + outbox.add("a", parcel("a2"))
    outbox.on_answer(Posted("a"), Answer(500), RETRY, 0)
    effects += outbox.on_event(RetryDue("a")) + outbox.on_answer(Posted("a"), Answer(200), RETRY, 1_000)
    calls = [effect for effect in effects if isinstance(effect, Call)]
    assert [(call.name, call.timeout_s) for call in calls] == [("a1", 2.0), ("a1", 2.0), ("a2", 2.0)]


@pytest.mark.parametrize(("status", "lost"), [(400, 1), (428, 1), (429, 0), (430, 1), (499, 1), (500, 0), (302, 0)])
def test_some_answers_drop_at_once(status: int, lost: int) -> None:
    """The vendor's ranges, both ends included."""
    outbox = Outbox()
    outbox.add("a", parcel("a1"))
    outbox.on_answer(Posted("a"), Answer(status), RETRY, 0)
    assert outbox.lost == lost


@pytest.mark.parametrize(("status", "done"), [(200, True), (201, False)])
def test_what_ends_it_is_the_vendors_choice(status: int, *, done: bool) -> None:
    """Some vendors want exactly 200."""
    outbox, exact = Outbox(), Retry(delays_ms=(1,), accept=(200, 200))
    outbox.add("a", parcel("a1"))
    outbox.on_answer(Posted("a"), Answer(status), exact, 0)
    assert (outbox.pending() == []) is done


def test_the_last_delay_repeats_until_the_parcel_expires() -> None:
    """A retry that would come after expiry is not made."""
    outbox, retry = Outbox(), Retry(delays_ms=(1_000,), repeat_last=True, expire_ms=3_000)
    outbox.add("a", parcel("a1"))
    for now in (0, 1_000, 2_000):
        assert outbox.on_answer(Posted("a"), Answer(500), retry, now) == [Wake(now + 1_000, RetryDue("a"))]
        outbox.on_event(RetryDue("a"))
    assert outbox.on_answer(Posted("a"), Answer(500), retry, 3_000) == []
    assert outbox.lost == 1


def test_a_parcel_may_expire_before_its_kind() -> None:
    """Its own expiry wins, also zero."""
    outbox = Outbox()
    outbox.add("a", parcel("a1", expire_ms=0))
    assert outbox.on_answer(Posted("a"), Answer(500), RETRY, 0) == []


def test_an_answer_after_clearing_is_ignored() -> None:
    """A late answer and a late timer find nothing and do nothing."""
    outbox = Outbox()
    outbox.add("a", parcel("a1"))
    outbox.clear()
    assert outbox.on_answer(Posted("a"), Answer(200), RETRY, 0) == []
    assert outbox.on_event(RetryDue("a")) == []


def test_of_an_answer_only_the_status_counts() -> None:
    """A receiver that answers with a flood is cut off early."""
    (call,) = Outbox().add("k", Parcel("http://x", {}, b"", "n", (), 0))
    assert isinstance(call, Call)
    assert call.max_bytes <= 1_048_576
