"""What a reader has to look into: verdicts worth explaining, once for all channels that share one and its reason.

It gathers; how a finding is shown is the page's and the summary's.
"""

from dataclasses import dataclass
from typing import Final

from reports.matrix import Cell, Matrix
from reports.model import Level, Outcome, Requirement, Run, Scenario
from reports.outcomes import SEVERITY

WENT_WRONG: Final = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.CONFIG})
NOT_TESTED: Final = frozenset({Outcome.UNTESTED})

_LEVELS: Final = tuple(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement, one verdict, one reason; the cells of the matrix that say so."""

    requirement: Requirement
    outcome: Outcome
    reason: str
    cells: tuple[Cell, ...]


def findings(made: Matrix, wanted: frozenset[Outcome]) -> list[Finding]:
    """The findings of the wanted outcomes, the gravest first."""
    found: list[Finding] = []
    for area in made.areas:
        for row in area.rows:
            alike: dict[tuple[Outcome, str], list[Cell]] = {}
            for cell in row.cells:
                if cell.outcome in wanted:
                    alike.setdefault((cell.outcome, cell.reason), []).append(cell)
            found += [
                Finding(row.requirement, outcome, reason, tuple(cells)) for (outcome, reason), cells in alike.items()
            ]
    found.sort(key=lambda one: (SEVERITY.index(one.outcome), _LEVELS.index(one.requirement.level)))
    return found


def beside_verdicts(run: Run, found: list[Finding]) -> list[Scenario]:
    """Scenarios that went wrong although no finding rests on them: newer than the revision, or named by no verdict."""
    explained = {(name, cell.channel) for finding in found for cell in finding.cells for name in cell.scenarios}
    whole = {name for name, channel in explained if not channel}
    return [
        scenario
        for scenario in run.scenarios
        if scenario.outcome in WENT_WRONG
        and scenario.id not in whole
        and (scenario.id, scenario.channel) not in explained
    ]
