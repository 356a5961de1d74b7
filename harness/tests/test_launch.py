"""Programs that are started: ready when they say so, explained when they do not, gone when we leave."""

from __future__ import annotations

import socket
import sys
import tomllib
from pathlib import Path

import pytest

from harness.launch import Launcher, Process, bridge_command, bridge_config, lab_command
from harness.outcomes import ConfigurationProblem, LabDefect

READY = 'import sys; print(\'{"ready": true, "control_url": "http://x"}\', flush=True); sys.stdin.read()'
NOISY = "import sys; print('{\"ready\": true}', flush=True); print('x' * 300000, flush=True); sys.stdin.read()"


def process(tmp_path: Path, code: str) -> Process:
    """A Python program with this code."""
    return Process("program", [sys.executable, "-S", "-c", code], tmp_path / "program.log")


def test_a_program_is_ready_when_it_says_so_and_ends_when_its_input_closes(tmp_path: Path) -> None:
    """The ready line is the result; the end of our input is its end; a second stop does nothing."""
    program = process(tmp_path, READY)
    try:
        assert program.start() == {"ready": True, "control_url": "http://x"}
        assert program.alive()
    finally:
        program.stop()
    program.stop()
    assert not program.alive()


def test_a_talkative_program_never_blocks_on_its_output(tmp_path: Path) -> None:
    """More than a pipe holds is drained into the log; the program still hears that its input has closed."""
    program = process(tmp_path, NOISY)
    program.start()
    program.stop()
    assert program._running().returncode is not None


def test_a_program_that_dies_is_explained_by_its_last_words(tmp_path: Path) -> None:
    """Exit code and the end of its log are told, and where the whole log is."""
    with pytest.raises(ConfigurationProblem) as wrong:
        process(tmp_path, "raise SystemExit('the port is taken')").start()
    assert "exit code 1" in wrong.value.sentence
    assert "the port is taken" in wrong.value.sentence
    assert str(tmp_path / "program.log") in wrong.value.hint


@pytest.mark.parametrize("line", ["hello", '{"ready": false}', "[1]"])
def test_a_line_that_is_no_ready_line_is_told(tmp_path: Path, line: str) -> None:
    """What it said instead is quoted."""
    program = process(tmp_path, f"import sys; print('{line}', flush=True); sys.stdin.read()")
    with pytest.raises(ConfigurationProblem) as wrong:
        program.start()
    assert line in wrong.value.sentence
    assert not program.alive()


def test_a_program_that_never_becomes_ready_is_given_up_and_ended(tmp_path: Path) -> None:
    """The bound holds, and nothing is left running."""
    program = process(tmp_path, "import sys; sys.stdin.read()")
    with pytest.raises(ConfigurationProblem, match="it said nothing"):
        program.start(timeout_seconds=0.05)
    assert not program.alive()


def test_using_a_program_before_its_start_is_our_defect(tmp_path: Path) -> None:
    """Stopping one that never started is no problem, though."""
    program = process(tmp_path, READY)
    program.stop()
    with pytest.raises(LabDefect, match="used before it was started"):
        program._running()


def test_the_launcher_ends_what_it_started_last_first(tmp_path: Path) -> None:
    """The bridge goes before the lab, even when the bridge never became ready."""
    with Launcher(tmp_path) as launcher:
        assert launcher.lab([sys.executable, "-S", "-c", READY]).control_url == "http://x"
        with pytest.raises(ConfigurationProblem, match="bridge did not become ready"):
            launcher.bridge([sys.executable, "-S", "-c", "raise SystemExit(3)"])


@pytest.mark.slow
def test_a_lab_on_a_taken_port_says_which_one(tmp_path: Path) -> None:
    """The real lab's own words reach whoever started it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Launcher(tmp_path) as launcher, pytest.raises(ConfigurationProblem, match=str(port)):
            launcher.lab(lab_command(port))


def test_the_bridges_configuration_is_its_own_and_readable_by_us_alone(tmp_path: Path) -> None:
    """Quotes in a path survive; clocks may be moved; the token is in the file and nowhere else."""
    written = tomllib.loads(bridge_config(tmp_path / 'with "quotes"', "secret", 8610))
    assert written["storage"]["data_dir"] == str(tmp_path / 'with "quotes"')
    assert (written["server"]["port"], written["lab"]["allow_clock_control"]) == (8610, True)
    assert "secret" not in " ".join(bridge_command(tmp_path / "bridge.toml"))


def test_the_bridge_starts_with_nothing_of_an_earlier_run(tmp_path: Path) -> None:
    """What another run's bridge kept in the same folder is gone."""
    (tmp_path / "bridge-data").mkdir()
    (tmp_path / "bridge-data" / "bridge.db").write_text("old", "utf-8")
    code = 'import sys; print(\'{"ready": true, "url": "http://x"}\', flush=True); sys.stdin.read()'
    with Launcher(tmp_path) as launcher:
        assert launcher.bridge([sys.executable, "-S", "-c", code]).url == "http://x"
        assert list((tmp_path / "bridge-data").iterdir()) == []
