"""The exception that ends a scenario knows its word."""

from __future__ import annotations

import pytest

from harness.outcomes import (
    ConfigurationProblem,
    Inapplicable,
    LabDefect,
    Outcome,
    SubjectFailure,
    Untested,
    expect,
    outcome_of,
)


@pytest.mark.parametrize(
    ("problem", "word", "sentence"),
    [
        (SubjectFailure("late"), Outcome.FAIL, "late"),
        (LabDefect("broken", "mend it"), Outcome.ERROR, "broken (mend it)"),
        (ConfigurationProblem("no URL"), Outcome.CONFIG, "no URL"),
        (Untested("no clock"), Outcome.UNTESTED, "no clock"),
        (Inapplicable("not claimed"), Outcome.INAPPLICABLE, "not claimed"),
        (AssertionError(), Outcome.FAIL, "an expectation was not met"),
        (KeyError("x"), Outcome.ERROR, "KeyError: 'x'"),
    ],
)
def test_the_exception_knows_its_word(problem: Exception, word: Outcome, sentence: str) -> None:
    """Whoever is to act follows from the type; an unforeseen exception is our own defect, never the subject's."""
    assert outcome_of(problem) == (word, sentence)


def test_an_expectation_that_holds_says_nothing() -> None:
    """Only a condition that does not hold is the subject's failure."""
    expect(condition=True, sentence="never said")
    with pytest.raises(SubjectFailure, match="said"):
        expect(condition=[], sentence="said")
