"""What a run prints: readable on a hundred columns, failures first, the rest in groups."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.progress import Bar, read_lines, summary_line, verdict_lines
from harness.story import mentions, story

SENTENCE = "A sentence that is much longer than there is room for on one line of a hundred columns, really."


def verdict(name: str, channel: str, word: str, reason: str = "") -> dict[str, Any]:
    """A verdict line."""
    return {"type": "verdict", "requirement": name, "channel": channel, "verdict": word, "reason": reason}


def lines(*verdicts: dict[str, Any]) -> list[dict[str, Any]]:
    """A run with these verdicts."""
    rows = [{"id": one["requirement"], "sentence": SENTENCE} for one in verdicts]
    return [{"type": "header", "suite": {"requirements": rows}}, *verdicts]


def printed(*verdicts: dict[str, Any], everything: bool = False) -> list[str]:
    """What is printed of these verdicts."""
    return [line.plain for line in verdict_lines(lines(*verdicts), width=100, everything=everything)]


def test_failures_come_first_each_with_its_channels_and_its_reason() -> None:
    """One line for a requirement, one more for the reason that its channels share."""
    told = printed(
        verdict("CP-TEXT-001", "sms", "untested", "no clock"),
        verdict("CP-TEXT-002", "sms", "error", "the lab broke"),
        verdict("CP-TEXT-003", "sms", "fail", "too late"),
        verdict("CP-TEXT-003", "whatsapp", "fail", "too late"),
    )
    assert [line.split()[0] for line in told] == ["fail", "→", "error", "→", "untested", "sms:"]
    assert "CP-TEXT-003  sms whatsapp" in told[0]
    assert told[1].strip() == "→ too late"


def test_no_line_is_wider_than_asked() -> None:
    """Sentences are cut, reasons and lists are wrapped, ids stay whole."""
    long = " ".join(["because of this and that"] * 12)
    told = printed(
        verdict("CP-TEXT-001", "whatsapp", "fail", f"{long}\nsecond line"),
        *(verdict(f"CP-TEXT-{number:03}", "telegram", "untested", long) for number in range(40)),
    )
    assert max(len(line) for line in told) <= 100
    assert sum("second line" in line for line in told) == 1
    assert all(f"CP-TEXT-{number:03}" in "\n".join(told) for number in range(40))


def test_what_is_untested_for_one_reason_is_one_group() -> None:
    """A missing channel is one line, with the count, and below it whom it concerns."""
    told = printed(
        verdict("CP-TEXT-001", "sms", "untested", "no such channel"),
        verdict("CP-TEXT-002", "sms", "untested", "no such channel"),
        verdict("CP-META-001", "", "inapplicable", "not claimed"),
    )
    assert told == [
        "untested      no such channel (2)",
        "              sms: CP-TEXT-001 CP-TEXT-002",
        "inapplicable  not claimed (1)",
        "              CP-META-001",
    ]


def test_passing_verdicts_are_shown_when_asked_for() -> None:
    """One line each, after everything that is not well."""
    good = verdict("CP-TEXT-001", "sms", "pass")
    assert printed(good) == []
    assert printed(good, everything=True)[0].startswith("pass          CP-TEXT-001  sms")


def test_the_summary_counts_the_words() -> None:
    """The good news first, then the rest by gravity."""
    said = summary_line(lines(verdict("CP-A-001", "", "fail"), verdict("CP-A-002", "", "pass")))
    assert said == "verdicts: [green]1 pass[/], [bold red]1 fail[/]"
    assert summary_line([]) == "verdicts: none"


def test_lines_of_a_run_file_are_read(tmp_path: Path) -> None:
    """One JSON object a line."""
    (tmp_path / "run.jsonl").write_text('{"type":"header"}\n{"type":"footer"}\n', "utf-8")
    assert [line["type"] for line in read_lines(tmp_path / "run.jsonl")] == ["header", "footer"]


@pytest.mark.parametrize(("terminal", "ci", "draws"), [(True, "", True), (True, "true", False), (False, "", False)])
def test_the_bar_is_for_screens_only(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, ci: str, draws: bool) -> None:
    """A log gets no line of it."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TERM", "xterm")
    written = io.StringIO()
    with Bar(Console(file=written, force_terminal=terminal)) as bar:
        bar.pytest_xdist_node_collection_finished(["a", "b"])
    assert bool(written.getvalue()) is draws


EVENT = {
    "seq": 1,
    "at": "2026-03-02T09:00:00.000Z",
    "source": "sinch",
    "target": "subject",
    "name": "MESSAGE_INBOUND",
    "status": 200,
    "url": "http://b/hook",
    "ids": ["01ABC"],
    "request": {"body": '{"text":"Where is it?"}'},
    "response": None,
}


@pytest.mark.parametrize(
    ("message", "found"), [("01ABC", True), ("Where is it?", True), ("b/hook", True), ("01AB", False), ("else", False)]
)
def test_an_event_has_to_do_with_a_message_by_id_text_or_url(message: str, *, found: bool) -> None:
    """An id must be whole, a text may be a part."""
    assert mentions(EVENT, message) is found


def test_the_story_has_a_row_for_each_hop() -> None:
    """From, to, what, status."""
    written = io.StringIO()
    Console(file=written, width=160).print(story([EVENT, EVENT | {"seq": 2, "status": None, "note": "held back"}]))
    text = written.getvalue()
    assert all(word in text for word in ("sinch", "subject", "MESSAGE_INBOUND", "200", "held back"))
