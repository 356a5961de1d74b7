"""The rows that say what a channel can do. Code, features, reports and documents all read these same rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import msgspec

from fake_channels.core.faults import What, When

Direction: TypeAlias = Literal["MO", "MT"]
"""From the customer (MO) or to the customer (MT)."""


class KnownBy(StrEnum):
    """How a fact is known."""

    DOCUMENTED = "documented"
    SAMPLE = "sample"
    INFERRED = "inferred"


class Support(StrEnum):
    """What a channel does with a message kind."""

    NATIVE = "native"
    DEGRADES = "degrades"
    REJECTED = "rejected"


KINDS: Final = (
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contact",
    "buttons",
    "list",
    "template",
    "reaction",
)


class Kind(msgspec.Struct, frozen=True):
    """One cell: a message kind in one direction."""

    kind: str
    direction: Direction
    support: Support
    becomes: str
    """What it degrades to, or the refusal; empty when native."""
    source: str
    known_by: KnownBy = KnownBy.DOCUMENTED


def kind_rows(
    direction: Direction,
    source: str,
    *,
    rejects: Mapping[str, str],
    degrades: Mapping[str, str],
    known_by: KnownBy = KnownBy.DOCUMENTED,
    inferred: Collection[str] = (),
) -> tuple[Kind, ...]:
    """A row for every kind in one direction: native, but for what is named here with what becomes of it.

    Raises:
        ValueError: a name that is no kind, or is in both tables.
    """
    becomes = {**rejects, **degrades}
    strange = sorted({*becomes, *inferred} - set(KINDS)) + sorted(set(rejects) & set(degrades))
    if strange:
        raise ValueError(f"no kind, or rejected and degrading at once: {', '.join(strange)}")
    supports = {**dict.fromkeys(rejects, Support.REJECTED), **dict.fromkeys(degrades, Support.DEGRADES)}
    return tuple(
        Kind(
            kind,
            direction,
            supports.get(kind, Support.NATIVE),
            becomes.get(kind, ""),
            source,
            KnownBy.INFERRED if kind in inferred else known_by,
        )
        for kind in KINDS
    )


class Limit(msgspec.Struct, frozen=True):
    """One number of the vendor's."""

    name: str
    value: int
    unit: str
    source: str
    known_by: KnownBy = KnownBy.DOCUMENTED


class VendorError(msgspec.Struct, frozen=True):
    """One error the vendor answers with."""

    code: int | str
    status: int
    """The HTTP status of its synchronous form."""
    text: str
    source: str
    known_by: KnownBy = KnownBy.DOCUMENTED


class Preset(msgspec.Struct, frozen=True):
    """A fault that is known by name: what it does when nothing else is said."""

    name: str
    """Short, as people call it: the vendor's code. Its full name is `<channel>:<name>`."""
    says: str
    """One sentence for whoever chooses it."""
    what: What
    """A `Status` refuses the call, a `Failure` lets it be accepted and fail later; any other fault will do too."""
    operation: str = "*"
    """Which operations of the channel, or which of its callbacks for a fault on the way; a glob."""
    when: When = When()
    source: str = ""
    known_by: KnownBy = KnownBy.DOCUMENTED


class Note(msgspec.Struct, frozen=True):
    """One line of the honesty table: what is emulated how, or not at all."""

    topic: str
    says: str
    known_by: KnownBy
    source: str = ""


class Tables(msgspec.Struct, frozen=True):
    """Everything a channel promises, as rows."""

    kinds: tuple[Kind, ...]
    limits: tuple[Limit, ...]
    errors: tuple[VendorError, ...]
    notes: tuple[Note, ...]
    presets: tuple[Preset, ...] = ()
    accepts: dict[str, tuple[str, ...]] = {}
    """Media types of a file to the customer, by kind, as globs; a kind without a row takes any."""
    files: dict[str, str] = {}
    """The media type of what the app itself sends as a kind, where it is not the usual one: `voice` as `audio/amr`."""
    fails_later: tuple[str, ...] = ()
    """Operations that heed `Env.failing`: their acceptance may be followed by a failure."""
