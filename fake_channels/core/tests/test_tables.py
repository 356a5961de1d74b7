"""Rows of message kinds."""

from __future__ import annotations

import pytest

from fake_channels.core.tables import KINDS, KnownBy, Support, kind_rows

HERE = "https://vendor.example"


def test_what_is_not_named_is_native() -> None:
    """A row for every kind; those named are rejected or degrade, to what is said there."""
    rows = kind_rows("MO", HERE, rejects={"list": "none"}, degrades={"voice": "a file"}, inferred=("voice",))
    assert [row.kind for row in rows] == list(KINDS)
    assert {(row.direction, row.source) for row in rows} == {("MO", HERE)}
    named = {row.kind: (row.support, row.becomes, row.known_by) for row in rows if row.support != Support.NATIVE}
    assert named == {
        "list": (Support.REJECTED, "none", KnownBy.DOCUMENTED),
        "voice": (Support.DEGRADES, "a file", KnownBy.INFERRED),
    }
    assert all(row.becomes == "" for row in rows if row.kind not in named)


@pytest.mark.parametrize(
    ("rejects", "degrades", "inferred"),
    [({"vioce": "?"}, {}, ()), ({}, {"vioce": "?"}, ()), ({}, {}, ("vioce",)), ({"voice": "?"}, {"voice": "?"}, ())],
)
def test_a_slip_in_a_table_is_found_at_once(
    rejects: dict[str, str], degrades: dict[str, str], inferred: tuple[str, ...]
) -> None:
    """A misspelt kind would else be native, and nobody would notice."""
    with pytest.raises(ValueError, match=r"vioce|voice"):
        kind_rows("MT", HERE, rejects=rejects, degrades=degrades, inferred=inferred)
