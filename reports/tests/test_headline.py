"""The verdict in words follows the run's exit code; the matrix and the findings lose no verdict."""

from pathlib import Path

import pytest

from reports.findings import WENT_WRONG, beside_verdicts, findings
from reports.headline import Tone, headline, scenario_counts
from reports.matrix import UNLISTED_AREA, as_json, matrix
from reports.model import Outcome, Run
from reports.reader import load
from reports.tests import runs
from reports.tests.runs import JsonObject


def _run(folder: Path, exit_code: int, *verdicts: JsonObject, scenarios: list[JsonObject] | None = None) -> Run:
    requirements = [
        runs.requirement("CP-MSG-001"),
        runs.requirement("CP-MSG-002"),
        runs.requirement("CP-SEC-001", "SHOULD", area="Security"),
    ]
    rest = runs.small(*(scenarios or []), exit_code=exit_code, verdicts=list(verdicts))[1:]
    return load(runs.write(folder, [runs.header(*requirements), *rest]))


FAIL_1 = runs.verdict("CP-MSG-001", "fail")
FAIL_1_SMS = runs.verdict("CP-MSG-001", "fail", "sms")
FAIL_2 = runs.verdict("CP-MSG-002", "fail")
FAIL_SHOULD = runs.verdict("CP-SEC-001", "fail")
UNTESTED = runs.verdict("CP-MSG-002", "untested")


@pytest.mark.parametrize(
    ("exit_code", "verdicts", "tone", "title", "badge"),
    [
        (0, [runs.verdict()], Tone.GOOD, "Conforms", "conforms"),
        (0, [FAIL_SHOULD], Tone.GOOD, "Conforms", "conforms"),
        (0, [FAIL_1], Tone.GOOD, "Conforms, with 1 MUST requirement failing by exception", "conforms, waived"),
        (1, [FAIL_1, FAIL_1_SMS], Tone.BAD, "Does not conform: 1 MUST requirement fails", "1 MUST fail"),
        (1, [FAIL_1, FAIL_2], Tone.BAD, "Does not conform: 2 MUST requirements fail", "2 MUST fail"),
        (1, [runs.verdict()], Tone.BAD, "Does not conform", "does not conform"),
        (2, [], Tone.UNKNOWN, "Not judged: the configuration is wrong", "not configured"),
        (3, [FAIL_1], Tone.UNKNOWN, "Not judged: the lab itself failed", "lab error"),
        (4, [UNTESTED], Tone.UNKNOWN, "Incomplete: 1 MUST requirement untested", "incomplete"),
        (4, [], Tone.UNKNOWN, "Incomplete", "incomplete"),
    ],
)
def test_the_exit_code_decides(
    tmp_path: Path, exit_code: int, verdicts: list[JsonObject], tone: Tone, title: str, badge: str
) -> None:
    """A report never turns one verdict into another; it counts requirements, not channels."""
    told = headline(_run(tmp_path, exit_code, *verdicts))
    assert (told.tone, told.title, told.badge) == (tone, title, badge)


def test_a_should_that_fails_is_told(tmp_path: Path) -> None:
    """A run that conforms still says which advice was not followed."""
    assert "1 SHOULD recommendation not followed" in headline(_run(tmp_path, 0, FAIL_SHOULD)).sentence


def test_counts_that_disagree_are_warned_of(tmp_path: Path) -> None:
    """A footer that counts other scenarios than the file holds points at lost lines."""
    lines = runs.small()
    assert headline(load(runs.write(tmp_path, lines))).warnings == ()
    lines[-1] = runs.footer(0, **{"pass": 2})
    assert "Lines may have been lost" in headline(load(runs.write(tmp_path, lines))).warnings[0]


def test_a_run_without_scenarios_is_warned_of(tmp_path: Path) -> None:
    """No evidence is said to be none."""
    lines = [runs.header(), runs.footer(4)]
    lines[-1]["counts"] = {}
    assert any("No scenario ran" in warning for warning in headline(load(runs.write(tmp_path, lines))).warnings)


