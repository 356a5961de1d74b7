"""The run file, and one process's share of a run."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from harness.bench import BenchSpec
from harness.catalogue import RequirementId, Scenario, ScenarioId, sort_tags
from harness.drivers.contract import Description, Feature
from harness.judge import Judge, Order, applicable, new_folder, record_of, result_of
from harness.outcomes import ConfigurationProblem, ExitCode, Inapplicable, LabDefect, Outcome, Untested
from harness.requirements import Requirement, Requirements, Revision
from harness.runfile import PARTS, RUN_FILE, Part, StepRecord, desk_event, read_parts, told_events
from harness.subject import REFERENCE_SUBJECT
from harness.waivers import Waiver
from reports.reader import RunTruncated, load

ONE = RequirementId("CP-TEXT-001")
NOWHERE = BenchSpec("http://127.0.0.1:1", None, REFERENCE_SUBJECT)


def requirements(*features: Feature) -> Requirements:
    """One requirement on SMS with these claims."""
    row = Requirement.model_validate(
        {
            "id": ONE,
            "level": "MUST",
            "sentence": "A bridge does what it has to do.",
            "channels": ["sms"],
            "features": features,
            "source": "project decision: for this test",
        }
    )
    return Requirements([row], Revision(revision="t", released=False))


def scenario(name: str = "text/a", line: int = 3, *tags: str) -> Scenario:
    """A scenario on SMS."""
    sorted_tags = sort_tags([ONE, "sms", *tags])
    return Scenario(ScenarioId(name), "Text", "A", "text.feature", line, sorted_tags, (), "sms")


def judge(folder: Path, worker: str = "main", **order: Any) -> Judge:
    """A judge whose bench leads nowhere."""
    return Judge(Order(folder, **order), NOWHERE, worker=worker)


def finished(judge: Judge, outcome: Outcome, name: str = "text/a") -> None:
    """Record a scenario with an outcome."""
    record = record_of(scenario(name))
    record.outcome, record.reason = outcome, "" if outcome is Outcome.PASS else "because"
    record.steps = [StepRecord("Given", "a lab", "pass")]
    judge.write(record)


def run_lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of a written run."""
    return [json.loads(line) for line in (folder / RUN_FILE).read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.PASS, ExitCode.CONFORMS),
        (Outcome.FAIL, ExitCode.FAILS),
        (Outcome.CONFIG, ExitCode.CONFIGURATION),
        (Outcome.ERROR, ExitCode.LAB_ERROR),
        (Outcome.UNTESTED, ExitCode.INCOMPLETE),
    ],
)
def test_a_run_ends_with_the_exit_code_of_its_verdicts(tmp_path: Path, outcome: Outcome, code: ExitCode) -> None:
    """0 to 4, in the footer as in the result; and the reports can read the file."""
    one = judge(tmp_path)
    one.plan([scenario()])
    finished(one, outcome)
    assert one.finish(requirements(), interrupted=False) == code
    lines = run_lines(tmp_path)
    assert [line["type"] for line in lines] == ["header", "scenario", "verdict", "footer"]
    assert (lines[-1]["exit_code"], lines[-1]["counts"]) == (code, {outcome.value: 1})
    assert load(tmp_path / RUN_FILE).header.run_id == tmp_path.name


def test_the_parts_of_all_workers_become_one_run(tmp_path: Path) -> None:
    """One header, one footer, scenarios in the order of the files, each once."""
    for worker, name in (("gw1", "text/b"), ("gw0", "text/a")):
        part = judge(tmp_path, worker)
        part.plan([scenario("text/a"), scenario("text/b")])
        finished(part, Outcome.PASS, name)
    judge(tmp_path).finish(requirements(), interrupted=False)
    lines = run_lines(tmp_path)
    assert [line["type"] for line in lines] == ["header", "scenario", "scenario", "verdict", "footer"]
    assert [line["id"] for line in lines[1:3]] == ["text/a", "text/b"]


def test_a_scenario_that_a_crash_took_along_is_an_error(tmp_path: Path) -> None:
    """What was planned and never recorded does not vanish."""
    one = judge(tmp_path)
    one.plan([scenario("text/a"), scenario("text/b")])
    finished(one, Outcome.PASS, "text/a")
    assert one.finish(requirements(), interrupted=False) == ExitCode.LAB_ERROR
    assert "the process that ran it ended" in run_lines(tmp_path)[2]["reason"]


def test_an_interrupted_run_has_no_footer(tmp_path: Path) -> None:
    """Whoever reads it knows that it is truncated."""
    one = judge(tmp_path)
    one.plan([scenario()])
    finished(one, Outcome.PASS)
    one.finish(requirements(), interrupted=True)
    assert run_lines(tmp_path)[-1]["type"] == "verdict"
    with pytest.raises(RunTruncated):
        load(tmp_path / RUN_FILE)


