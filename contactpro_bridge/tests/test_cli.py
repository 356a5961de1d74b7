"""The command line: help, checks, documents, and errors that name what to change."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contactpro_bridge import cli
from contactpro_bridge.serve import _make_folder, _open_database, _open_share
from contactpro_bridge.settings.document import EXAMPLE
from contactpro_bridge.settings.report import ConfigError
from contactpro_bridge.settings.server import ServerSettings, StorageSettings
from contactpro_bridge.tests.process import example_tenants, run_command


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli.app, arguments)


@pytest.mark.parametrize("command", [[], ["check-config"], ["settings-doc"]], ids=str)
def test_every_command_has_help(command: list[str]) -> None:
    """With a sentence, and its options."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert command or all(name in result.output for name in ("check-config", "settings-doc", "--config", "--port"))


def test_the_example_that_is_printed_passes_the_check(tmp_path: Path) -> None:
    """The first thing an operator does."""
    example = run("check-config", "--print-example")
    assert (example.exit_code, example.output) == (0, EXAMPLE)
    path = tmp_path / "bridge.toml"
    path.write_text(example.output, encoding="utf-8")
    checked = run("check-config", "--config", str(path))
    assert checked.exit_code == 0
    assert "is usable: 1 tenant(s)" in checked.output
    assert list(example_tenants(example.output)) == ["main"]


def test_a_check_warns_and_shows_no_password(tmp_path: Path) -> None:
    """What is allowed but probably not meant."""
    path = tmp_path / "bridge.toml"
    path.write_text(
        "[storage]\ndatabase_url = 'postgresql+psycopg://u:hunter22@db/x'\n[tenants.main]\n", encoding="utf-8"
    )
    checked = run("check-config", "--config", str(path))
    assert (checked.exit_code, "catch-all" in checked.output, "hunter22" in checked.output) == (0, True, False)


@pytest.mark.parametrize("command", [["check-config"], []], ids=["check-config", "serve"])
def test_mistakes_end_with_2_and_a_line_each(tmp_path: Path, command: list[str]) -> None:
    """On stderr: file, key, fix."""
    path = tmp_path / "bridge.toml"
    path.write_text("[server]\nport = 'x'\n[nothing]\n", encoding="utf-8")
    result = run(*command, "--config", str(path))
    assert result.exit_code == cli.EXIT_CONFIG
    assert f"{path}: server.port" in result.stderr
    assert f"{path}: nothing" in result.stderr


def test_settings_doc_is_markdown() -> None:
    """Every section is a heading."""
    output = run("settings-doc").output
    assert output.startswith("# Settings")
    assert "## `[[tenants.NAME.services]]`" in output


def test_a_data_folder_that_cannot_be_made_names_the_option(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[storage\] data_dir"):
        _make_folder(tmp_path / "file" / "data")


def test_a_database_that_cannot_be_reached_names_the_option_and_no_password(tmp_path: Path) -> None:
    """Nobody listens on port 1."""
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://bridge:hunter22@127.0.0.1:1/bridge"
    settings = ServerSettings(storage=StorageSettings(data_dir=tmp_path, database_url=url))
    with pytest.raises(ConfigError, match=r"\[storage\] database_url: cannot use") as refused:
        _open_database(settings)
    assert "hunter22" not in str(refused.value)


def test_a_share_that_cannot_be_opened_names_the_option(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings = ServerSettings(storage=StorageSettings(data_dir=tmp_path, share_url=str(tmp_path / "file")))
    with pytest.raises(ConfigError, match=r"\[storage\] share_url = .*: cannot be used"):
        _open_share(settings)


@pytest.mark.slow
def test_a_file_that_is_no_database_is_told_without_a_traceback(tmp_path: Path) -> None:
    """Damaged, or somebody else's."""
    (tmp_path / "bridge.toml").write_text("[server]\nport = 0\n[storage]\ndata_dir = '.'\n", encoding="utf-8")
    (tmp_path / "bridge.db").write_text("something else" * 100, encoding="utf-8")
    done = run_command("--config", "bridge.toml", folder=tmp_path)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (2, "", False)
    assert "[storage] database_url: cannot use" in done.stderr


@pytest.mark.slow
def test_the_module_is_the_command(tmp_path: Path) -> None:
    """Python -m contactpro_bridge: no traceback, and nothing on stdout when there is nothing to serve."""
    done = run_command("--config", "none.toml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--print-example" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_extra_the_command_says_what_to_install() -> None:
    """It exists in the base installation, too: no traceback there."""
    script = "import sys; sys.modules['typer'] = None; import contactpro_bridge.cli"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    assert ended.returncode == 1
    assert ended.stderr == "contactpro-bridge: typer is missing: in the clone, run pip install -e '.[bridge]'\n"
