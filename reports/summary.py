"""The run as a short Markdown page for a CI job.

Everything that comes from the run is escaped: a customer's message can neither form a link, nor mention anybody, nor
leave its table cell.
"""

import re
from typing import Final

from reports.findings import WENT_WRONG, Finding, beside_verdicts, findings
from reports.headline import Tone, headline, scenario_counts
from reports.matrix import Cell, Matrix, Row, matrix
from reports.model import Outcome, Run, Scenario
from reports.outcomes import WORDS
from reports.text import count, duration, one_line

LISTED: Final = 50
NO_REASON: Final = "no reason given"
_REASON_LIMIT: Final = 300
_NAME_LIMIT: Final = 160
_MARKS: Final = {Tone.GOOD: "\u2705", Tone.BAD: "\u274c", Tone.UNKNOWN: "\u26a0\ufe0f"}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+\-!|~:$])")


def summary(run: Run) -> str:
    """The page. Its size does not grow with the number of failures beyond ``LISTED``."""
    told = headline(run)
    parts = [f"## {_MARKS[told.tone]} {escaped(told.title, _REASON_LIMIT)}", escaped(told.sentence, _REASON_LIMIT)]
    parts += [f"> \u26a0\ufe0f {escaped(warning, _REASON_LIMIT)}" for warning in told.warnings]
    made = matrix(run)
    parts += [_who(run), _counts(run), *_failures(run, made), *_matrix(made)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str, limit: int) -> str:
    """Text as inert Markdown on one line: no markup, no HTML, no link, no mention, no cell border."""
    plain = one_line(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = re.sub(r"www\.", r"www\\.", plain, flags=re.IGNORECASE)
    plain = re.sub(r"^(\d+)\.", r"\1\\.", plain)
    # A zero-width space after the sign keeps GitHub and GitLab from notifying whoever bears the name.
    return plain.replace("@", "@\u200b")


def _who(run: Run) -> str:
    header = run.header
    channels = ", ".join(escaped(channel.title, 40) for channel in header.channels) or "no channel"
    return (
        f"**{escaped(header.subject.name, 80)}** {escaped(header.subject.version, 40)} against suite revision "
        f"{escaped(header.suite.revision, 40)} on {channels}, {escaped(header.started_at, 40)}, "
        f"{duration(run.footer.duration_ms)}."
    )


def _counts(run: Run) -> str:
    counted = scenario_counts(run)
    heads = " | ".join(f"{WORDS[outcome].symbol} {WORDS[outcome].title}" for outcome in Outcome)
    cells = " | ".join(str(counted[outcome]) for outcome in Outcome)
    rule = "|".join("---:" for _ in Outcome)
    return f"| Scenarios | {heads} |\n|:---|{rule}|\n| {len(run.scenarios)} | {cells} |"


def _failures(run: Run, made: Matrix) -> list[str]:
    wrong = findings(made, WENT_WRONG)
    lines = [_finding(run, finding) for finding in wrong]
    lines += [_scenario(run, scenario) for scenario in beside_verdicts(run, wrong)]
    if not lines:
        return []
    if len(lines) > LISTED:
        lines[LISTED:] = [f"- \u2026 and {len(lines) - LISTED} more in `report.html`"]
    return ["### What went wrong", "\n".join(lines)]


def _finding(run: Run, finding: Finding) -> str:
    channels = ", ".join(run.channel_title(cell.channel) for cell in finding.cells)
    sentence = escaped(finding.requirement.sentence, _NAME_LIMIT)
    return (
        f"- {_mark(finding.outcome)} {escaped(finding.requirement.id, _NAME_LIMIT)} "
        f"{finding.requirement.level.value} on {escaped(channels, _NAME_LIMIT)}: {sentence} "
        f"*Why:* {escaped(finding.reason or NO_REASON, _REASON_LIMIT)}"
    )


def _scenario(run: Run, scenario: Scenario) -> str:
    place = f" on {escaped(run.channel_title(scenario.channel), _NAME_LIMIT)}" if scenario.channel else ""
    return (
        f"- {_mark(scenario.outcome)} (not counted) scenario {escaped(scenario.name, _NAME_LIMIT)}{place}. "
        f"*Why:* {escaped(scenario.reason or NO_REASON, _REASON_LIMIT)}"
    )


def _mark(outcome: Outcome) -> str:
    word = WORDS[outcome]
    return f"{escaped(word.symbol, 4)} **{word.title}**"


def _matrix(made: Matrix) -> list[str]:
    rows = [row for area in made.areas for row in area.rows]
    if not rows or not made.columns:
        return []
    heads = " | ".join(escaped(column.title, 40) for column in made.columns)
    rule = "|".join(":---:" for _ in made.columns)
    legend = ", ".join(f"{word.symbol} {word.title}" for word in WORDS.values())
    table = [f"| Requirement | {heads} |", f"|:---|{rule}|", *map(_row, rows)]
    return [
        f"<details><summary>{count(len(rows), 'requirement')} by channel</summary>",
        "\n".join(table),
        f"{legend}",
        "</details>",
    ]


def _row(row: Row) -> str:
    cells = " | ".join(map(_cell, row.cells))
    return f"| {escaped(row.requirement.id, 60)} {row.requirement.level.value} | {cells} |"


def _cell(cell: Cell) -> str:
    if cell.outcome is None:
        return " "
    symbol = escaped(WORDS[cell.outcome].symbol, 4)
    return f"**{symbol}**" if cell.outcome in WENT_WRONG else symbol
