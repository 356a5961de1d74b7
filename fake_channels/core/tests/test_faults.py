"""Faults: where, when and what."""

from __future__ import annotations

import msgspec
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.faults import (
    Content,
    Delay,
    Drop,
    Duplicate,
    Failure,
    Faults,
    Plan,
    Reorder,
    Reset,
    Side,
    Status,
    Throttle,
    Truncate,
    UnknownFault,
    When,
    Where,
)
from fake_channels.core.faults.engine import Order, What
from fake_channels.core.faults.plan import Substitute
from fake_channels.core.ids import Ids

BOTH = (Side.ANSWER, Side.CARRY)


def plan(faults: Faults, *, sides: tuple[Side, ...] = BOTH, operation: str = "messages", now: int = 0) -> Plan:
    """The plan of one exchange from gateway to channel."""
    return faults.plan(sides, "gateway", "channel", operation, now, Ids("faults"))


def one(what: What, where: Where | None = None, when: When | None = None) -> Faults:
    """Faults with a single rule."""
    faults = Faults()
    faults.add(Order(what, where or Where(), when or When()), "1")
    return faults


@pytest.mark.parametrize(
    ("what", "expected", "side"),
    [
        (Status(status=503, code="1", retry_after_s=2), Plan(refuse=Refusal(503, "1", 2)), Side.ANSWER),
        (Status(status=400, text="why"), Plan(refuse=Refusal(400, text="why")), Side.ANSWER),
        (Failure(code="131047", text="late"), Plan(fail=Refusal(0, "131047", text="late")), Side.ANSWER),
        (Delay(seconds=1.5), Plan(delay_ms=1_500), Side.ANSWER),
        (Duplicate(copies=3), Plan(copies=3), Side.CARRY),
        (Drop(), Plan(drop=True), Side.CARRY),
        (Reorder(), Plan(reorder=True), Side.CARRY),
        (Reset(), Plan(reset="before"), Side.ANSWER),
        (Reset(handled=True), Plan(reset="after"), Side.ANSWER),
        (Truncate(after_bytes=3), Plan(keep_bytes=3), Side.ANSWER),
        (Content(mime="text/html", size_bytes=2), Plan(content=Substitute("text/html", 2)), Side.ANSWER),
    ],
)
def test_each_kind_shapes_the_plan_on_its_own_side_only(what: What, expected: Plan, side: Side) -> None:
    """A rule never counts twice for one exchange."""
    other = Side.CARRY if side is Side.ANSWER else Side.ANSWER
    faults = one(what)
    assert plan(faults, sides=(other,)) == Plan()
    assert faults.rules[0].seen == 0
    assert plan(faults, sides=(side,)) == expected
    assert (faults.rules[0].seen, faults.rules[0].hits) == (1, 1)


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        (Where(), True),
        (Where(source="gateway"), True),
        (Where(source="channel"), False),
        (Where(target="channel"), True),
        (Where(target="gateway"), False),
        (Where(operation="mess*"), True),
        (Where(operation="MESS*"), False),
        (Where("gateway", "channel", "messages"), True),
    ],
)
def test_a_rule_strikes_where_it_says(where: Where, *, struck: bool) -> None:
    """Empty is anything; the operation is a glob that minds capitals."""
    assert plan(one(Drop(), where)).drop is struck


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        (When(), [True] * 4),
        (When("next", 2), [True, True, False, False]),
        (When("every", 2), [False, True, False, True]),
        (When("sometimes", probability=0), [False] * 4),
        (When("sometimes", probability=1), [True] * 4),
    ],
)
def test_a_rule_strikes_as_often_as_it_says(when: When, struck: list[bool]) -> None:
    """Always, the next n, every n-th, or by dice."""
    faults = one(Drop(), when=when)
    assert [plan(faults).drop for _ in range(4)] == struck


def test_the_dice_are_the_worlds() -> None:
    """The same seed throws the same."""
    thrown = []
    for _ in range(2):
        faults, ids = one(Drop(), when=When("sometimes", probability=0.5)), Ids("dice")
        thrown.append([faults.plan(BOTH, "a", "b", "c", 0, ids).drop for _ in range(20)])
    assert thrown[0] == thrown[1]
    assert set(thrown[0]) == {True, False}


def test_a_throttle_lets_a_burst_pass_and_refills_with_time() -> None:
    """A token bucket on the world's clock; Retry-After says when the next token is there."""
    faults = one(Throttle(rate_per_second=0.5, burst=2, code="80007"))
    answers = [plan(faults, now=now).refuse for now in (0, 0, 0, 1_999, 2_000, 2_001)]
    assert answers[:2] == [None, None]
    assert answers[2] == Refusal(429, "80007", 2)
    assert answers[3] == Refusal(429, "80007", 1)
    assert answers[4] is None
    assert answers[5] is not None


def test_a_full_bucket_does_not_overflow() -> None:
    """A long pause is worth no more than the burst."""
    faults = one(Throttle(rate_per_second=100, burst=1))
    assert plan(faults, now=0).refuse is None
    assert plan(faults, now=1_000_000).refuse is None
    assert plan(faults, now=1_000_000).refuse is not None


def test_rules_add_up_and_are_taken_back() -> None:
    """Delays add, the higher number of copies wins; what is removed strikes no more."""
    faults = Faults()
    kinds: tuple[What, ...] = (Delay(seconds=1), Delay(seconds=2), Duplicate(copies=3), Duplicate())
    for number, what in enumerate(kinds):
        faults.add(Order(what), str(number))
    assert plan(faults) == Plan(delay_ms=3_000, copies=3)
    faults.remove("0")
    assert plan(faults).delay_ms == 2_000
    with pytest.raises(UnknownFault):
        faults.remove("0")
    assert bool(faults)
    assert not Faults()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"what":{"kind":"status","status":200}}',
        b'{"what":{"kind":"delay","seconds":0}}',
        b'{"what":{"kind":"duplicate","copies":1}}',
        b'{"what":{"kind":"throttle","rate_per_second":0}}',
        b'{"what":{"kind":"flood"}}',
        b'{"what":{"kind":"drop","extra":1}}',
        b'{"what":{"kind":"drop"},"when":{"kind":"every","n":0}}',
        b'{"what":{"kind":"drop"},"where":{"channel":"x"}}',
        b"{}",
    ],
)
def test_orders_that_make_no_sense_are_refused(raw: bytes) -> None:
    """Ranges, unknown kinds and unknown fields."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Order)


def test_faults_survive_a_snapshot_with_their_counters() -> None:
    """A half-used rule goes on where it was."""
    faults = one(Drop(), when=When("next", 2))
    plan(faults)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(faults), type=Faults)
    assert [plan(again).drop for _ in range(2)] == [True, False]
