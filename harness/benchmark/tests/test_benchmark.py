"""The benchmark runs from end to end and writes what its readers expect. No number is judged."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.benchmark.__main__ import PARTS, SENDING, main
from harness.benchmark.load import Order, request_bytes
from harness.benchmark.result import SCHEMA, Report
from harness.benchmark.scenarios import from_run
from harness.outcomes import ConfigurationProblem


def read(folder: Path) -> Report:
    """The report in a folder."""
    return msgspec.json.decode((folder / "bench.json").read_bytes(), type=Report)


@pytest.mark.slow
@pytest.mark.parametrize("part", [part for part in PARTS if part not in {"latency", "start", "scenarios"}])
def test_each_rate_is_written_with_its_ratio(part: str, tmp_path: Path) -> None:
    """A quick run of one part writes a valid report in which that part, and no other, was measured."""
    assert main(["--quick", "--only", part, "--out", str(tmp_path)]) == 0
    report = read(tmp_path)
    assert report.schema == SCHEMA
    assert report.quick
    assert report.skipped == {}
    if part == "path":
        assert report.whole_path is not None
        assert report.whole_path.messages >= 30
        assert report.whole_path.requests_per_message == 4.0
    elif part == "weight":
        assert [(len(weight.steps), weight.steps[-1][0]) for weight in report.weights] == [(6, 20), (6, 200)]
    elif part == "channels":
        assert [rate.connections for rate in report.rates] == [4] * len(SENDING)
    else:
        assert [(rate.connections, len(rate.rounds)) for rate in report.rates] == [(4, 1)]
        assert all(rate.per_second > 0 and rate.ratio > 0 for rate in report.rates)


@pytest.mark.slow
def test_start_and_latency_are_written_or_named_as_skipped(tmp_path: Path) -> None:
    """What needs the reference bridge is measured; where it does not start, the report says so in a sentence."""
    assert main(["--quick", "--only", "start", "--only", "latency", "--out", str(tmp_path)]) == 0
    report = read(tmp_path)
    assert "start" in report.skipped or set(report.start_seconds) == {"lab", "bridge"}
    assert "latency" in report.skipped or (report.phone_to_agent is not None and report.agent_to_phone is not None)


def test_durations_come_from_scenarios_that_ran(tmp_path: Path) -> None:
    """Scenarios that were not applicable, headers and footers do not count."""
    lines: list[dict[str, object]] = [
        {"type": "header"},
        {"type": "scenario", "outcome": "pass", "duration_ms": 10.0},
        {"type": "scenario", "outcome": "inapplicable", "duration_ms": 0.1},
        {"type": "scenario", "outcome": "fail", "duration_ms": 30.0},
        {"type": "footer"},
    ]
    (tmp_path / "run.jsonl").write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    found = from_run(tmp_path)
    assert (found.count, found.median_ms) == (2, 20.0)


def test_a_missing_run_is_a_problem_with_a_hint(tmp_path: Path) -> None:
    """A wrong path is named."""
    with pytest.raises(ConfigurationProblem, match=r"run\.jsonl"):
        from_run(tmp_path)


def test_a_prepared_request_is_complete_http() -> None:
    """Length, host and the caller's headers are there; orders survive the pipe."""
    made = request_bytes("127.0.0.1", 80, "/a", {"X": "1"}, b"{}")
    expected = b"Host: 127.0.0.1:80\r\nContent-Type: application/json\r\nX: 1\r\nContent-Length: 2\r\n\r\n{}"
    assert made == b"POST /a HTTP/1.1\r\n" + expected
    order = Order(host="h", port=1, request=made, connections=2)
    assert msgspec.json.decode(msgspec.json.encode(order), type=Order) == order
