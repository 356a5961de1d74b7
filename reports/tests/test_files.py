"""The files other programs read: JUnit, Markdown and HAR are sound and say the same as the run."""

import re
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import jsonschema
import markdown_it
import pytest

from reports.har import har
from reports.junit import junit
from reports.model import Run
from reports.reader import load
from reports.summary import LISTED, escaped, summary
from reports.tests import hostile, runs
from reports.tests.runs import JsonObject

OUTCOMES: Final = ("pass", "fail", "error", "config", "untested", "inapplicable")

_PAIR: Final = {
    "type": "object",
    "required": ["name", "value"],
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
}
_PAIRS: Final = {"type": "array", "items": _PAIR}
_SIDE: Final = {
    "httpVersion": {"type": "string"},
    "cookies": _PAIRS,
    "headers": _PAIRS,
    "headersSize": {"type": "integer"},
}
# Written from http://www.softwareishard.com/blog/har-12-spec/: the required members and their types.
HAR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "pages": {
                    "type": "array",
                    "items": {"type": "object", "required": ["startedDateTime", "id", "title", "pageTimings"]},
                },
                "entries": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
            },
        }
    },
    "$defs": {
        "entry": {
            "type": "object",
            "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
            "properties": {
                "startedDateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
                "time": {"type": "number", "minimum": 0},
                "request": {
                    "type": "object",
                    "required": [
                        *(
                            "method",
                            "url",
                            "httpVersion",
                            "cookies",
                            "headers",
                            "queryString",
                            "headersSize",
                            "bodySize",
                        )
                    ],
                    "properties": {
                        **_SIDE,
                        "queryString": _PAIRS,
                        "postData": {
                            "type": "object",
                            "required": ["mimeType", "params", "text"],
                            "properties": {"mimeType": {"type": "string"}, "text": {"type": "string"}},
                        },
                    },
                },
                "response": {
                    "type": "object",
                    "required": [
                        *("status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"),
                        *("headersSize", "bodySize"),
                    ],
                    "properties": {
                        **_SIDE,
                        "status": {"type": "integer"},
                        "content": {
                            "type": "object",
                            "required": ["size", "mimeType"],
                            "properties": {"text": {"type": "string"}},
                        },
                    },
                },
                "timings": {"type": "object", "required": ["send", "wait", "receive"]},
            },
        }
    },
}


def _run(folder: Path, *scenarios: JsonObject, exit_code: int = 1, **more: Any) -> Run:
    return load(runs.write(folder, runs.small(*scenarios, exit_code=exit_code, **more)))


def _junit(run: Run) -> ET.Element:
    return ET.fromstring(junit(run))  # noqa: S314 - our own output


def test_junit_has_a_case_for_each_scenario(tmp_path: Path) -> None:
    """Fail is a failure, error and config are errors, untested and inapplicable are skipped, pass is bare."""
    root = _junit(_run(tmp_path, *(runs.scenario(word, word) for word in OUTCOMES)))
    found = {}
    for case in root.iter("testcase"):
        results = [child.tag for child in case if child.tag != "properties"]
        found[case.get("name")] = results
    assert found == {
        "Name of pass [WhatsApp]": [],
        "Name of fail [WhatsApp]": ["failure"],
        "Name of error [WhatsApp]": ["error"],
        "Name of config [WhatsApp]": ["error"],
        "Name of untested [WhatsApp]": ["skipped"],
        "Name of inapplicable [WhatsApp]": ["skipped"],
    }


def test_junit_counts_agree_with_its_cases(tmp_path: Path) -> None:
    """On the whole and on each suite; one suite a feature."""
    scenarios = [
        runs.scenario(f"{word}-{n}", word, file=f"f{n}.feature", feature=f"F{n}") for word in OUTCOMES for n in (1, 2)
    ]
    root = _junit(_run(tmp_path, *scenarios))
    assert [suite.get("name") for suite in root] == ["F1", "F2"]
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(attribute) == str(len(list(element.iter(tag))))


def test_junit_tells_why_and_where(tmp_path: Path) -> None:
    """The message is the reason; the text has the steps, the failing one with its message; properties tie it to ids."""
    steps = [runs.step("one"), runs.step("two", "fail", message="boom"), runs.step("three", "skipped")]
    root = _junit(_run(tmp_path, runs.scenario(outcome="fail", steps=steps)))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "reason of messages-text"
    assert re.search(r"ok +When one\n +FAILED +When two\nboom\n +not run +When three", failure.text or "")
    properties = {(one.get("name"), one.get("value")) for one in root.iterfind(".//testcase/properties/property")}
    assert {("id", "messages-text"), ("requirement", "CP-MSG-001"), ("channel", "whatsapp")} <= properties
    case = root.find(".//testcase")
    assert case is not None
    assert (case.get("classname"), case.get("time")) == ("messages.text", "0.012")


@pytest.mark.parametrize("text", hostile.ROWS.values(), ids=hostile.ROWS.keys())
def test_junit_is_sound_xml_whatever_the_words(tmp_path: Path, text: str) -> None:
    """Illegal characters are made visible, markup stays text, a huge message is cut."""
    scenario = runs.scenario("x", "fail", name=text, reason=text, feature=text, file=text, world=text, tags=[text])
    made = junit(_run(tmp_path, scenario))
    root = ET.fromstring(made)  # noqa: S314 - our own output
    assert {one.tag for one in root.iter()} == {
        *("testsuites", "testsuite", "testcase", "properties", "property", "failure"),
    }
    assert len(made) < 1_500_000


