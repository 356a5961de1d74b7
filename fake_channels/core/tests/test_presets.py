"""From a wish to a fault."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_channels.core.faults import Drop, Failure, Status, Throttle, When, Where
from fake_channels.core.faults.engine import Faults, Order
from fake_channels.core.ids import Ids
from fake_channels.core.presets import FaultWish, WrongOrder, listed, order_of
from fake_channels.core.tables import Preset, Tables

TABLES = {
    "parrot": Tables(
        (),
        (),
        (),
        (),
        (
            Preset("429", "Refused: too fast.", Status(status=429, retry_after_s=5), "send*", When("next", 3)),
            Preset("lost", "Accepted, then failed: it flew away.", Failure(code="lost"), "send"),
            Preset("drop", "The next callback is lost.", Drop(), "message"),
            Preset("bucket", "One a second.", Throttle(rate_per_second=1)),
        ),
        fails_later=("send",),
    ),
    "owl": Tables((), (), (), ()),
}


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        (
            FaultWish(preset="parrot:429"),
            Order(Status(status=429, retry_after_s=5), Where("", "parrot", "send*"), When("next", 3)),
        ),
        (
            FaultWish(preset="parrot:429", where=Where(operation="sendSeed"), when=When("always")),
            Order(Status(status=429, retry_after_s=5), Where("", "parrot", "sendSeed"), When("always")),
        ),
        (FaultWish(preset="parrot:429", where=Where("owl")), None),
        (FaultWish(preset="parrot:drop"), Order(Drop(), Where("parrot", "", "message"))),
        (FaultWish(preset="parrot:lost"), Order(Failure(code="lost"), Where("", "parrot", "send"))),
        (FaultWish(Drop()), Order(Drop())),
        (FaultWish(Drop(), where=Where("a"), when=When("every", 2)), Order(Drop(), Where("a"), When("every", 2))),
    ],
)
def test_a_wish_becomes_an_order(wish: FaultWish, order: Order | None) -> None:
    """A preset aims at its channel, one on the way at what the channel sends; what is said besides wins."""
    made = order_of(wish, TABLES)
    if order is None:
        assert made.where == Where("owl", "parrot", "send*")
    else:
        assert made == order


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({}, "give what or preset"),
        ({"preset": "parrot:429", "what": {"kind": "drop"}}, "not both"),
        ({"preset": "parrot:1"}, "parrot:429, parrot:lost, parrot:drop"),
        ({"preset": "nonsense"}, "parrot:429"),
        ({"preset": "owl:429"}, "parrot:429"),
        ({"what": {"kind": "failure", "code": "1"}}, "there are: parrot"),
        ({"what": {"kind": "failure", "code": "1"}, "where": {"target": "owl"}}, "there are: parrot"),
        ({"what": {"kind": "failure", "code": "1"}, "where": {"target": "parrot"}}, "operations only: send"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_a_sentence(wish: Any, why: str) -> None:
    """It says what there is instead."""
    with pytest.raises(WrongOrder, match=why):
        order_of(msgspec.convert(wish, FaultWish), TABLES)


def test_a_preset_that_counts_leaves_the_table_alone() -> None:
    """Two worlds that order the same bucket have a bucket each."""
    faults = Faults()
    rule = faults.add(order_of(FaultWish(preset="parrot:bucket"), TABLES), "1")
    faults.plan((rule.what.side(),), "gateway", "parrot", "send", 0, Ids("x"))
    assert rule.what != TABLES["parrot"].presets[3].what


def test_presets_are_listed_by_their_full_names() -> None:
    """Ready for JSON."""
    first = listed("parrot", TABLES["parrot"])[0]
    assert (first["preset"], first["says"]) == ("parrot:429", "Refused: too fast.")
    assert first["what"]["kind"] == "status"
    assert listed("owl", TABLES["owl"]) == []
