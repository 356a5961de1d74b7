"""What `bridgelab run` shows while it runs and when it is done. Reads reports and run files; decides nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest
    from rich.console import Console

STYLES = {
    "pass": "green",
    "fail": "bold red",
    "error": "bold magenta",
    "config": "bold yellow",
    "untested": "yellow",
    "inapplicable": "dim",
}


class Bar:
    """A pytest plugin that draws one bar, on the console of the process in control."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("scenarios", total=None)
        self._seen: set[str] = set()

    def __enter__(self) -> Bar:  # noqa: PYI034 - a plugin object, never subclassed
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many scenarios there are when there are no workers."""
        if session.items:
            self._progress.update(self._task, total=len(session.items))

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn how many scenarios there are from a worker."""
        self._progress.update(self._task, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Move on when a scenario is over."""
        if report.when == "teardown" and report.nodeid not in self._seen:
            self._seen.add(report.nodeid)
            self._progress.advance(self._task)


# xdist is optional for whoever runs one process.
Bar.pytest_xdist_node_collection_finished.pytest_impl = {"optionalhook": True}  # type: ignore[attr-defined]


def read_lines(run_file: Path) -> list[dict[str, Any]]:
    """Return the lines of a run file that this program has just written."""
    return [json.loads(line) for line in run_file.read_text("utf-8").splitlines()]


def verdict_table(lines: Iterable[dict[str, Any]], *, everything: bool = False) -> Table:
    """Return one row for each requirement, one column for each channel; only what is not well by default."""
    lines = list(lines)
    sentences = {
        row["id"]: row["sentence"]
        for line in lines
        if line["type"] == "header"
        for row in line["suite"]["requirements"]
    }
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for line in lines:
        if line["type"] == "verdict":
            cells.setdefault(line["requirement"], {})[line["channel"]] = line
    channels = sorted({channel for row in cells.values() for channel in row})
    table = Table(title="Verdicts" if everything else "Verdicts other than pass", title_justify="left")
    table.add_column("requirement", no_wrap=True)
    for channel in channels:
        table.add_column(channel or "bridge")
    table.add_column("sentence, reason")
    for name, row in cells.items():
        words = {cell["verdict"] for cell in row.values()}
        if not everything and words <= {"pass", "inapplicable"}:
            continue
        reasons = dict.fromkeys(cell["reason"] for cell in row.values() if cell["reason"] and cell["verdict"] != "pass")
        text = "\n".join([sentences.get(name, ""), *(f"→ {reason}" for reason in reasons)])
        table.add_row(name, *(_word(row.get(channel)) for channel in channels), text)
    return table


def _word(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return ""
    return f"[{STYLES[cell['verdict']]}]{cell['verdict']}[/]"


def summary_line(lines: Iterable[dict[str, Any]]) -> str:
    """Return one line about the verdicts."""
    counted = Counter(line["verdict"] for line in lines if line["type"] == "verdict")
    return ", ".join(f"{counted[word]} {word}" for word in STYLES if counted[word]) or "no verdicts"
