"""Honesty: every row has a source, every missing operation is named."""

from fake_sinch import routes
from fake_sinch.honesty import BEHAVIOURS, NOT_EMULATED, Known


def test_every_behaviour_says_how_it_is_known() -> None:
    """Each row has an area, a sentence and an address; all three ways of knowing occur."""
    for row in BEHAVIOURS:
        assert row.area, row
        assert row.what, row
        assert row.source.startswith("https://"), row
    assert {row.known for row in BEHAVIOURS} == set(Known)


def test_no_behaviour_is_listed_twice() -> None:
    """One sentence, one row."""
    said = [row.what for row in BEHAVIOURS]
    assert len(said) == len(set(said))


def test_operations_that_are_missing_are_named() -> None:
    """The table of routes decides; nothing is hidden and nothing emulated is called missing."""
    for operation in (*routes.V1, *routes.V2):
        assert (operation.name in NOT_EMULATED) != operation.emulated
