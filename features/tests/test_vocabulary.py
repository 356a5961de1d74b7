"""The vocabulary is closed: what scenarios say, what steps implement and what the README tells are the same."""

from __future__ import annotations

from collections import Counter

import pytest

from features.vocabulary import AREAS, FOLDER, README, Phrase, fresh, phrases
from harness.catalogue import Scenario, read_features
from harness.requirements import check, load_requirements
from harness.samples import KINDS

SCENARIOS = read_features(FOLDER)
PHRASES = phrases()
LAST = "nothing else is sent"


def test_the_readme_tells_the_vocabulary_and_the_requirements_as_they_are() -> None:
    """The generated parts of the README are those of the code; `python -m features.vocabulary` writes them."""
    text = README.read_text("utf-8")
    assert fresh(text) == text


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_every_step_is_exactly_one_phrase(scenario: Scenario) -> None:
    """No step is unknown, and none could mean two things."""
    for step in scenario.steps:
        found = [phrase.text for phrase in PHRASES if phrase.kind == step.kind and phrase.matches(step.text)]
        assert len(found) == 1, f"{step.kind} {step.text}: {found}"


def test_every_phrase_is_used() -> None:
    """A phrase that no scenario uses is one more thing to learn for nothing."""
    used = {
        phrase.text
        for scenario in SCENARIOS
        for step in scenario.steps
        for phrase in PHRASES
        if phrase.kind == step.kind and phrase.matches(step.text)
    }
    assert [phrase.text for phrase in PHRASES if phrase.text not in used] == []


def test_no_phrase_is_defined_twice() -> None:
    """Two modules never implement the same phrase."""
    counted = Counter((phrase.kind, phrase.text) for phrase in PHRASES)
    assert [phrase for phrase, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_every_phrase_says_what_it_means(phrase: Phrase) -> None:
    """The meaning in the README is the first line of a step's documentation."""
    assert phrase.meaning.endswith(".")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_every_scenario_ends_with_nothing_else(scenario: Scenario) -> None:
    """Absence is asserted as a habit, not where somebody thought of it."""
    assert scenario.steps[-1].text == LAST


def test_scenarios_and_requirements_cover_each_other() -> None:
    """No requirement is without a scenario on each of its channels, no scenario without a requirement."""
    assert check(load_requirements(FOLDER / "requirements"), SCENARIOS) == []


def test_the_table_knows_every_area() -> None:
    """An area that the README's table leaves out would not be counted."""
    assert {row.area for row in load_requirements(FOLDER / "requirements").rows.values()} == set(AREAS)


def test_the_readme_names_every_kind_of_file() -> None:
    """A scenario's author finds the kinds in the README."""
    text = README.read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
