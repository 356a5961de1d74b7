"""The matrix of kinds and channels has no holes, and says how each cell is known."""

import pytest

from fake_sinch.capabilities import (
    CAPABILITIES,
    Capability,
    Channel,
    Kind,
    KnownBy,
    Overflow,
    Support,
    capability,
)
from fake_sinch.reasons import ReasonCode


def test_every_cell_is_filled() -> None:
    """There is a row for every kind on every channel, and nothing else."""
    assert set(CAPABILITIES) == {(channel, kind) for channel in Channel for kind in Kind}


@pytest.mark.parametrize("row", CAPABILITIES.values(), ids=lambda row: f"{row.channel}-{row.kind}")
def test_rows_are_coherent(row: Capability) -> None:
    """What reaches a channel as text has a cap, what is unsupported an error, and all have a source."""
    assert row.source.startswith("https://")
    if row.support is Support.UNSUPPORTED:
        assert row.error is ReasonCode.UNSUPPORTED_OPERATION
    if row.becomes is Kind.TEXT:
        assert row.cap is not None
    if row.support is Support.NATIVE:
        assert row.becomes is row.kind


@pytest.mark.parametrize(
    ("channel", "kind", "support"),
    [
        (Channel.WHATSAPP, Kind.LIST, Support.NATIVE),
        (Channel.WHATSAPP, Kind.CAROUSEL, Support.TRANSCODED),
        (Channel.SMS, Kind.MEDIA, Support.LINK),
        (Channel.SMS, Kind.LIST, Support.UNSUPPORTED),
        (Channel.SMS, Kind.LOCATION, Support.LINK),
        (Channel.VIBERBM, Kind.CAROUSEL, Support.TRANSCODED),
        (Channel.TELEGRAM, Kind.CHOICE, Support.NATIVE),
        (Channel.LINE, Kind.CAROUSEL, Support.NATIVE),
        (Channel.WECHAT, Kind.CHOICE, Support.TRANSCODED),
    ],
)
def test_cells_follow_the_vendors_table(channel: Channel, kind: Kind, support: Support) -> None:
    """Cells that the vendor's table states are as it states them."""
    assert capability(channel, kind).support is support


def test_only_viber_business_truncates() -> None:
    """Over-long texts are refused everywhere but on Viber Business, which cuts them."""
    cut = {row.channel for row in CAPABILITIES.values() if row.overflow is Overflow.TRUNCATED}
    assert cut == {Channel.VIBERBM}


def test_guesses_are_marked() -> None:
    """Kinds that no public page describes for a channel are marked as inferred."""
    assert capability(Channel.TELEGRAM, Kind.CONTACT_INFO).known_by is KnownBy.INFERRED
    assert capability(Channel.VIBER, Kind.CHOICE).known_by is KnownBy.SAMPLE
