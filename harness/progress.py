"""What `bridgelab run` shows while it runs and when it is done. Reads reports and run files; decides nothing."""

from __future__ import annotations

import json
import os
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
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

WRONG = ("fail", "error", "config")
"""Told one by one, with reasons."""
GROUPED = ("untested", "inapplicable")
"""Told by reason: one missing channel leaves dozens of requirements untested."""
NOT_RUN = "no scenario of it was run"
"""The reason of whoever asked for less: whom it concerns is no news."""
WORD_CHARS = 14
NAME_CHARS = 13
CHANNELS_CHARS = 21


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
            # A log is no screen: there, every redrawn bar would be a line of noise.
            disable=not console.is_terminal or bool(os.environ.get("CI")),
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


def verdict_lines(lines: Iterable[Mapping[str, Any]], *, width: int, everything: bool = False) -> Iterator[Text]:
    """Yield what is printed of the verdicts: what is wrong first, each with its reason, then groups of the rest."""
    lines = list(lines)
    sentences = {
        row["id"]: row["sentence"]
        for line in lines
        if line["type"] == "header"
        for row in line["suite"]["requirements"]
    }
    verdicts = [line for line in lines if line["type"] == "verdict"]
    for word in WRONG:
        for name, cells in _by_requirement(verdicts, word):
            yield _row(word, name, cells, sentences.get(name, ""), width)
            for reason in dict.fromkeys(cell["reason"] for cell in cells if cell["reason"]):
                yield from _indented(f"→ {reason}", width, STYLES[word])
    for word in GROUPED:
        yield from _groups([line for line in verdicts if line["verdict"] == word], word, width)
    if everything:
        for name, cells in _by_requirement(verdicts, "pass"):
            yield _row("pass", name, cells, sentences.get(name, ""), width)


def _by_requirement(verdicts: Iterable[Mapping[str, Any]], word: str) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for line in verdicts:
        if line["verdict"] == word:
            rows.setdefault(line["requirement"], []).append(line)
    return rows.items()


def _row(word: str, name: str, cells: Iterable[Mapping[str, Any]], sentence: str, width: int) -> Text:
    """Return one line: the word, the requirement, its channels, as much of the sentence as there is room for."""
    channels = " ".join(cell["channel"] for cell in cells)
    row = Text(f"{word:<{WORD_CHARS}}", style=STYLES[word], no_wrap=True)
    row.append(f"{name:<{NAME_CHARS}}{channels:<{CHANNELS_CHARS}} {sentence}", style="default")
    row.truncate(width, overflow="ellipsis")
    return row


def _groups(verdicts: Iterable[Mapping[str, Any]], word: str, width: int) -> Iterator[Text]:
    """Yield one line for each reason, and below it whom it concerns."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for line in verdicts:
        reasons.setdefault(line["reason"], {}).setdefault(line["channel"], []).append(line["requirement"])
    for reason, channels in reasons.items():
        count = sum(len(names) for names in channels.values())
        head = Text(f"{word:<{WORD_CHARS}}", style=STYLES[word], no_wrap=True)
        head.append(f"{reason} ({count})", style="default")
        head.truncate(width, overflow="ellipsis")
        yield head
        for channel, names in channels.items() if reason != NOT_RUN else ():
            yield from _indented(f"{channel}: {' '.join(names)}" if channel else " ".join(names), width, "dim")


def _indented(text: str, width: int, style: str) -> Iterator[Text]:
    for line in text.splitlines():
        for part in textwrap.wrap(
            line, max(width - WORD_CHARS, 20), subsequent_indent="  ", break_on_hyphens=False
        ) or [""]:
            yield Text(" " * WORD_CHARS + part, style=style, no_wrap=True)


def summary_line(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return one line about the verdicts."""
    counted = Counter(line["verdict"] for line in lines if line["type"] == "verdict")
    words = ", ".join(f"[{STYLES[word]}]{counted[word]} {word}[/]" for word in STYLES if counted[word])
    return f"verdicts: {words or 'none'}"
