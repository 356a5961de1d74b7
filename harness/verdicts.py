"""From what became of the scenarios to a word for every requirement and channel, and to an exit code. Pure.

The worst news wins where it is news about the subject: one failing scenario fails the requirement, whatever the
others say. "Inapplicable" stands only when nothing else does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.outcomes import ExitCode, Outcome
from harness.requirements import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.catalogue import RequirementId, ScenarioId
    from harness.requirements import Requirements

PRECEDENCE = (
    Outcome.FAIL,
    Outcome.CONFIG,
    Outcome.ERROR,
    Outcome.UNTESTED,
    Outcome.PASS,
    Outcome.INAPPLICABLE,
)

EXITS = {
    Outcome.FAIL: ExitCode.FAILS,
    Outcome.CONFIG: ExitCode.CONFIGURATION,
    Outcome.ERROR: ExitCode.LAB_ERROR,
    Outcome.UNTESTED: ExitCode.INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a verdict needs to know of a scenario that was run."""

    id: ScenarioId
    requirements: tuple[RequirementId, ...]
    channel: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word for one requirement on one channel."""

    requirement: RequirementId
    channel: str
    outcome: Outcome
    reason: str
    scenarios: tuple[ScenarioId, ...]
    waived: bool = False


def verdicts(requirements: Requirements, results: Iterable[Result]) -> list[Verdict]:
    """Return a verdict for every requirement on every channel it is judged on, in the requirements' order.

    Scenarios outside a released revision are left out. A cell without a scenario that was run is untested.
    """
    cells: dict[tuple[RequirementId, str], list[Result]] = {}
    for result in results:
        if requirements.revision.counts(result.id):
            for name in result.requirements:
                row = requirements.rows.get(name)
                channel = result.channel if row is not None and row.channels else ""
                cells.setdefault((name, channel), []).append(result)
    found: list[Verdict] = []
    for name, row in requirements.rows.items():
        found += [_verdict(name, channel, cells.get((name, channel), [])) for channel in row.channels or ("",)]
    return found


def _verdict(name: RequirementId, channel: str, results: Sequence[Result]) -> Verdict:
    if not results:
        return Verdict(name, channel, Outcome.UNTESTED, "no scenario of it was run", ())
    worst = min((result.outcome for result in results), key=PRECEDENCE.index)
    reasons = dict.fromkeys(result.reason for result in results if result.outcome is worst and result.reason)
    return Verdict(name, channel, worst, "; ".join(reasons), tuple(result.id for result in results))


def exit_code(
    found: Iterable[Verdict], levels: Mapping[RequirementId, Level], *, broken_waivers: bool = False
) -> ExitCode:
    """Return the code for the gravest MUST that is not waived; a stale or expired waiver fails."""
    outcomes = {
        verdict.outcome for verdict in found if levels[verdict.requirement] is Level.MUST and not verdict.waived
    }
    if broken_waivers:
        outcomes.add(Outcome.FAIL)
    for outcome in PRECEDENCE:
        if outcome in outcomes and outcome in EXITS:
            return EXITS[outcome]
    return ExitCode.CONFORMS


def waived(verdict: Verdict, reason: str) -> Verdict:
    """Return the verdict as one that no longer decides the exit code, with the reason written on it."""
    return replace(verdict, waived=True, reason=f"{reason}; {verdict.reason}" if verdict.reason else reason)


def counts(results: Iterable[Result]) -> dict[str, int]:
    """Return how many scenarios ended in each outcome, in the order of the outcomes."""
    counted = Counter(result.outcome for result in results)
    return {outcome.value: counted[outcome] for outcome in Outcome if counted[outcome]}
