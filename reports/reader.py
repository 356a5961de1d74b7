"""Reads a run file line by line and refuses, by name, whatever is not one.

Lines are accepted by jsonschema-rs, which is fast; the sentence of a refusal comes from jsonschema, which is clear.
It must not repair: a run that lost its end is an error, not a shorter run.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import jsonschema
import jsonschema_rs
import msgspec
import orjson
from jsonschema.exceptions import best_match

from reports.model import Footer, Header, Line, Run, Scenario, Verdict
from reports.text import one_line

MAX_LINE_BYTES: Final = 64 * 1024 * 1024
_SENTENCE_LIMIT: Final = 300
_SCHEMA_FILE: Final = Path(__file__).parent / "schemas" / "run.schema.json"
_ORDER: Final[dict[str, int]] = {"header": 0, "scenario": 1, "verdict": 2, "footer": 3}


class RunError(Exception):
    """A run file that cannot be reported on; its text says which, why and what to do."""


class RunMissing(RunError):
    """There is no readable file at the path."""


class RunEmpty(RunError):
    """The file holds no line at all."""


class RunTruncated(RunError):
    """The file has no footer: the run was stopped, or the file was cut."""


class RunInvalid(RunError):
    """A line is not what the contract says."""

    def __init__(self, file: Path, line: int, path: str, sentence: str) -> None:
        self.file = file
        self.line = line
        self.path = path
        self.sentence = one_line(sentence, _SENTENCE_LIMIT)
        where = f", at {self.path}" if path else ""
        super().__init__(f"{file}, line {line}{where}: {self.sentence}")


def load(file: Path) -> Run:
    """The whole run, or a ``RunError``. Scenarios, verdicts and events come sorted, whatever order they stood in."""
    header: Header | None = None
    footer: Footer | None = None
    scenarios: list[Scenario] = []
    verdicts: list[Verdict] = []
    for line in lines(file):
        match line:
            case Header():
                header = line
            case Scenario():
                scenarios.append(line)
            case Verdict():
                verdicts.append(line)
            case Footer():
                footer = line
    if header is None or footer is None:  # pragma: no cover - lines() has refused such a file
        raise RunTruncated(f"{file} has no header or no footer")
    return Run(
        header=header,
        scenarios=tuple(sorted(map(_in_order, scenarios), key=_scenario_key(header))),
        verdicts=tuple(sorted(verdicts, key=_verdict_key)),
        footer=footer,
    )


def lines(file: Path) -> Iterator[Line]:
    """Each line as a value, one at a time, in the order of the file; raises a ``RunError`` at the first fault."""
    try:
        with file.open("rb") as stream:
            yield from _lines(file, stream)
    except OSError as failure:
        raise RunMissing(f"cannot read the run file {file}: {failure.strerror or failure}") from failure


def schema() -> dict[str, Any]:
    """The contract of the run file, as a JSON Schema of one line."""
    document: dict[str, Any] = json.loads(_SCHEMA_FILE.read_bytes())
    return document


def _lines(file: Path, stream: BinaryIO) -> Iterator[Line]:
    number = 0
    stage = -1
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise RunInvalid(file, number, "", f"the line is longer than {MAX_LINE_BYTES} bytes")
        if not raw.strip():
            continue
        value = _decode(file, number, raw)
        stage = _next_stage(file, number, stage, value)
        yield _convert(file, number, value)
    if stage < 0:
        raise RunEmpty(f"{file} is empty: the run wrote nothing")
    if stage < _ORDER["footer"]:
        raise RunTruncated(f"{file} ends after line {number} without a footer: the run did not come to its end")


def _decode(file: Path, number: int, raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        if number > 1 and not raw.endswith(b"\n"):
            raise RunTruncated(
                f"{file} breaks off inside line {number}, without a footer: the run did not come to its end"
            ) from failure
        raise RunInvalid(file, number, "", f"the line is not JSON: {failure}") from failure
    if not isinstance(value, dict):
        raise RunInvalid(file, number, "", "the line is not a JSON object")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _ORDER:
        raise RunInvalid(file, number, "type", f"the type must be one of {', '.join(_ORDER)}")
    return value


def _next_stage(file: Path, number: int, stage: int, value: dict[str, Any]) -> int:
    kind = value["type"]
    following = _ORDER[kind]
    if stage < 0 and kind != "header":
        raise RunInvalid(file, number, "type", f"the file must begin with a header, not with a {kind}")
    if stage == _ORDER["footer"]:
        raise RunInvalid(file, number, "type", f"a {kind} stands after the footer")
    if following < stage or (kind == "header" and stage == following):
        raise RunInvalid(file, number, "type", f"a {kind} is out of order: header, scenarios, verdicts, footer")
    return following


def _convert(file: Path, number: int, value: dict[str, Any]) -> Line:
    kind: str = value["type"]
    if not _fast(kind).is_valid(value):
        raise RunInvalid(file, number, *_refusal(kind, value))
    try:
        line: Line = msgspec.convert(value, Line)
    except msgspec.ValidationError as failure:
        raise RunInvalid(file, number, "", str(failure)) from failure
    return line


def _refusal(kind: str, value: dict[str, Any]) -> tuple[str, str]:
    """Path and sentence of what is wrong."""
    try:
        error = best_match(_clear(kind).iter_errors(value))
    except RecursionError:
        return "", "the line is nested too deeply"
    if error is None:
        worst = next(_fast(kind).iter_errors(value))
        return _path(list(worst.instance_path)), worst.message
    return _path(list(error.absolute_path)), error.message


def _path(parts: list[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return one_line(text.removeprefix("."), _SENTENCE_LIMIT)


def _definition(kind: str) -> dict[str, Any]:
    document = schema()
    return {"$schema": document["$schema"], "$ref": f"#/$defs/{kind}", "$defs": document["$defs"]}


@cache
def _fast(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_definition(kind))


@cache
def _clear(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(_definition(kind))


def _in_order(scenario: Scenario) -> Scenario:
    return msgspec.structs.replace(scenario, trace=tuple(sorted(scenario.trace, key=lambda event: event.seq)))


def _scenario_key(header: Header) -> Callable[[Scenario], tuple[str, int, int, str, str, bytes]]:
    """By place in the suite, then by the header's order of channels; nothing is left to the order of lines."""
    places = {channel.name: place for place, channel in enumerate(header.channels)}

    def key(one: Scenario) -> tuple[str, int, int, str, str, bytes]:
        place = places.get(one.channel, len(places))
        return one.file, one.line, place, one.channel, one.id, msgspec.json.encode(one)

    return key


def _verdict_key(verdict: Verdict) -> tuple[str, str, bytes]:
    return verdict.requirement, verdict.channel, msgspec.json.encode(verdict)
