"""The six words of a verdict, the exit codes, and the exceptions that carry them.

Whoever raises one of these says who is to act: the subject's author (`SubjectFailure`), whoever wrote the
configuration (`ConfigurationProblem`) or the lab's own authors (`LabDefect`). A step never has to know which
word its failure becomes: the exception knows. Nothing here knows pytest, HTTP or a file format.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """What became of a scenario, and, combined, of a requirement on a channel."""

    PASS = "pass"  # noqa: S105 - a word, not a password
    FAIL = "fail"
    ERROR = "error"
    CONFIG = "config"
    UNTESTED = "untested"
    INAPPLICABLE = "inapplicable"


class ExitCode(IntEnum):
    """What `bridgelab run` tells the shell."""

    CONFORMS = 0
    FAILS = 1
    CONFIGURATION = 2
    LAB_ERROR = 3
    INCOMPLETE = 4


class Problem(Exception):
    """A sentence that says what is wrong and where, and a hint for whoever must act."""

    outcome: ClassVar[Outcome] = Outcome.ERROR

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class LabDefect(Problem):
    """The lab or the suite itself is wrong: never held against the subject."""

    outcome = Outcome.ERROR


class ConfigurationProblem(Problem):
    """A file, an address or a credential has to be corrected before anything can be judged."""

    outcome = Outcome.CONFIG


class SubjectFailure(Problem, AssertionError):
    """The subject did not do what a requirement asks."""

    outcome = Outcome.FAIL


class Untested(Problem):
    """The scenario needs something that cannot be arranged with this subject, such as a movable clock."""

    outcome = Outcome.UNTESTED


class Inapplicable(Problem):
    """The subject does not claim the channel or the feature that the scenario is about."""

    outcome = Outcome.INAPPLICABLE


def outcome_of(problem: BaseException) -> tuple[Outcome, str]:
    """Return the word and the sentence for an exception that ended a scenario."""
    if isinstance(problem, Problem):
        return problem.outcome, str(problem)
    if isinstance(problem, AssertionError):
        return Outcome.FAIL, str(problem) or "an expectation was not met"
    return Outcome.ERROR, f"{type(problem).__name__}: {problem}"


def expect(condition: object, sentence: str) -> None:
    """Raise `SubjectFailure` with the sentence unless the condition holds."""
    if not condition:
        raise SubjectFailure(sentence)