def test_the_summary_says_verdict_counts_and_failures(tmp_path: Path) -> None:
    """What a reviewer needs without opening the report."""
    made = summary(
        _run(
            tmp_path,
            runs.scenario(outcome="fail"),
            runs.scenario("b"),
            verdicts=[runs.verdict(word="fail", reason="R7")],
        )
    )
    lines = made.splitlines()
    assert lines[0] == "## \u274c Does not conform\\: 1 MUST requirement fails"
    assert "| 2 | 1 | 1 | 0 | 0 | 0 | 0 |" in lines
    assert any("CP\\-MSG\\-001 MUST on WhatsApp" in line and "R7" in line for line in lines)
    assert "| CP\\-MSG\\-001 MUST | **\u2717** |   |   |" in lines


def test_the_summary_of_a_good_run_has_no_failures(tmp_path: Path) -> None:
    """Nothing went wrong, nothing is listed."""
    assert "What went wrong" not in summary(_run(tmp_path, exit_code=0))


def test_the_summary_does_not_grow_without_bound(tmp_path: Path) -> None:
    """Hundreds of failures are counted, not listed."""
    scenarios = [runs.scenario(f"s-{n}", "fail", reason="r" * 5000) for n in range(LISTED + 30)]
    made = summary(_run(tmp_path, *scenarios, verdicts=[]))
    assert "and 30 more in `report.html`" in made
    assert len(made) < 60_000


def test_a_failing_symbol_makes_no_heading(tmp_path: Path) -> None:
    """Neither a symbol nor a name at the start of a list item is read as Markdown."""
    made = summary(_run(tmp_path, runs.scenario(outcome="config"), verdicts=[runs.verdict(word="config")]))
    rendered = markdown_it.MarkdownIt("commonmark").enable("table").render(made)
    assert re.findall(r"<h(\d)>", rendered) == ["2", "3"]


@pytest.mark.parametrize("text", hostile.ROWS.values(), ids=hostile.ROWS.keys())
def test_the_summary_is_inert_whatever_the_words(tmp_path: Path, text: str) -> None:
    """Rendered, the summary has the same elements as that of a harmless run, and as many table cells."""

    def rendered(words: str) -> list[str]:
        requirement = runs.requirement("CP-1", sentence=words)
        head = runs.header(requirement, channels=[{"name": "whatsapp", "title": words}])
        head["subject"]["name"] = words
        scenario = runs.scenario(outcome="fail", name=words, reason=words)
        lines = [head, scenario, runs.verdict("CP-1", "fail", reason=words, scenarios=[]), runs.footer(1, fail=1)]
        page = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).render(summary(load(runs.write(tmp_path, lines))))
        return re.findall(r"<(/?[a-z0-9]+)", page)

    assert rendered(text) == rendered("harmless")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@team", "@\u200bteam"),
        ("http://e.example", "http\\://e.example"),
        ("www.e.example", "www\\.e.example"),
        ("a | b", "a \\| b"),
        ("1. x", "1\\. x"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("#12", "\\#12"),
    ],
)
def test_mentions_and_bare_links_are_broken(text: str, expected: str) -> None:
    """A job page notifies nobody and links nowhere on a customer's word."""
    assert escaped(text, 100) == expected


def test_har_follows_the_format(tmp_path: Path) -> None:
    """Requests with and without body, answers and no answer, binary and truncated: all valid HAR 1.2."""
    trace = [
        runs.event(1),
        runs.event(2, status=None, response=None, duration_ms=None, request=None, method="GET"),
        runs.event(3, response=runs.message("AAAA", encoding="base64", bytes=3, headers={})),
        runs.event(4, request=runs.message(None, bytes=10, truncated=True, sha256=None), status=799),
        runs.event(
            5, url="http://[bad", response=runs.message("", headers={"Location": "/x", "Set-Cookie": ["a", "b"]})
        ),
    ]
    run = _run(tmp_path, runs.scenario(trace=trace))
    document = har(run, run.scenarios[0])
    jsonschema.validate(document, HAR)
    entries = document["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200, 0, 200, 799, 200]
    assert "postData" not in entries[1]["request"]
    assert entries[2]["response"]["content"]["encoding"] == "base64"
    assert entries[3]["request"]["postData"]["_truncated"] is True
    assert entries[4]["response"]["redirectURL"] == "/x"
    assert entries[0]["request"]["queryString"] == [{"name": "x", "value": "1"}]


def test_har_has_only_http_hops(tmp_path: Path) -> None:
    """Phones, clocks and faults are no network traffic."""
    trace = [
        runs.event(1),
        runs.plain_event(2, "clock", "advance"),
        runs.plain_event(3, "phone", "tap", "phone", "sms"),
    ]
    run = _run(tmp_path, runs.scenario(trace=trace))
    assert [entry["_sequence"] for entry in har(run, run.scenarios[0])["log"]["entries"]] == [1]


def test_har_masks_credentials(tmp_path: Path) -> None:
    """A HAR is mailed around: no token in header, query, path or body."""
    request = runs.message('{"client_secret":"s3cret"}', headers={"Authorization": "Bearer s3cret"})
    event = runs.event(1, url="http://h/bot1:s3cret-s3cret/x?access_token=s3cret", request=request)
    run = _run(tmp_path, runs.scenario(trace=[event]))
    assert "s3cret" not in str(har(run, run.scenarios[0]))
