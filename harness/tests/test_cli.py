"""The command line: help everywhere, mistakes told in a sentence, the documented exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness import cli, doctor
from harness.cli import app
from harness.doctor import Check
from harness.outcomes import ExitCode
from harness.runfile import RUN_FILE
from harness.tests.conftest import StubServer

COMMANDS = ("up", "run", "requirements", "doctor", "selftest", "report", "trace")
NOBODY = "http://127.0.0.1:1"


def invoke(*arguments: str) -> tuple[int, str]:
    """Exit code and everything that was printed, without colours and line breaks."""
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, " ".join(re.sub(r"\x1b\[[0-9;]*m", "", result.output).split())


@pytest.fixture(autouse=True)
def _consoles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the consoles write wherever the runner listens, without cutting lines."""
    from rich.console import Console  # noqa: PLC0415 - made anew for each test

    monkeypatch.setattr(cli, "out", Console(width=400))
    monkeypatch.setattr(cli, "err", Console(width=400, stderr=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """What it does, every option, and its exit codes where it has more than one."""
    code, text = invoke(command, "--help")
    assert code == 0
    assert f"bridgelab {command}" in text or f"{command} [OPTIONS]" in text
    assert "Exit codes" in text


def test_the_command_line_explains_the_exit_codes() -> None:
    """Without arguments as with --help."""
    code, text = invoke("--help")
    assert code == 0
    assert "0 conforms, 1 fails, 2 configuration, 3 lab error, 4 incomplete" in text
    assert all(command in text for command in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("frobnicate",), 2, "No such command"),
        (("run", "--frobnicate"), 2, "No such option"),
        (("run", "-n", "-1"), 2, "greater than or equal"),
        (("run", "--subject", "/none.toml"), 2, "/none.toml cannot be read"),
        (("run", "--channel", "fax"), 2, "there is no channel 'fax'; there are whatsapp"),
        (("run", "--waivers", "/none.toml"), 2, "/none.toml cannot be read"),
        (("run", "--features", "/none"), 2, "/none is no features folder"),
        (("doctor", "--subject", "/none.toml"), 2, "/none.toml cannot be read"),
        (("requirements", "--features", "/none"), 3, "revision.toml"),
        (("selftest", "--defect", "nobody"), 2, "there is no miniature nobody"),
        (("report", "/none"), 2, "cannot read the run file /none"),
        (("trace", "x", "--lab", NOBODY), 3, NOBODY),
        (("trace", "x", "--lab", NOBODY), 3, "Start it with `bridgelab up`, or say where it is with --lab"),
        (("up", "--port", "99999"), 2, "65535"),
        (("up", "--server-port", "sms=x"), 2, "sms=x"),
        (("up", "--bind", "192.0.2.1"), 2, "token"),
        (("up", "--allow-network", "here"), 2, "here"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments: tuple[str, ...], code: int, told: str) -> None:
    """With the documented exit code, and without a traceback."""
    found, text = invoke(*arguments)
    assert (found, told in text) == (code, True), text
    assert "Traceback" not in text


def test_requirements_are_listed_and_checked() -> None:
    """The suite's own set fits its own scenarios."""
    code, text = invoke("requirements")
    assert (code, "CP-META-003" in text) == (0, True)
    code, text = invoke("requirements", "--check")
    assert (code, " 0 problems" in text) == (0, True)


def test_requirements_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    """Every problem is printed; the exit code is 3."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "revision.toml").write_text('revision = "t"\nreleased = false\n', "utf-8")
    (tmp_path / "a.feature").write_text("Feature: A\n  Scenario: b\n    When x\n", "utf-8")
    code, text = invoke("requirements", "--check", "--features", str(tmp_path))
    assert code == ExitCode.LAB_ERROR
    assert "a.feature:2 (a/b): no requirement is named by a tag" in text


def run_file(folder: Path, *, code: int | None) -> Path:
    """A small run; without a code it is truncated."""
    lines: list[dict[str, Any]] = [
        {
            "type": "header",
            "schema": "bridgelab-run/1",
            "run_id": "r",
            "started_at": "2026-03-02T09:00:00.000Z",
            "bridgelab": "0",
            "subject": {"name": "b", "version": "1", "channels": ["sms"], "features": [], "clock": True},
            "suite": {
                "revision": "t",
                "requirements": [
                    {"id": "CP-TEXT-001", "level": "MUST", "sentence": "It works.", "area": "TEXT", "source": "s"}
                ],
            },
            "channels": [{"name": "sms", "title": "SMS"}],
            "seed": "s",
            "command": [],
        },
        {
            "type": "verdict",
            "requirement": "CP-TEXT-001",
            "channel": "sms",
            "verdict": "fail",
            "reason": "too late",
            "scenarios": [],
        },
    ]
    if code is not None:
        footer = {"finished_at": "2026-03-02T09:00:01.000Z", "duration_ms": 1.0, "counts": {}, "exit_code": code}
        lines.append({"type": "footer", **footer})
    path = folder / RUN_FILE
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def pretend(monkeypatch: pytest.MonkeyPatch, code: int | None) -> None:
    """Let a run be one that leaves this run file."""

    def run_suite(choice: Any, *watchers: object) -> int:
        del watchers
        choice.folder.mkdir()
        run_file(choice.folder, code=code)
        return 0

    monkeypatch.setattr("harness.suite.run_suite", run_suite)


@pytest.mark.parametrize("code", list(ExitCode))
def test_a_run_ends_with_its_own_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: ExitCode) -> None:
    """Verdicts, a summary, the word of the code, and where the report is."""
    pretend(monkeypatch, int(code))
    found, text = invoke("run", "--out", str(tmp_path / "run"))
    assert found == code
    assert "CP-TEXT-001 sms It works. → too late verdicts: 1 fail" in text
    assert f"(exit code {int(code)}); report: {tmp_path / 'run' / 'report.html'}" in text
    assert (tmp_path / "run" / "report.html").exists()


def test_a_truncated_run_is_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it found is said to be there."""
    pretend(monkeypatch, None)
    found, text = invoke("run", "--out", str(tmp_path / "run"))
    assert (found, "was interrupted" in text) == (ExitCode.INCOMPLETE, True)


def test_a_run_of_nothing_is_a_matter_of_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt -k must not pass a gate."""
    monkeypatch.setattr("harness.suite.run_suite", lambda *_: 5)
    found, text = invoke("run", "--out", str(tmp_path / "run"))
    assert (found, "is there a scenario that matches?" in text) == (ExitCode.CONFIGURATION, True)


def test_a_broken_waiver_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sentence says who has to act."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "waivers.txt").write_text("the waiver for CP-TEXT-001 is stale\n", "utf-8")

    def leave_run(choice: Any, *watchers: object) -> int:
        del watchers
        run_file(choice.folder, code=1)
        return 0

    monkeypatch.setattr("harness.suite.run_suite", leave_run)
    assert "waiver: the waiver for CP-TEXT-001 is stale" in invoke("run", "--out", str(tmp_path / "run"))[1]


def test_a_report_is_made_anew_elsewhere(tmp_path: Path) -> None:
    """From the folder of a run, or from its file."""
    path = run_file(tmp_path, code=0)
    code, text = invoke("report", str(path), "--out", str(tmp_path / "other"))
    assert (code, str(tmp_path / "other" / "report.html") in text) == (0, True)
    assert (tmp_path / "other" / "report.html").exists()


def test_a_truncated_run_has_no_report(tmp_path: Path) -> None:
    """It is told as what it is."""
    run_file(tmp_path, code=None)
    code, text = invoke("report", str(tmp_path))
    assert (code, "the report cannot be made" in text) == (2, True)


def test_a_message_is_traced_through_every_world(stub: StubServer) -> None:
    """Found by id or by text; a message that nobody knows is 4."""
    hop = {"seq": 1, "at": "t", "wall": "t", "kind": "http", "source": "sinch", "target": "subject", "name": "hook"}
    stub.answer("GET", "/lab/v1/worlds", {"worlds": [{"world": "w1"}, {"world": "w2"}]})
    stub.answer("GET", "/lab/v1/worlds/w1/trace", {"events": [{**hop, "ids": ["01A"]}], "next": 1})
    stub.answer("GET", "/lab/v1/worlds/w2/trace", {"events": [], "next": 0})
    code, text = invoke("trace", "01A", "--lab", stub.url)
    assert code == 0
    assert "world w1" in text
    assert "world w2" not in text
    assert invoke("trace", "01B", "--lab", stub.url)[0] == ExitCode.INCOMPLETE


def test_a_text_is_traced_from_the_phone_on(stub: StubServer) -> None:
    """The person's own hop has no body: its note tells the text."""
    hop = {"seq": 1, "at": "t", "wall": "t", "kind": "phone", "source": "phone", "target": "sms", "name": "send text"}
    stub.answer("GET", "/lab/v1/worlds", {"worlds": [{"world": "w1"}]})
    stub.answer("GET", "/lab/v1/worlds/w1/trace", {"events": [{**hop, "ids": [], "note": "Hello there"}], "next": 1})
    code, text = invoke("trace", "Hello", "--lab", stub.url)
    assert (code, "send text" in text) == (0, True)


def test_an_address_is_not_broken_in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may have to be copied stays in one piece, however narrow the log."""
    from rich.console import Console  # noqa: PLC0415 - as above

    monkeypatch.setattr(cli, "out", Console(width=30))
    url = f"http://127.0.0.1:37057/{'x' * 90}/[photo].jpg"
    check = Check("files", ok=False, answer=f"at {url}", fix=f"see {url}")
    monkeypatch.setattr(doctor, "machine_checks", lambda: [check])
    monkeypatch.setattr(doctor, "subject_checks", lambda _: [])
    output = CliRunner().invoke(app, ["doctor", "--no-ports"]).output
    assert f"at {url}\n" in output
    assert f"see {url}\n" in output


def test_without_the_extras_it_says_what_to_install() -> None:
    """The command exists in the base installation, too: no traceback there."""
    script = "import sys; sys.modules['typer'] = None; import harness.cli"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 1
    assert ended.stderr == "bridgelab: typer is missing: in the clone, run pip install -e '.[bridge,harness]'\n"


@pytest.mark.parametrize("command", ["up", "run", "doctor"])
def test_without_the_bridges_extra_nothing_is_started(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the remedy, instead of a traceback for every scenario."""
    lacking = Check("reference bridge", ok=False, answer="not installed: sqlalchemy", fix="install it")
    monkeypatch.setattr(doctor, "bridge_checks", lambda: iter([lacking]))
    monkeypatch.setattr(doctor, "port_checks", list)
    code, text = invoke(command)
    assert code == ExitCode.CONFIGURATION
    assert "not installed: sqlalchemy" in text
    assert "install it" in text
    assert "Traceback" not in text
