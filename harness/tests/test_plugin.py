"""The plugin in runs of its own: a small suite whose steps end in every possible way, over a lab that is a stub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bench import BenchSpec
from harness.loop import LoopThread
from harness.miniatures.serving import CORRECT, in_thread
from harness.plugin import BENCH_VARIABLE
from harness.subject import DriverKind, Subject
from harness.suite import SCENARIOS, Choice
from harness.tests.conftest import StubServer

pytestmark = pytest.mark.slow

STEPS = """
import os
from pytest_bdd import given, parsers, then, when, scenarios
from harness.outcomes import Inapplicable, LabDefect, SubjectFailure, Untested

@given("a lab")
def a_lab(): pass

@when("nothing happens")
def nothing(): pass

@when("the subject fails")
def fails(): raise SubjectFailure("too late")

@when("an assertion fails")
def asserts(): raise AssertionError("not equal")

@when("the lab breaks")
def breaks(): raise LabDefect("the lab broke")

@when("a step has a mistake")
def mistaken(): raise KeyError("typo")

@when("nobody can arrange it")
def unarranged(): raise Untested("cannot be arranged")

@when("a coroutine is called")
async def coroutine(): raise AssertionError("never reached")

@when("somebody interrupts")
def interrupts(): raise KeyboardInterrupt

@when("the process dies")
def dies(): os._exit(9)

@then("all is well")
def well(): pass

scenarios(".")
"""
REQUIREMENT = """\
[[requirement]]
id = "CP-TEXT-001"
level = "MUST"
sentence = "A bridge does what it has to do."
source = "project decision: for this test"
"""
WAYS = {
    "passes": "nothing happens",
    "fails": "the subject fails",
    "asserts": "an assertion fails",
    "breaks": "the lab breaks",
    "mistaken": "a step has a mistake",
    "unarranged": "nobody can arrange it",
    "coroutine": "a coroutine is called",
    "unknown": "nobody has written this step",
}
OUTCOMES = {
    "passes": ("pass", ""),
    "fails": ("fail", "too late"),
    "asserts": ("fail", "not equal"),
    "breaks": ("error", "the lab broke"),
    "mistaken": ("error", "KeyError: 'typo'"),
    "unarranged": ("untested", "cannot be arranged"),
    "coroutine": ("error", "is a coroutine function, which would never be awaited"),
    "unknown": ("error", "nobody has written this step"),
    "unclaimed": ("inapplicable", "does not claim the channel sms"),
}


def write_suite(folder: Path, **ways: str) -> Path:
    """A features folder with one scenario for each way, and one for a channel that nobody claims."""
    (folder / "requirements").mkdir(parents=True)
    (folder / "requirements" / "text.toml").write_text(REQUIREMENT, "utf-8")
    (folder / "requirements" / "revision.toml").write_text('revision = "t"\nreleased = false\n', "utf-8")
    (folder / SCENARIOS).write_text(STEPS, "utf-8")
    text = "@CP-TEXT-001\nFeature: Ways\n"
    for name, step in ways.items():
        text += f"  Scenario: {name}\n    Given a lab\n    When {step}\n    Then all is well\n"
    text += "  @sms\n  Scenario: unclaimed\n    Given a lab\n    When nothing happens\n    Then all is well\n"
    (folder / "ways.feature").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def bench_variable() -> Iterator[str]:
    """A bench of a lab that knows its channels and nothing else, and of a subject that claims WhatsApp."""
    lab = StubServer()
    lab.answer("GET", "/lab/v1/channels", {"channels": {"whatsapp": {}, "sms": {}}})
    with LoopThread("stub-lab") as loop, in_thread(CORRECT) as url:
        runner = loop.run(lab.start())
        claims = {"channels": ["whatsapp"]}
        subject = Subject.model_validate({"driver": DriverKind.HTTP, "url": url, "claims": claims})
        yield BenchSpec(lab.url, None, subject).to_json()
        loop.run(runner.cleanup())


def run(choice: Choice, variable: str = "") -> subprocess.CompletedProcess[str]:
    """Run pytest on a suite in a process of its own."""
    command = [sys.executable, "-m", "pytest", *choice.arguments()]
    environment = os.environ | ({BENCH_VARIABLE: variable} if variable else {})
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run(  # noqa: S603 - our own interpreter with our own suite
        command, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run file."""
    return [json.loads(line) for line in (folder / "run.jsonl").read_text("utf-8").splitlines()]


