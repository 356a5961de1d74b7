"""Known failures that are tolerated for a time: who, why, until when.

A waiver covers a failing requirement on one channel. One that has run out, that covers what now passes, or that
names nothing in the suite is broken, and a run with a broken waiver fails. The date is handed in.
"""

from __future__ import annotations

import datetime as dt  # pydantic reads the annotations at run time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pydantic

from harness.catalogue import RequirementId
from harness.outcomes import ConfigurationProblem, Outcome
from harness.verdicts import Verdict, waived

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Words = Annotated[str, pydantic.StringConstraints(min_length=1, strip_whitespace=True)]


class Waiver(pydantic.BaseModel):
    """One tolerated failure."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    requirement: RequirementId
    channel: str = ""
    owner: Words
    reason: Words
    expires: dt.date


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    waiver: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Waived:
    """The verdicts after the waivers, and a sentence for each waiver that is broken."""

    verdicts: list[Verdict]
    broken: list[str]


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers in a file; raise `ConfigurationProblem` with every mistake in it."""
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).waiver
    except OSError as missing:
        raise ConfigurationProblem(f"{path} cannot be read: {missing.strerror}") from missing
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigurationProblem(f"{path} is not TOML: {wrong}") from wrong
    except pydantic.ValidationError as wrong:
        found = "; ".join(f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in wrong.errors())
        raise ConfigurationProblem(f"{path}: {found}", "every waiver needs owner, reason and expires") from wrong


def apply_waivers(found: Iterable[Verdict], waivers: Sequence[Waiver], today: dt.date) -> Waived:
    """Return the verdicts with the failures that are waived marked, and what is wrong with the waivers."""
    rows = {(verdict.requirement, verdict.channel): verdict for verdict in found}
    broken: list[str] = []
    for waiver in waivers:
        key = (waiver.requirement, waiver.channel)
        name = f"the waiver for {waiver.requirement}" + (f" on {waiver.channel}" if waiver.channel else "")
        verdict = rows.get(key)
        if verdict is None:
            broken.append(f"{name} names nothing that the suite judges")
        elif waiver.expires < today:
            broken.append(f"{name} expired on {waiver.expires}: {waiver.owner} has to fix it or renew it")
        elif verdict.outcome is Outcome.PASS:
            broken.append(f"{name} is stale: the requirement passes, remove the waiver")
        elif verdict.outcome is Outcome.FAIL:
            reason = f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
            rows[key] = waived(verdict, reason)
    return Waived(list(rows.values()), broken)
