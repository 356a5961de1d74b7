"""Rendering writes every file whole, or says in a sentence why not; the command line adds exit codes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.reader import RunTruncated
from reports.render import render
from reports.tests import hostile, runs


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_is_written(tmp_path: Path) -> None:
    """The returned paths are the files that exist, and no temporary file stays."""
    out = tmp_path / "deep" / "out"
    written = render(runs.write(tmp_path, runs.small()), out)
    assert _names(out) == {str(path.relative_to(out)) for path in written}
    assert _names(out) == {
        *("report.html", "junit.xml", "summary.md", "matrix.json", "badge.svg"),
        *("har/messages-text.har", "sequences/messages-text.svg"),
    }


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order in which workers wrote their lines."""
    scenarios = [runs.scenario(f"s-{n}", channel=name) for n, (name, _) in enumerate(runs.CHANNELS * 2)]
    one = render(runs.write(tmp_path, runs.small(*scenarios)), tmp_path / "one")
    two = render(runs.write(tmp_path, runs.small(*reversed(scenarios))), tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_refused_run_writes_nothing(tmp_path: Path) -> None:
    """A truncated run leaves no half report, and an earlier report as it was."""
    out = tmp_path / "out"
    with pytest.raises(RunTruncated):
        render(runs.write(tmp_path, runs.small()[:-1]), out)
    assert not out.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are replaced at once: a crash while writing is not seen."""
    out = tmp_path / "out"
    render(runs.write(tmp_path, runs.small()), out)
    before = (out / "report.html").read_bytes()

    def broken(_self: Path, _target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        render(runs.write(tmp_path, runs.small(exit_code=1)), out)
    assert (out / "report.html").read_bytes() == before
    assert not [name for name in _names(out) if "/." in name or name.startswith(".")]


def test_pictures_of_an_earlier_run_go(tmp_path: Path) -> None:
    """A folder rendered twice does not show scenarios of the first run; other files stay."""
    out = tmp_path / "out"
    render(runs.write(tmp_path, runs.small(runs.scenario("old"))), out)
    (out / "har" / "notes.txt").write_text("mine", "utf-8")
    render(runs.write(tmp_path, runs.small(runs.scenario("new"))), out)
    assert {name for name in _names(out) if "/" in name} == {"har/new.har", "sequences/new.svg", "har/notes.txt"}


def test_hostile_names_stay_in_the_folder(tmp_path: Path) -> None:
    """No id of a scenario writes outside the folder or over another's file."""
    rows = [text for name, text in hostile.ROWS.items() if name != "huge"]
    scenarios = [runs.scenario(text) for text in (*rows, "../../escape", "/etc/x")]
    written = render(runs.write(tmp_path, runs.small(*scenarios)), tmp_path / "a" / "out")
    assert len(set(written)) == 5 + 2 * len(scenarios)
    assert all((tmp_path / "a" / "out") in path.resolve().parents for path in written)
    for path in written:
        if path.suffix in (".json", ".har"):
            json.loads(path.read_bytes())


def test_the_command_lists_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One path a line, exit code 0; quiet says nothing."""
    path = str(runs.write(tmp_path, runs.small()))
    assert main([path, "--out", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out" / "report.html") in capsys.readouterr().out.splitlines()
    assert main([path, "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "report.html").exists()


def test_a_failing_run_is_still_reported_with_zero(tmp_path: Path) -> None:
    """The exit code tells whether the report was made, not what it says."""
    assert main([str(runs.write(tmp_path, runs.small(exit_code=1))), "--quiet"]) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot read the run file"),
        (b"", "is empty"),
        (b"\x00\xff", "line 1: the line is not JSON"),
        (json.dumps(runs.header()).encode() + b"\n", "without a footer"),
    ],
    ids=["missing", "empty", "binary", "truncated"],
)
def test_a_bad_file_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    """One sentence on standard error, nothing written."""
    path = tmp_path / "run.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert sentence in error
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the folder's place is told of."""
    (tmp_path / "out").write_text("in the way", "utf-8")
    assert main([str(runs.write(tmp_path, runs.small())), "--out", str(tmp_path / "out")]) == 2
    assert "cannot write the report" in capsys.readouterr().err


def test_help_and_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Help names the exit codes; a wrong option is exit code 2."""
    with pytest.raises(SystemExit) as helped:
        main(["--help"])
    assert helped.value.code == 0
    assert "Exit codes" in capsys.readouterr().out
    with pytest.raises(SystemExit) as wrong:
        main(["--nonsense"])
    assert wrong.value.code == 2


@pytest.mark.slow
def test_the_package_imports_no_other_package_of_the_project(tmp_path: Path) -> None:
    """It reads files only: the modules loaded by a run of the command are its own and its libraries'."""
    code = (
        "import sys; from reports.__main__ import main; code = main(sys.argv[1:]); "
        "print(sorted({name.split('.')[0] for name in sys.modules})); sys.exit(code)"
    )
    path = str(runs.write(tmp_path, runs.small()))
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code, path, "--quiet"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert not re.search(r"'(harness|features|fake_sinch|fake_channels|contactpro_bridge)'", done.stdout)