def test_a_run_of_nothing_leaves_nothing(tmp_path: Path) -> None:
    """No scenario, no run file."""
    assert judge(tmp_path).finish(requirements(), interrupted=False) is None
    assert not (tmp_path / RUN_FILE).exists()


def test_a_broken_waiver_fails_the_run_and_is_written_down(tmp_path: Path) -> None:
    """Even when every verdict passes."""
    waiver = Waiver(requirement=ONE, channel="sms", owner="o", reason="r", expires=dt.date(2000, 1, 1))
    one = judge(tmp_path, waivers=(waiver,))
    one.plan([scenario()])
    finished(one, Outcome.PASS)
    assert one.finish(requirements(), interrupted=False) == ExitCode.FAILS
    assert "expired on 2000-01-01" in (tmp_path / "waivers.txt").read_text("utf-8")


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    """A crash in the middle of a write costs that line and no other."""
    part = Part(tmp_path, "main")
    part.write(record_of(scenario()))
    with (tmp_path / PARTS / "main.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"type":"scen')
    assert [line["id"] for line in read_parts(tmp_path)] == ["text/a"]


def test_a_scenario_line_that_is_not_ours_is_our_defect() -> None:
    """It names what is missing."""
    with pytest.raises(LabDefect, match="outcome"):
        result_of({"id": "a", "requirements": [], "channel": ""})


def test_the_trace_and_the_agents_actions_are_one_story() -> None:
    """By wall time, numbered anew, with every key that the contract has."""
    hop = {"seq": 9, "at": "v", "wall": "2", "kind": "http", "source": "a", "target": "b", "name": "n", "extra": 1}
    told = told_events([hop], [desk_event("v", "1", "accept chat", ""), desk_event("v", "3", "end chat", "done")])
    assert [(event["seq"], event["name"], event["note"]) for event in told] == [
        (1, "accept chat", None),
        (2, "n", None),
        (3, "end chat", "done"),
    ]
    assert "extra" not in told[1]
    assert told[1]["request"] is None


SUBJECT = Description("b", "1", frozenset({"sms"}), frozenset({Feature.FILES_IN.value}), clock=False)


@pytest.mark.parametrize(
    ("subject", "lab", "tags", "needs", "error", "told"),
    [
        (SUBJECT, {"sms"}, (), (), None, ""),
        (Description("b", "1", frozenset(), frozenset(), clock=True), {"sms"}, (), (), Inapplicable, "channel sms"),
        (SUBJECT, {"sms"}, (), (Feature.VOICE_IN,), Inapplicable, "does not claim voice-in"),
        (SUBJECT, {"sms"}, ("feature:voice-in",), (), Inapplicable, "does not claim voice-in"),
        (SUBJECT, {"sms"}, ("feature:files-in",), (), None, ""),
        (SUBJECT, set(), (), (), Untested, "does not emulate the channel sms"),
        (SUBJECT, {"sms"}, ("clock",), (), Untested, "clock cannot be moved"),
    ],
)
def test_only_what_is_claimed_is_asked(
    subject: Description,
    lab: set[str],
    tags: tuple[str, ...],
    needs: tuple[Feature, ...],
    error: type[Exception] | None,
    told: str,
) -> None:
    """Not claimed is inapplicable, not arrangeable is untested; neither is a failure."""
    asked = scenario("text/a", 3, *tags)
    if error is None:
        applicable(asked, requirements(*needs), subject, frozenset(lab))
        return
    with pytest.raises(error, match=told):
        applicable(asked, requirements(*needs), subject, frozenset(lab))


def test_what_prevents_the_bench_is_the_reason_of_every_scenario(tmp_path: Path) -> None:
    """It is remembered, and raised anew each time."""
    trouble = ConfigurationProblem("no lab", "start one")
    one = Judge(Order(tmp_path), None, trouble)
    for _ in range(2):
        with pytest.raises(ConfigurationProblem, match="no lab") as raised:
            one.bench()
        assert raised.value is not trouble
    assert one.description().version == "unknown"


def test_a_lab_that_does_not_answer_is_remembered(tmp_path: Path) -> None:
    """The second scenario does not wait for it again."""
    one = judge(tmp_path)
    with pytest.raises(LabDefect):
        one.bench()
    assert one.trouble is not None
    one.close()


def test_a_folder_is_named_after_its_time(tmp_path: Path) -> None:
    """Two runs of one second do not meet."""
    now = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    assert new_folder(tmp_path, now).name.startswith("20260302T090000Z-")
    assert new_folder(tmp_path, now) != new_folder(tmp_path, now)