def scenarios_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The scenarios of a run by name."""
    return {line["name"]: line for line in lines_of(folder) if line["type"] == "scenario"}


@pytest.fixture(scope="module", params=[0, 2], ids=["one process", "two workers"])
def every_way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, bench_variable: str) -> Path:
    """The folder of a run of every way, in one process and in two."""
    base = tmp_path_factory.mktemp("every-way")
    suite = write_suite(base / "suite", **WAYS)
    choice = Choice(base / "run", features=suite, workers=request.param)
    # Workers get the bench from their controller, which gets it here.
    done = run(choice, bench_variable)
    assert (base / "run" / "run.jsonl").exists(), done.stdout + done.stderr
    return base / "run"


def test_every_ending_has_its_word_and_its_reason(every_way: Path) -> None:
    """Also where two workers share the work; a coroutine function never passes unrun."""
    found = scenarios_of(every_way)
    assert {name: line["outcome"] for name, line in found.items()} == {
        name: outcome for name, (outcome, _) in OUTCOMES.items()
    }
    assert [name for name, (_, reason) in OUTCOMES.items() if reason not in found[name]["reason"]] == []


def test_the_run_has_one_header_and_one_footer(every_way: Path) -> None:
    """However many processes took part; the verdict is the gravest."""
    lines = lines_of(every_way)
    assert [line["type"] for line in lines] == ["header", *["scenario"] * len(OUTCOMES), "verdict", "footer"]
    assert (lines[-2]["verdict"], lines[-1]["exit_code"]) == ("fail", 1)
    assert lines[0]["subject"]["channels"] == ["whatsapp"]


def test_steps_after_a_failure_are_skipped(every_way: Path) -> None:
    """What ran, what failed and with which words, what never ran."""
    steps = scenarios_of(every_way)["fails"]["steps"]
    assert [(step["keyword"], step["outcome"]) for step in steps] == [
        ("Given", "pass"),
        ("When", "fail"),
        ("Then", "skipped"),
    ]
    assert steps[1]["message"] == "too late"
    assert [step["outcome"] for step in scenarios_of(every_way)["passes"]["steps"]] == ["pass"] * 3


def test_an_interrupted_run_is_truncated(tmp_path: Path, bench_variable: str) -> None:
    """What was found stays, what was not reached is an error, and no footer pretends to an end."""
    suite = write_suite(tmp_path / "suite", passes="nothing happens", interrupts="somebody interrupts")
    run(Choice(tmp_path / "run", features=suite), bench_variable)
    found = scenarios_of(tmp_path / "run")
    assert found["passes"]["outcome"] == "pass"
    assert found["unclaimed"]["outcome"] == "error"
    assert lines_of(tmp_path / "run")[-1]["type"] == "verdict"


def test_a_worker_that_dies_costs_its_scenario_and_no_other(tmp_path: Path, bench_variable: str) -> None:
    """The scenario is an error with a reason; the others have their words."""
    suite = write_suite(tmp_path / "suite", dies="the process dies", passes="nothing happens")
    run(Choice(tmp_path / "run", features=suite, workers=2), bench_variable)
    found = scenarios_of(tmp_path / "run")
    assert (found["dies"]["outcome"], found["passes"]["outcome"]) == ("error", "pass")
    assert "the process that ran it ended" in found["dies"]["reason"]


def test_a_lab_that_is_not_there_is_every_scenarios_reason(tmp_path: Path) -> None:
    """A run that cannot begin is still a run with a record: configuration, exit code 2."""
    suite = write_suite(tmp_path / "suite", passes="nothing happens")
    run(Choice(tmp_path / "run", features=suite, lab="http://127.0.0.1:1", workers=2, subject=subject(tmp_path)))
    found = scenarios_of(tmp_path / "run")
    assert {line["outcome"] for line in found.values()} == {"config"}
    assert all("http://127.0.0.1:1" in line["reason"] for line in found.values())
    assert lines_of(tmp_path / "run")[-1]["exit_code"] == 2


def subject(folder: Path) -> Path:
    """A subject file of somebody who is not there either."""
    path = folder / "subject.toml"
    path.write_text('driver = "http"\nurl = "http://127.0.0.1:1"\n', "utf-8")
    return path


def test_only_what_is_asked_for_is_run(tmp_path: Path, bench_variable: str) -> None:
    """By channel, and by words: of the name, the file and the tags."""
    suite = write_suite(tmp_path / "suite", passes="nothing happens", fails="the subject fails")
    run(Choice(tmp_path / "one", features=suite, channels=("sms",)), bench_variable)
    run(Choice(tmp_path / "two", features=suite, keyword="ways and CP-TEXT-001 and passes"), bench_variable)
    assert list(scenarios_of(tmp_path / "one")) == ["unclaimed"]
    assert list(scenarios_of(tmp_path / "two")) == ["passes"]


def test_a_wrong_file_is_told_in_one_line(tmp_path: Path) -> None:
    """No traceback for whoever mistyped a path."""
    suite = write_suite(tmp_path / "suite", passes="nothing happens")
    done = run(Choice(tmp_path / "run", features=suite, subject=tmp_path / "none.toml"))
    assert "none.toml cannot be read" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
