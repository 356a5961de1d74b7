"""The reader accepts exactly the contract, and names what it refuses."""

import json
import random
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import reader
from reports.reader import RunEmpty, RunError, RunInvalid, RunMissing, RunTruncated, lines, load, schema
from reports.tests import runs
from reports.tests.runs import JsonObject


def test_a_valid_run_is_read_whole(tmp_path: Path) -> None:
    """Every line arrives, with its fields."""
    run = load(runs.write(tmp_path, runs.small()))
    assert run.header.subject.name == "contactpro-bridge"
    assert [scenario.id for scenario in run.scenarios] == ["messages-text"]
    assert run.scenarios[0].trace[0].request is not None
    assert run.verdicts[0].verdict == "pass"
    assert run.footer.exit_code == 0


def test_the_schema_is_itself_valid() -> None:
    """The contract is a JSON Schema, with one definition for each type of line."""
    document = schema()
    jsonschema.Draft202012Validator.check_schema(document)
    assert {"header", "scenario", "verdict", "footer"} <= document["$defs"].keys()


def test_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    """A reader of the first line does not read the rest, so a fault further down does not reach it."""
    path = runs.write(tmp_path, runs.small())
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    assert type(next(lines(path))).__name__ == "Header"


def test_the_order_of_scenarios_and_verdicts_does_not_matter(tmp_path: Path) -> None:
    """Workers may append in any order: the run read is the same."""
    scenarios = [
        runs.scenario(f"s-{n}", channel=channel, line=n % 3) for n, (channel, _) in enumerate(runs.CHANNELS * 3)
    ]
    verdicts = [runs.verdict(f"CP-{n % 4}", channel=channel) for n, (channel, _) in enumerate(runs.CHANNELS * 3)]
    straight = load(runs.write(tmp_path, runs.small(*scenarios, verdicts=verdicts)))
    shuffle = random.Random(7).shuffle  # noqa: S311 - any fixed order will do
    shuffle(scenarios)
    shuffle(verdicts)
    assert load(runs.write(tmp_path, runs.small(*scenarios, verdicts=verdicts))) == straight


def test_events_come_in_sequence(tmp_path: Path) -> None:
    """The trace is sorted by its sequence numbers."""
    scenario = runs.scenario(trace=[runs.event(3), runs.event(1), runs.event(2)])
    run = load(runs.write(tmp_path, runs.small(scenario)))
    assert [event.seq for event in run.scenarios[0].trace] == [1, 2, 3]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No file, and a folder in its place, are both RunMissing with the path in the sentence."""
    with pytest.raises(RunMissing, match=r"nowhere\.jsonl"):
        load(tmp_path / "nowhere.jsonl")
    with pytest.raises(RunMissing, match="directory"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n"])
def test_an_empty_file_is_named(tmp_path: Path, content: bytes) -> None:
    """A file without a line is RunEmpty."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(RunEmpty):
        load(path)


def test_a_run_without_footer_is_truncated(tmp_path: Path) -> None:
    """However many whole lines there are, no footer means the run did not end."""
    for kept in range(1, 4):
        with pytest.raises(RunTruncated, match=f"line {kept} without a footer"):
            load(runs.write(tmp_path, runs.small()[:kept]))


def test_a_run_cut_inside_a_line_is_truncated(tmp_path: Path) -> None:
    """A last line that breaks off is a cut, not a spelling mistake."""
    path = runs.write(tmp_path, runs.small())
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b'"type": "footer"') + 5])
    with pytest.raises(RunTruncated, match="inside line 4"):
        load(path)


def test_the_last_line_needs_no_line_feed(tmp_path: Path) -> None:
    """A whole footer is a whole footer."""
    path = runs.write(tmp_path, runs.small())
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert load(path).footer.exit_code == 0


def _without(line: JsonObject, key: str) -> JsonObject:
    return {name: value for name, value in line.items() if name != key}


