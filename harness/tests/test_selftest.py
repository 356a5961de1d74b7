"""The judge judged: the kill matrix in words, and a reduced one over a real lab."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.miniatures.defects import DEFECTS
from harness.miniatures.serving import CORRECT
from harness.outcomes import ConfigurationProblem, ExitCode, Outcome
from harness.requirements import load_requirements
from harness.selftest import Row, check_names, exit_code_of, matrix_lines
from harness.suite import FEATURES

REDUCED = ("answers-twice", "drops-message-metadata", "sends-nonsense")
Verdicts = dict[tuple[str, str], tuple[Outcome, str]]


def row(verdicts: Verdicts, *caught_by: str, because: str = "late", name: str = "bad") -> Row:
    """A row of the matrix."""
    return Row(name, "Is wrong.", verdicts, frozenset(caught_by), because)


FAILED: Verdicts = {("CP-A-001", "sms"): (Outcome.FAIL, "too late"), ("CP-A-001", "whatsapp"): (Outcome.PASS, "")}
UNTESTED: Verdicts = {("CP-A-001", "sms"): (Outcome.UNTESTED, "no such channel")}


@pytest.mark.parametrize(
    ("judged", "caught", "code"),
    [
        (row(FAILED, "CP-A-001"), True, ExitCode.CONFORMS),
        (row(FAILED, "CP-A-001", because="too early"), False, ExitCode.LAB_ERROR),
        (row(FAILED, "CP-A-001", "CP-A-002"), False, ExitCode.INCOMPLETE),
        (row(UNTESTED, "CP-A-001"), False, ExitCode.INCOMPLETE),
        (row({("CP-A-001", "sms"): (Outcome.PASS, "")}, "CP-A-001"), False, ExitCode.LAB_ERROR),
        (row(FAILED | {("CP-A-002", ""): (Outcome.ERROR, "lab")}, "CP-A-001"), False, ExitCode.LAB_ERROR),
        (row({("CP-A-001", "sms"): (Outcome.PASS, "")}, name=CORRECT), True, ExitCode.CONFORMS),
        (row(FAILED, name=CORRECT), False, ExitCode.LAB_ERROR),
        (row({}, name=CORRECT), False, ExitCode.LAB_ERROR),
    ],
)
def test_a_miniature_is_judged_rightly_only_for_the_intended_reason(
    judged: Row, *, caught: bool, code: ExitCode
) -> None:
    """Missed, caught for another reason, or with an error of the lab: the suite misjudges."""
    assert (judged.caught, exit_code_of([judged])) == (caught, code)


def test_one_misjudged_row_decides_over_one_that_is_only_untested() -> None:
    """Incomplete is for what could not be tested, and for nothing else."""
    assert exit_code_of([row(UNTESTED, "CP-A-001"), row(FAILED, name=CORRECT)]) is ExitCode.LAB_ERROR


def test_a_missed_row_says_what_was_expected_and_what_was_found() -> None:
    """A caught one is a single line."""
    assert len(list(matrix_lines(row(FAILED, "CP-A-001"), width=100))) == 1
    told = [line.plain for line in matrix_lines(row(FAILED, "CP-A-001", because="early"), width=100)]
    assert told[0].startswith("MISSED    bad")
    assert "because 'early'" in told[1]
    assert "CP-A-001 sms: fail too late" in told[2]


def test_every_wrong_miniature_names_what_has_to_catch_it_and_why() -> None:
    """The requirements exist, and the names are different."""
    known = load_requirements(FEATURES / "requirements").rows
    assert [defect.name for defect in DEFECTS if not defect.caught_by or not defect.caught_by <= set(known)] == []
    assert [defect.name for defect in DEFECTS if not defect.because or not defect.sentence] == []
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)


def test_an_unknown_miniature_is_told_with_the_known_ones() -> None:
    """A misspelt name tests nothing."""
    with pytest.raises(ConfigurationProblem, match=r"no miniature typo .*loses-order"):
        check_names(["typo"])


@pytest.mark.slow
def test_a_few_wrong_miniatures_are_caught_over_a_real_lab() -> None:
    """The reduced matrix: twice, not at all, out of shape; and the correct miniature passes the same scenarios."""
    arguments = [part for name in REDUCED for part in ("--defect", name)]
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own module
        [sys.executable, "-m", "harness.cli", "selftest", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    words = [line.split()[:2] for line in done.stdout.splitlines()]
    assert words[:4] == [["passes", CORRECT], *(["caught", name] for name in REDUCED)], done.stdout + done.stderr
    assert done.returncode == ExitCode.CONFORMS
