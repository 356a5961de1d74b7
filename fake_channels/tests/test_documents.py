"""The documents say what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_channels.core.tables import KINDS
from fake_channels.documents import OWN, ROOT, fresh, honesty, matrix
from fake_channels.registry import CHANNELS


@pytest.mark.parametrize("path", [ROOT, OWN], ids=["root", "own"])
def test_the_generated_parts_are_up_to_date(path: Path) -> None:
    """`python -m fake_channels.documents` writes them."""
    text = path.read_text("utf-8")
    assert fresh(text) == text
    assert "generated -->" in text


def test_the_matrix_has_a_row_a_channel_and_a_column_a_kind() -> None:
    """What is native one way says which way; what becomes something else is marked."""
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[3:-1]] for line in matrix().splitlines()
    }
    sms, telegram = (dict(zip(KINDS, rows[CHANNELS[name].title], strict=True)) for name in ("sms", "telegram"))
    assert len(rows) == 2 + len(CHANNELS)
    assert (sms["text"], sms["image"]) == ("both ways", "-")
    assert (telegram["buttons"], telegram["reaction"]) == ("out", "out, in~")


def test_the_honesty_tables_tell_every_note_and_preset() -> None:
    """With how it is known, and where to read it."""
    text = honesty()
    for channel in CHANNELS.values():
        assert f"### {channel.title}\n" in text
        assert all(f"| {row.topic} | {row.says} |" in text for row in channel.tables.notes)
        assert all(f"`{channel.name}:{row.name}`" in text for row in channel.tables.presets)
