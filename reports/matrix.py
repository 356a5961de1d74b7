"""The capability matrix as data: requirements down, channels across, a verdict in each cell.

It knows nothing of how the matrix is shown.
"""

from dataclasses import dataclass

from reports.model import Channel, ChannelName, Level, Outcome, Requirement, RequirementId, Run, ScenarioId, Verdict
from reports.outcomes import SEVERITY

WHOLE_BRIDGE = ChannelName("")
UNLISTED_AREA = "Not in this suite revision"


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdict on one requirement for one channel; ``outcome`` is None where the run gave none."""

    channel: ChannelName
    outcome: Outcome | None
    reason: str
    scenarios: tuple[ScenarioId, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement across all columns."""

    requirement: Requirement
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """The requirements of one subject matter."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Columns and rows, both in a fixed order."""

    columns: tuple[Channel, ...]
    areas: tuple[Area, ...]


def matrix(run: Run) -> Matrix:
    """The matrix of a run: channels in the header's order, requirements by area and id."""
    columns = _columns(run)
    cells: dict[tuple[RequirementId, ChannelName], list[Verdict]] = {}
    for verdict in run.verdicts:
        cells.setdefault((verdict.requirement, verdict.channel), []).append(verdict)
    grouped: dict[str, list[Row]] = {}
    for requirement in sorted(_requirements(run), key=lambda one: (one.area == UNLISTED_AREA, one.area, one.id)):
        row = tuple(_cell(column.name, cells.get((requirement.id, column.name), [])) for column in columns)
        grouped.setdefault(requirement.area, []).append(Row(requirement, row))
    return Matrix(columns, tuple(Area(title, tuple(rows)) for title, rows in grouped.items()))


def as_json(run: Run) -> dict[str, object]:
    """The matrix as a JSON document for other programs."""
    made = matrix(run)
    return {
        "run_id": run.header.run_id,
        "subject": {"name": run.header.subject.name, "version": run.header.subject.version},
        "revision": run.header.suite.revision,
        "channels": [{"name": column.name, "title": column.title} for column in made.columns],
        "requirements": [
            {
                "id": row.requirement.id,
                "level": row.requirement.level.value,
                "area": row.requirement.area,
                "sentence": row.requirement.sentence,
                "verdicts": {cell.channel: cell.outcome.value for cell in row.cells if cell.outcome},
            }
            for area in made.areas
            for row in area.rows
        ],
    }


def _columns(run: Run) -> tuple[Channel, ...]:
    """The header's channels; the whole bridge first if judged; channels only verdicts know last."""
    used = {verdict.channel for verdict in run.verdicts}
    listed = {channel.name for channel in run.header.channels}
    whole = [Channel(WHOLE_BRIDGE, run.channel_title(WHOLE_BRIDGE))] if WHOLE_BRIDGE in used else []
    strange = [Channel(name, name) for name in sorted(used - listed - {WHOLE_BRIDGE})]
    return (*whole, *run.header.channels, *strange)


def _requirements(run: Run) -> list[Requirement]:
    """What the suite lists, and a stand-in for each id that only verdicts know, so that no verdict is lost."""
    listed = {requirement.id: requirement for requirement in run.header.suite.requirements}
    for name in {verdict.requirement for verdict in run.verdicts} - listed.keys():
        listed[name] = Requirement(name, Level.MAY, "", UNLISTED_AREA, None)
    return list(listed.values())


def _cell(channel: ChannelName, verdicts: list[Verdict]) -> Cell:
    """One cell; of several verdicts the worst, with the scenarios of all."""
    if not verdicts:
        return Cell(channel, None, "", ())
    worst = min(verdicts, key=lambda one: SEVERITY.index(one.verdict))
    scenarios = tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.scenarios))
    return Cell(channel, worst.verdict, worst.reason or "", scenarios)
