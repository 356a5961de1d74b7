"""The run as JUnit XML: a suite a feature, a test case a scenario.

The elements are those of the Jenkins xUnit schema, which GitLab, Azure and the GitHub actions read too:
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from reports.model import Outcome, Run, Scenario, StepOutcome
from reports.text import capped, one_line, visible

_TEXT_LIMIT: Final = 20_000
_MESSAGE_LIMIT: Final = 500
_ELEMENTS: Final[dict[Outcome, str]] = {
    Outcome.FAIL: "failure",
    Outcome.ERROR: "error",
    Outcome.CONFIG: "error",
    Outcome.UNTESTED: "skipped",
    Outcome.INAPPLICABLE: "skipped",
}
_STEP_MARKS: Final = {StepOutcome.PASS: "ok", StepOutcome.FAIL: "FAILED", StepOutcome.SKIPPED: "not run"}


def junit(run: Run) -> str:
    """The whole document."""
    root = ET.Element("testsuites", {"name": f"bridgelab: {visible(run.header.subject.name)}"})
    _count(root, run.scenarios, run.footer.duration_ms)
    for (file, feature), group in groupby(run.scenarios, key=lambda one: (one.file, one.feature)):
        root.append(_suite(run, file, feature, list(group)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(run: Run, file: str, feature: str, scenarios: list[Scenario]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": one_line(feature or file, _MESSAGE_LIMIT)})
    _count(suite, scenarios, sum(one.duration_ms for one in scenarios))
    suite.set("timestamp", run.header.started_at[:19])
    subject = run.header.subject
    _properties(
        suite,
        [
            ("subject", f"{subject.name} {subject.version}"),
            ("suite_revision", run.header.suite.revision),
            ("run_id", run.header.run_id),
            ("seed", str(run.header.seed)),
        ],
    )
    for scenario in scenarios:
        suite.append(_case(run, scenario))
    return suite


def _case(run: Run, scenario: Scenario) -> ET.Element:
    name = scenario.name
    if scenario.channel:
        name = f"{name} [{run.channel_title(scenario.channel)}]"
    case = ET.Element(
        "testcase",
        {
            "name": one_line(name, _MESSAGE_LIMIT),
            "classname": _class_name(scenario),
            "file": visible(scenario.file),
            "line": str(scenario.line),
            "time": _seconds(scenario.duration_ms),
        },
    )
    _properties(
        case,
        [
            ("id", scenario.id),
            *(("requirement", requirement) for requirement in scenario.requirements),
            *(("tag", tag) for tag in scenario.tags),
            ("channel", scenario.channel),
            ("world", scenario.world or ""),
            ("outcome", scenario.outcome.value),
        ],
    )
    if element := _ELEMENTS.get(scenario.outcome):
        message = one_line(scenario.reason or scenario.outcome.value, _MESSAGE_LIMIT)
        result = ET.SubElement(case, element, {"message": message})
        if element != "skipped":
            result.set("type", scenario.outcome.value)
        result.text = capped(visible(_account(scenario)), _TEXT_LIMIT)
    return case


def _account(scenario: Scenario) -> str:
    """The reason and the steps, the failing one with its message."""
    told = [scenario.reason or "", f"{scenario.file}:{scenario.line}"]
    for step in scenario.steps:
        told.append(f"  {_STEP_MARKS[step.outcome]:>7}  {step.keyword.strip()} {step.text}")
        if step.message and step.outcome is StepOutcome.FAIL:
            told.append(step.message)
    return "\n".join(filter(None, told))


def _class_name(scenario: Scenario) -> str:
    """The feature file as dotted name, the way CI pages group."""
    return one_line(scenario.file.removesuffix(".feature").replace("/", "."), _MESSAGE_LIMIT) or "features"


def _count(element: ET.Element, scenarios: Iterable[Scenario], milliseconds: float) -> None:
    kinds = [_ELEMENTS.get(scenario.outcome) for scenario in scenarios]
    element.set("tests", str(len(kinds)))
    element.set("failures", str(kinds.count("failure")))
    element.set("errors", str(kinds.count("error")))
    element.set("skipped", str(kinds.count("skipped")))
    element.set("time", _seconds(milliseconds))


def _properties(parent: ET.Element, pairs: list[tuple[str, str]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        if value:
            ET.SubElement(properties, "property", {"name": name, "value": visible(value)})


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
