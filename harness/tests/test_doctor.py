"""The preflight: one question a check, and for every no what to do."""

from __future__ import annotations

import socket
from importlib import metadata

import pytest

from harness import doctor
from harness.bench import Bench
from harness.outcomes import ConfigurationProblem


def test_the_machine_is_looked_at_without_the_network() -> None:
    """Python, SQLite and this program, each with its version."""
    found = list(doctor.machine_checks())
    assert [check.name for check in found] == ["Python", "SQLite", "bridgelab"]
    assert all(check.ok and check.answer for check in found)


def test_a_taken_port_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number, what it is for, and the way out; a free one is free."""
    with socket.socket() as taken, socket.socket() as other:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other.bind(("127.0.0.1", 0))
        busy, free = taken.getsockname()[1], other.getsockname()[1]
        other.close()
        monkeypatch.setattr(doctor, "PORTS", {busy: "control API", free: "SMS"})
        first, second = doctor.port_checks()
    assert (first.name, first.ok, "--port 0" in first.fix) == (f"port {busy} (control API)", False, True)
    assert (second.name, second.ok) == (f"port {free} (SMS)", True)


def test_a_subject_that_is_not_there_ends_the_questions() -> None:
    """Its own sentence and hint; nothing that depends on it is asked."""

    def nobody() -> Bench:
        raise ConfigurationProblem("nobody answers", "start it")

    found = list(doctor.subject_checks(nobody))
    assert [(check.ok, check.answer, check.fix) for check in found] == [(False, "nobody answers", "start it")]


def test_a_reference_bridge_that_is_not_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names of what it lacks, with the command that brings them; nothing is said where all is there."""
    assert [(check.ok, check.answer) for check in doctor.bridge_checks()] == [(True, "installed")]
    rows = [
        "aiohttp>=3",
        "not-there[fast]>=2; extra == 'bridge'",
        "pytest; extra == 'bridge'",
        "nor-this; extra == 'dev'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda _: rows)
    (found,) = doctor.bridge_checks()
    assert (found.ok, found.answer) == (False, "not installed: not-there")
    assert ".[bridge,harness]" in found.fix