@pytest.mark.parametrize(
    ("line", "path", "sentence"),
    [
        (_without(runs.scenario(), "outcome"), "", "'outcome' is a required property"),
        (runs.scenario(outcome="passed"), "outcome", "'passed' is not one of"),
        (runs.scenario(extra=1), "", "'extra' was unexpected"),
        (runs.scenario(steps=[runs.step(outcome="pending")]), "steps[0].outcome", "'pending' is not one of"),
        (runs.scenario(trace=[runs.event(at="yesterday")]), "trace[0].at", "does not match"),
        (runs.scenario(trace=[runs.event(at="2024-13-01T00:00:00Z")]), "trace[0].at", "does not match"),
        (runs.scenario(trace=[runs.event(seq=-1)]), "trace[0].seq", "less than the minimum"),
        (runs.scenario(duration_ms="long"), "duration_ms", "is not of type 'number'"),
        ({"type": "trailer"}, "type", "must be one of header, scenario, verdict, footer"),
        ({"type": ["scenario"]}, "type", "must be one of"),
        ({}, "type", "must be one of"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(tmp_path: Path, line: JsonObject, path: str, sentence: str) -> None:
    """The refusal names the line, the path inside it and, in words, what is wrong."""
    good = runs.small()
    with pytest.raises(RunInvalid) as caught:
        load(runs.write(tmp_path, [good[0], line, *good[2:]]))
    assert (caught.value.line, caught.value.path) == (2, path)
    assert sentence in caught.value.sentence
    assert "line 2" in str(caught.value)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("svf", "must begin with a header, not with a scenario"),
        ("hhf", "a header is out of order"),
        ("hvsf", "a scenario is out of order"),
        ("hsvfs", "a scenario stands after the footer"),
        ("hff", "a footer stands after the footer"),
    ],
)
def test_lines_out_of_order_are_refused(tmp_path: Path, order: str, sentence: str) -> None:
    """One header, scenarios, verdicts, one footer: two runs pasted together are not a run."""
    made = {"h": runs.header(), "s": runs.scenario(), "v": runs.verdict(), "f": runs.footer()}
    with pytest.raises(RunInvalid, match=sentence):
        load(runs.write(tmp_path, [made[letter] for letter in order]))


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff\xfe\x80" * 1000,
        b"\x1f\x8b\x08\x00rubbish\n",
        b"\xef\xbb\xbf{}\n",
        b"[1]\n",
        b"null\n",
        b"{" * 100_000 + b"\n",
        b'{"type":"header","a":' + b"[" * 900 + b"]" * 900 + b"}\n",
        b'{"type":"header","a":' + b"[" * 5000 + b"]" * 5000 + b"}\n",
        b'{"type":"header","schema":"\\ud800"}\n',
    ],
    ids=["binary", "gzip", "bom", "array", "null", "braces", "deep", "deeper", "surrogate"],
)
def test_rubbish_is_refused_not_crashed_on(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes, the error is a RunInvalid with a short sentence."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(RunInvalid) as caught:
        load(path)
    assert caught.value.line == 1
    assert len(str(caught.value)) < 1000


def test_a_huge_line_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the bound is refused by its length, whatever it holds."""
    monkeypatch.setattr(reader, "MAX_LINE_BYTES", 10_000)
    lines_ = runs.small(runs.scenario(reason="x" * 20_000))
    with pytest.raises(RunInvalid, match="line 2: the line is longer than 10000 bytes"):
        load(runs.write(tmp_path, lines_))


def test_a_refusal_stays_short(tmp_path: Path) -> None:
    """A megabyte in the wrong place is not repeated in the sentence, nor are control characters."""
    with pytest.raises(RunInvalid) as caught:
        load(runs.write(tmp_path, runs.small(runs.scenario(outcome="\x1b[2J" + "x" * 1_000_000))))
    assert len(str(caught.value)) < 1000
    assert "\x1b" not in str(caught.value)


def test_a_line_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    """Deeper than the interpreter can print is still a named error."""
    path = runs.write(tmp_path, runs.small())
    path.write_bytes(path.read_bytes().replace(b'"run-1"', b"[" * 1010 + b"]" * 1010))
    with pytest.raises(RunInvalid, match="nested too deeply"):
        load(path)


@pytest.mark.parametrize("change", [{"exit_code": 5}, {"counts": {"passed": 1}}, {"counts": {"pass": -1}}])
def test_a_footer_uses_only_the_known_words(tmp_path: Path, change: JsonObject) -> None:
    """Exit codes and outcomes outside the contract are refused."""
    with pytest.raises(RunInvalid):
        load(runs.write(tmp_path, [*runs.small()[:-1], {**runs.footer(), **change}]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_named_error_or_a_run(tmp_path: Path, data: st.DataObject) -> None:
    """Flipping, cutting or inserting bytes never ends in anything but a RunError or a run."""
    path = runs.write(tmp_path, runs.small())
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    path.write_bytes(content[:start] + data.draw(st.binary(max_size=8)) + content[end:])
    with suppress(RunError):
        load(path)


def test_the_builder_and_the_contract_agree() -> None:
    """The lines the tests are built from are valid, so that a refusal above is for the reason it names."""
    validator = jsonschema.Draft202012Validator(schema())
    for line in runs.small(runs.scenario(trace=[runs.plain_event(1, "clock", "advance 1h")])):
        assert validator.is_valid(json.loads(json.dumps(line)))
