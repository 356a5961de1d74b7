"""The Examples follow from requirements and tables."""

from __future__ import annotations

from textwrap import dedent

import pytest

from features.examples import FOLDER, fresh
from harness.requirements import Level, Requirement, Requirements, Revision, load_requirements

REQUIREMENTS = load_requirements(FOLDER / "requirements")


def requirements(**row: object) -> Requirements:
    """A set of one requirement."""
    sentence, source = "A bridge does what it has to do.", "project decision: for this test"
    made = Requirement.model_validate(
        {"id": "CP-TEXT-001", "level": Level.MUST, "sentence": sentence, "source": source, **row}
    )
    return Requirements([made], Revision(revision="t", released=False))


def outline(table: str) -> str:
    """A feature with one outline."""
    head = "Feature: F\n\n  @CP-TEXT-001\n  Scenario Outline: O\n    When it goes on <channel>\n\n    Examples:\n"
    return head + table


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.feature")), ids=lambda path: str(path.name))
def test_every_feature_file_is_up_to_date(path: object) -> None:
    """`python -m features.examples` writes them."""
    text = (FOLDER / str(path)).read_text("utf-8")
    assert fresh(text, REQUIREMENTS) == text


def test_a_table_of_channels_is_that_of_the_requirement() -> None:
    """In the requirement's order, as wide as the longest."""
    text = fresh(outline("      | channel |\n      | x |\n"), requirements(channels=["whatsapp", "sms"]))
    assert text == outline("      | channel  |\n      | whatsapp |\n      | sms      |\n")


def test_a_table_of_files_has_the_kinds_that_each_channel_carries() -> None:
    """SMS carries none, so it has no row; the direction is that of the need."""
    text = fresh(outline("      | channel | kind |\n"), requirements(needs=["image:MT"]))
    rows = {tuple(cell.strip() for cell in line.split("|")[1:3]) for line in text.splitlines() if "|" in line}
    assert ("telegram", "audio file") in rows
    assert ("instagram", "audio file") not in rows  # it takes no MP3
    assert ("viberbm", "video") not in rows  # without a thumbnail it goes as a link
    assert "sms" not in text


def test_a_table_with_other_columns_is_left_alone() -> None:
    """Whoever wrote it knows why."""
    text = outline("      | status |\n      | 500 |\n") + dedent(
        """
          Scenario: S
            When nothing happens
        """
    )
    assert fresh(text, requirements(channels=["sms"])) == text
