"""Scenarios as they stand in the files, and the check that requirements and scenarios cover each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.catalogue import Scenario, ScenarioId, read_features, sort_tags
from harness.drivers.contract import Feature
from harness.outcomes import LabDefect
from harness.requirements import Revision, check, load_requirements

FEATURE = """\
@CP-TEXT-001
Feature: Text
  Background:
    Given a lab

  @sms
  Scenario: It arrives, each time
    When the customer writes
    And waits
    Then it is there

  Rule: Rules inherit
    @feature:files-in @clock
    Scenario Outline: On <channel>
      When "<text>" is sent
      Then it is there

      Examples:
        | channel  | text |
        | whatsapp | a    |
        | telegram | b    |
"""
ROW = """\
[[requirement]]
id = "{id}"
level = "MUST"
sentence = "A bridge does what it has to do."
channels = {channels}
features = {features}
source = "project decision: for this test"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small features folder."""
    (tmp_path / "text.feature").write_text(FEATURE, "utf-8")
    (tmp_path / "requirements").mkdir()
    write_requirements(tmp_path, ROW.format(id="CP-TEXT-001", channels='["sms"]', features="[]"))
    return tmp_path


def write_requirements(folder: Path, text: str, revision: str = 'revision = "t"\nreleased = false\n') -> Path:
    """Write the requirements of a features folder."""
    (folder / "requirements" / "text.toml").write_text(text, "utf-8")
    (folder / "requirements" / "revision.toml").write_text(revision, "utf-8")
    return folder / "requirements"


def test_scenarios_have_stable_ids_and_inherit_tags_and_background(folder: Path) -> None:
    """File, name and row make the id; tags come from feature, rule and scenario; And repeats the kind before it."""
    plain, first, second = read_features(folder)
    assert (plain.id, plain.channel, plain.line) == ("text/it-arrives-each-time", "sms", 7)
    assert [step.kind for step in plain.steps] == ["given", "when", "when", "then"]
    assert [first.id, second.id] == ["text/on-channel[whatsapp,a]", "text/on-channel[telegram,b]"]
    assert (first.name, first.channel, first.steps[1].text) == ("On whatsapp", "whatsapp", '"a" is sent')
    assert (first.tags.requirements, first.tags.features, first.tags.clock) == (
        ("CP-TEXT-001",),
        (Feature.FILES_IN,),
        True,
    )


def test_a_file_that_is_no_gherkin_is_our_defect(tmp_path: Path) -> None:
    """The path is named."""
    (tmp_path / "bad.feature").write_text("Scenario: without a feature\n  Nonsense", "utf-8")
    with pytest.raises(LabDefect, match=r"bad\.feature is not Gherkin"):
        read_features(tmp_path)


def test_a_tag_outside_the_vocabulary_is_found() -> None:
    """A misspelt requirement or feature would silently ask for nothing."""
    assert sort_tags(["CP-TEXT-1", "feature:nothing", "sms", "wip"]).unknown == ("CP-TEXT-1", "feature:nothing", "wip")


def problems(folder: Path) -> list[str]:
    """What the check says about a folder."""
    return check(load_requirements(folder / "requirements"), read_features(folder))


def test_the_check_tells_everything_that_does_not_fit(folder: Path) -> None:
    """Two Whens, a channel that the requirement does not have: each with file, line and id."""
    found = problems(folder)
    assert any("text.feature:7 (text/it-arrives-each-time): has 2 When steps" in line for line in found)
    assert any("CP-TEXT-001 does not apply to the channel telegram" in line for line in found)


@pytest.mark.parametrize(
    ("row", "revision", "sentence"),
    [
        (ROW.format(id="CP-TEXT-009", channels="[]", features="[]"), "", "@CP-TEXT-001 is not a requirement"),
        (ROW.format(id="CP-TEXT-009", channels="[]", features="[]"), "", "CP-TEXT-009 has no scenario"),
        (
            ROW.format(id="CP-TEXT-001", channels='["sms", "whatsapp"]', features="[]").replace("whatsapp", "telegram"),
            'scenarios = ["text/gone"]\n',
            "lists text/gone, which is no scenario",
        ),
    ],
)
def test_the_check_looks_both_ways(folder: Path, row: str, revision: str, sentence: str) -> None:
    """A requirement without a scenario, a tag without a requirement, a revision without its scenario."""
    write_requirements(folder, row, f'revision = "t"\nreleased = false\n{revision}')
    assert any(sentence in line for line in problems(folder))


def test_a_requirement_for_a_channel_that_is_not_there_is_refused(folder: Path) -> None:
    """The sentence names the channels that are."""
    write_requirements(folder, ROW.format(id="CP-TEXT-001", channels='["smoke"]', features="[]"))
    with pytest.raises(LabDefect, match=r"there is no channel 'smoke': write one of .*sms"):
        load_requirements(folder / "requirements")


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ('["sms"]\nneeds = ["text:MO"]', "give channels or needs, not both"),
        ("", "no channel carries reaction:MT, list:MO"),
    ],
)
def test_needs_stand_for_channels(folder: Path, channels: str, sentence: str) -> None:
    """One of the two says where a requirement applies, and it must apply somewhere."""
    row = ROW.format(id="CP-TEXT-001", channels=channels, features="[]")
    row = row if channels else row.replace("channels = ", 'needs = ["reaction:MT", "list:MO"]')
    write_requirements(folder, row)
    with pytest.raises(LabDefect, match=sentence):
        load_requirements(folder / "requirements")


def test_a_channel_without_a_scenario_is_found(folder: Path) -> None:
    """A requirement is covered on each of its channels."""
    (folder / "text.feature").write_text(FEATURE.partition("  Rule:")[0].replace("    And waits\n", ""), "utf-8")
    write_requirements(folder, ROW.format(id="CP-TEXT-001", channels='["sms", "whatsapp"]', features="[]"))
    assert problems(folder) == ["CP-TEXT-001 has no scenario on whatsapp"]


def test_two_scenarios_with_one_id_are_found(folder: Path) -> None:
    """An id names one scenario for ever."""
    text = (folder / "text.feature").read_text("utf-8").partition("  Rule:")[0]
    (folder / "text.feature").write_text(text + text.partition("Given a lab\n")[2], "utf-8")
    assert any("another scenario has the same id" in line for line in problems(folder))


def test_wrong_rows_are_told_all_at_once(folder: Path) -> None:
    """Id, channel and source: each with its file and place."""
    bad = ROW.format(id="CP-text-1", channels='["fax"]', features="[]").replace("project decision: for", "heard")
    with pytest.raises(LabDefect) as wrong:
        load_requirements(write_requirements(folder, bad))
    assert all(f"text.toml: requirement.0.{key}" in wrong.value.sentence for key in ("id", "channels.0", "source"))


def test_an_id_is_never_used_twice(folder: Path) -> None:
    """The second row would hide the first."""
    row = ROW.format(id="CP-TEXT-001", channels="[]", features="[]")
    with pytest.raises(LabDefect, match="CP-TEXT-001 is defined twice"):
        load_requirements(write_requirements(folder, row + row))


def test_a_scenario_needs_what_its_requirements_and_its_tags_claim(folder: Path) -> None:
    """Both lists count."""
    write_requirements(folder, ROW.format(id="CP-TEXT-001", channels="[]", features='["voice-in"]'))
    scenario: Scenario = read_features(folder)[1]
    found = load_requirements(folder / "requirements").features_of(scenario)
    assert found == {Feature.VOICE_IN, Feature.FILES_IN}


def test_an_unreleased_revision_counts_everything() -> None:
    """Only a release freezes."""
    assert Revision(revision="t", released=False).counts(ScenarioId("a/b"))
