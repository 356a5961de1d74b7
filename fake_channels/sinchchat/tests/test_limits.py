"""The tables of the chat."""

from __future__ import annotations

from typing import Any

from fake_channels.core.schemas import load
from fake_channels.core.tables import KnownBy
from fake_channels.sinchchat import limits

SCHEMA: Any = load("fake_channels.sinchchat", "messages.json")["$defs"]


def test_the_schema_holds_the_tables_numbers() -> None:
    """One place for each fact: where JSON must repeat it, it is the same."""
    rows = {row.name: row.value for row in limits.LIMITS}
    message = SCHEMA["app_message"]["properties"]
    assert SCHEMA["filled"]["maxLength"] == rows["text"]
    assert SCHEMA["id"]["maxLength"] == rows["uuids, ids of messages, topics"]
    assert SCHEMA["short"]["maxLength"] == rows["metadata"]
    assert SCHEMA["choices"]["maxItems"] == rows["choices"]
    assert message["carousel_message"]["properties"]["cards"]["maxItems"] == rows["cards of a carousel"]
    assert message["carousel_message"]["properties"]["choices"]["maxItems"] == rows["choices below a carousel"]
    sections = message["list_message"]["properties"]["sections"]
    assert sections["maxItems"] == rows["list sections"]
    assert sections["items"]["properties"]["items"]["maxItems"] == rows["rows of a section"]


def test_what_is_our_own_is_said_to_be() -> None:
    """The vendor's protocol is not served, and nobody shall think so."""
    notes = {note.topic: note for note in limits.NOTES}
    assert "not emulated" in notes["the vendor's gRPC (SdkService on port 443)"].says
    assert notes["the wire"].known_by is KnownBy.INFERRED


def test_every_ordered_reason_has_a_sentence() -> None:
    """Presets that fail later name a reason of the table."""
    later = [preset.name for preset in limits.PRESETS if preset.says.startswith("Accepted")]
    assert set(later) <= set(limits.REASONS)
