"""Seeded identifiers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.core.ids import Ids


def test_the_same_seed_gives_the_same_ids() -> None:
    """On every machine, in every run."""
    first, second = Ids("a"), Ids("a")
    assert [first.hex("x", 8), first.digits("y", 15), first.token("z", 32)] == [
        second.hex("x", 8),
        second.digits("y", 15),
        second.token("z", 32),
    ]
    assert Ids("known").hex("stream", 4) == "0a8b6711"


def test_streams_do_not_move_each_other() -> None:
    """The n-th value of a stream does not depend on how much others draw."""
    quiet, busy = Ids("a"), Ids("a")
    for _ in range(5):
        busy.hex("other", 8)
    assert quiet.hex("mine", 8) == busy.hex("mine", 8)


def test_seeds_and_streams_and_counts_give_different_values() -> None:
    """Nothing repeats."""
    one, two = Ids("a"), Ids("b")
    values = [one.hex("x", 8), one.hex("x", 8), one.hex("y", 8), two.hex("x", 8)]
    assert len(set(values)) == 4


@given(st.text(max_size=20), st.integers(1, 70))
def test_digits_have_their_length_and_no_leading_zero(seed: str, length: int) -> None:
    """As vendors' numeric ids."""
    assert re.fullmatch(rf"[1-9][0-9]{{{length - 1}}}", Ids(seed).digits("n", length))


def test_a_fraction_is_at_least_zero_and_below_one() -> None:
    """The world's dice."""
    ids = Ids("a")
    assert all(0 <= ids.fraction("dice") < 1 for _ in range(100))


def test_ulids_sort_by_time_and_within_a_millisecond_by_order() -> None:
    """26 Crockford characters."""
    ids = Ids("a")
    made = [ids.ulid(now) for now in (1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000)]
    assert made == sorted(made)
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", one) for one in made)


def test_the_first_ten_characters_of_a_ulid_are_its_time() -> None:
    """As the ULID specification has it: https://github.com/ulid/spec."""
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value = 0
    for character in Ids("a").ulid(1_469_918_176_385)[:10]:
        value = value * 32 + digits.index(character)
    assert value == 1_469_918_176_385


@pytest.mark.parametrize("size", [1, 64])
def test_octets_have_their_size(size: int) -> None:
    """From one to sixty-four."""
    assert len(Ids("a").octets("x", size)) == size