def test_every_outcome_is_counted(tmp_path: Path) -> None:
    """All six words have a number, zero included."""
    run = _run(tmp_path, 1, scenarios=[runs.scenario("a"), runs.scenario("b", "fail"), runs.scenario("c", "fail")])
    counted = scenario_counts(run)
    assert list(counted) == list(Outcome)
    assert (counted[Outcome.PASS], counted[Outcome.FAIL], counted[Outcome.CONFIG]) == (1, 2, 0)


def test_the_matrix_has_the_headers_channels_and_areas_in_order(tmp_path: Path) -> None:
    """Columns as the header lists them, rows by area and id, a blank where nothing was said."""
    made = matrix(_run(tmp_path, 0, FAIL_SHOULD, runs.verdict("CP-MSG-002", "untested", "sms")))
    assert [column.name for column in made.columns] == ["whatsapp", "telegram", "sms"]
    assert [area.title for area in made.areas] == ["Messages", "Security"]
    rows = {row.requirement.id: [cell.outcome for cell in row.cells] for area in made.areas for row in area.rows}
    assert rows == {
        "CP-MSG-001": [None, None, None],
        "CP-MSG-002": [None, None, Outcome.UNTESTED],
        "CP-SEC-001": [Outcome.FAIL, None, None],
    }


def test_no_verdict_is_lost(tmp_path: Path) -> None:
    """Verdicts on the whole bridge, on a strange channel or on a strange requirement have a place of their own."""
    run = _run(tmp_path, 0, runs.verdict(channel=""), runs.verdict(channel="fax"), runs.verdict("CP-NEW-1"))
    made = matrix(run)
    assert [column.title for column in made.columns] == ["Whole bridge", "WhatsApp", "Telegram", "SMS", "fax"]
    assert made.areas[-1].title == UNLISTED_AREA
    assert any("CP-NEW-1" in warning for warning in headline(run).warnings)


def test_of_two_verdicts_the_worse_is_shown(tmp_path: Path) -> None:
    """A cell cannot be made green by a second line."""
    run = _run(tmp_path, 1, runs.verdict(scenarios=["a"]), runs.verdict(word="fail", scenarios=["b"]))
    cell = matrix(run).areas[0].rows[0].cells[0]
    assert (cell.outcome, set(cell.scenarios)) == (Outcome.FAIL, {"a", "b"})


def test_the_matrix_as_json_has_every_verdict(tmp_path: Path) -> None:
    """Other programs get the same words."""
    document = as_json(_run(tmp_path, 1, FAIL_1, FAIL_1_SMS))
    assert isinstance(document["requirements"], list)
    assert document["requirements"][0]["verdicts"] == {"whatsapp": "fail", "sms": "fail"}


def test_findings_join_channels_that_share_a_reason(tmp_path: Path) -> None:
    """One requirement failing alike on two channels is one thing to look into, the gravest first."""
    run = _run(tmp_path, 1, runs.verdict("CP-MSG-002", "error"), FAIL_SHOULD, FAIL_1, FAIL_1_SMS)
    found = findings(matrix(run), WENT_WRONG)
    assert [(one.requirement.id, len(one.cells)) for one in found] == [
        ("CP-MSG-001", 2),
        ("CP-SEC-001", 1),
        ("CP-MSG-002", 1),
    ]


def test_a_failing_scenario_without_a_verdict_is_not_hidden(tmp_path: Path) -> None:
    """A scenario that went wrong is told of even when no verdict rests on it."""
    scenarios = [runs.scenario("counted", "fail"), runs.scenario("beside", "fail"), runs.scenario("fine")]
    run = _run(tmp_path, 1, runs.verdict(word="fail", scenarios=["counted"]), scenarios=scenarios)
    assert [one.id for one in beside_verdicts(run, findings(matrix(run), WENT_WRONG))] == ["beside"]
