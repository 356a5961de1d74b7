"""Starting pytest on the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.runfile import PARTS, RUN_FILE, WAIVERS_FILE
from harness.suite import Choice, run_suite


def test_nothing_of_an_earlier_run_is_taken_for_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its evidence is gone before the first scenario starts; what is not ours stays."""
    (tmp_path / PARTS).mkdir()
    for name in (f"{PARTS}/main.jsonl", f"{PARTS}/main.plan.json", RUN_FILE, WAIVERS_FILE, "notes.md"):
        (tmp_path / name).write_text("old", "utf-8")
    seen: list[list[str]] = []

    def main(_arguments: list[str], plugins: list[object]) -> int:
        seen.append(sorted(path.name for path in tmp_path.rglob("*")))
        return len(plugins)

    monkeypatch.setattr("pytest.main", main)
    assert run_suite(Choice(tmp_path), object()) == 1
    assert seen == [["notes.md"]]


def test_a_folder_that_is_not_there_yet_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run in it makes it."""
    monkeypatch.setattr("pytest.main", lambda *_, **__: 5)
    assert run_suite(Choice(tmp_path / "new")) == 5
