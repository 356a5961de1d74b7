"""The suite tested: a correct miniature bridge must pass, each wrong one must be caught, for the right reason.

Every miniature is a subject like any other, judged by a run of its own over one lab; nothing here looks inside it.
The rows together are the kill matrix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from harness.miniatures.defects import BY_NAME, DEFECTS, Defect
from harness.miniatures.serving import CORRECT, in_thread
from harness.outcomes import ConfigurationProblem, ExitCode, LabDefect, Outcome
from harness.progress import STYLES, read_lines
from harness.runfile import RUN_FILE
from harness.suite import Choice, run_suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.launch import LabAddress

NAME_CHARS = 26
MARKS = {True: ("caught", STYLES["pass"]), False: ("MISSED", STYLES["fail"])}
INNOCENT = {Outcome.PASS, Outcome.UNTESTED, Outcome.INAPPLICABLE}


@dataclass(frozen=True, slots=True)
class Row:
    """What the suite made of one miniature."""

    name: str
    sentence: str
    verdicts: Mapping[tuple[str, str], tuple[Outcome, str]]
    """Requirement and channel to the word and its reason, of what was run."""
    caught_by: frozenset[str] = frozenset()
    because: str = ""

    @property
    def found(self) -> list[str]:
        """The requirements that failed."""
        return sorted({name for (name, _), (word, _) in self.verdicts.items() if word is Outcome.FAIL})

    @property
    def errors(self) -> list[str]:
        """What the suite could not judge for reasons of its own."""
        return [reason for word, reason in self.verdicts.values() if word in {Outcome.ERROR, Outcome.CONFIG}]

    @property
    def untested(self) -> list[str]:
        """The intended requirements that no scenario could be run for."""
        tested = {name for (name, _), (word, _) in self.verdicts.items() if word != Outcome.UNTESTED}
        return sorted(self.caught_by - tested)

    @property
    def reasons(self) -> list[str]:
        """Why the intended requirements failed."""
        return [
            reason
            for (name, _), (word, reason) in self.verdicts.items()
            if name in self.caught_by and word is Outcome.FAIL
        ]

    @property
    def caught(self) -> bool:
        """Whether the miniature was judged rightly: each intended requirement failed, for the intended reason."""
        if self.name == CORRECT:
            return bool(self.verdicts) and all(word in INNOCENT for word, _ in self.verdicts.values())
        right = self.caught_by <= set(self.found) and not self.errors
        return right and all(re.search(self.because, reason) for reason in self.reasons)


def check_names(names: Iterable[str]) -> None:
    """Raise `ConfigurationProblem` for a name that no wrong miniature has."""
    unknown = sorted(set(names) - set(BY_NAME))
    if unknown:
        raise ConfigurationProblem(f"there is no miniature {', '.join(unknown)}", f"there are {', '.join(BY_NAME)}")


class Selftest:
    """Runs over one lab, a folder for each."""

    def __init__(self, folder: Path, lab: LabAddress, *, everything: bool = False) -> None:
        self._folder = folder
        self._lab = lab
        self._everything = everything

    def rows(self, only: tuple[str, ...] = ()) -> Iterator[Row]:
        """Yield the row of the correct miniature, then of every wrong one, or of the named ones."""
        check_names(only)
        defects = [defect for defect in DEFECTS if not only or defect.name in only]
        wanted = frozenset().union(*(defect.caught_by for defect in defects)) if only else frozenset()
        yield Row(CORRECT, "Does everything right.", self.judge(CORRECT, wanted))
        for defect in defects:
            yield self._row(defect)

    def _row(self, defect: Defect) -> Row:
        verdicts = self.judge(defect.name, frozenset() if self._everything else defect.caught_by)
        return Row(defect.name, defect.sentence, verdicts, defect.caught_by, defect.because)

    def judge(self, name: str, requirements: frozenset[str]) -> dict[tuple[str, str], tuple[Outcome, str]]:
        """Return the verdicts of a run against a miniature; no requirements named means all of them."""
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        with in_thread(name) as url:
            subject = folder / "subject.toml"
            subject.write_text(f'name = "miniature {name}"\ndriver = "http"\nurl = "{url}"\n', "utf-8")
            choice = Choice(
                folder,
                subject=subject,
                lab=self._lab.control_url,
                lab_token=self._lab.control_token,
                requirements=tuple(sorted(requirements)),
            )
            status = run_suite(choice)
        run_file = folder / RUN_FILE
        if not run_file.exists():
            raise LabDefect(f"the run against the miniature {name} left no {RUN_FILE}; pytest said {status}")
        return _verdicts(read_lines(run_file))


def _verdicts(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[Outcome, str]]:
    return {
        (line["requirement"], line["channel"]): (Outcome(line["verdict"]), line["reason"])
        for line in lines
        if line["type"] == "verdict" and line["scenarios"]
    }


def exit_code_of(rows: Iterable[Row]) -> ExitCode:
    """Return 0 when every miniature was judged rightly, 4 when only something untested is missing, else 3."""
    wrong = [row for row in rows if not row.caught]
    if not wrong:
        return ExitCode.CONFORMS
    return ExitCode.INCOMPLETE if all(row.untested and not row.errors for row in wrong) else ExitCode.LAB_ERROR


def matrix_lines(row: Row, *, width: int) -> Iterator[Text]:
    """Yield what is printed of a row: one line, and one more for each thing that is wrong with it."""
    mark, style = MARKS[row.caught]
    if row.name == CORRECT and row.caught:
        mark = "passes"
    elif not row.caught and row.untested and not row.errors:
        mark, style = "untested", STYLES["untested"]
    line = Text(f"{mark:<10}", style=style, no_wrap=True)
    line.append(f"{row.name:<{NAME_CHARS}}{' '.join(row.found or row.untested) or '-':<25} {row.sentence}", "default")
    line.truncate(width, overflow="ellipsis")
    yield line
    if row.caught:
        return
    told = [f"should be caught by {' '.join(sorted(row.caught_by))}, because {row.because!r}"] if row.caught_by else []
    told += [f"{name} {channel}: {word} {reason}" for (name, channel), (word, reason) in row.verdicts.items() if reason]
    for sentence in told:
        yield Text(f"          → {sentence}", style="dim")
