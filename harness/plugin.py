"""The pytest plugin: from pytest-bdd's hooks to the run file, with and without xdist.

It collects nothing and judges nothing itself: scenarios come from pytest-bdd, words from `outcomes`, the run
from `judge`. Under xdist the controller starts lab and subject and merges; the workers run and write parts.
"""

from __future__ import annotations

import datetime as dt
import inspect
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from harness.bench import BenchSpec
from harness.catalogue import Scenario, ScenarioId, read_features, scenario_id
from harness.judge import Judge, Order, applicable, new_folder, record_of
from harness.launch import LabAddress
from harness.outcomes import ConfigurationProblem, Inapplicable, LabDefect, Outcome, Problem, Untested, outcome_of
from harness.requirements import Requirements, load_requirements
from harness.runfile import ScenarioRecord, StepRecord, desk_event, told_events
from harness.stage import Stage
from harness.subject import REFERENCE_SUBJECT, load_subject
from harness.waivers import load_waivers
from harness.wires import accusation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

JUDGE = pytest.StashKey[Judge]()
SUITE = pytest.StashKey["Suite"]()
RECORD = pytest.StashKey[ScenarioRecord]()
FACTS = pytest.StashKey[Scenario]()
STARTED = pytest.StashKey[float]()
STEP_AT = pytest.StashKey[tuple[int, float]]()

BENCH_VARIABLE = "BRIDGELAB_BENCH"
WORKER_INPUT = "bridgelab"


class Suite:
    """The scenarios and requirements of the features folder that is being run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requirements: Requirements = load_requirements(folder / "requirements")
        self.scenarios: dict[ScenarioId, Scenario] = {found.id: found for found in read_features(folder)}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    group = parser.getgroup("bridgelab", "conformance of a bridge")
    group.addoption("--subject", type=Path, help="subject.toml; default: start the reference bridge")
    group.addoption("--run-folder", type=Path, help="where the evidence goes; default: a new one in runs/")
    group.addoption("--waivers", type=Path, help="waivers.toml: known failures, tolerated for a time")
    group.addoption("--channel", action="append", help="run only scenarios of this channel; repeatable")
    group.addoption("--requirement", action="append", help="run only scenarios of this requirement; repeatable")
    group.addoption("--lab", help="control URL of a running lab; default: start one")
    group.addoption("--lab-token", help="the running lab's control token")
    group.addoption("--lab-seed", default="bridgelab", help="what every scenario's seed begins with")


def _option(config: pytest.Config, name: str) -> Any:
    return config.getoption(name, default=None)


def _order(config: pytest.Config) -> Order:
    subject_file, waiver_file = _option(config, "subject"), _option(config, "waivers")
    lab = _option(config, "lab")
    folder = _option(config, "run_folder")
    return Order(
        folder=folder or new_folder(config.rootpath / "runs", dt.datetime.now(dt.UTC)),
        subject=load_subject(subject_file) if subject_file else REFERENCE_SUBJECT,
        lab=LabAddress(lab, _option(config, "lab_token")) if lab else None,
        waivers=load_waivers(waiver_file) if waiver_file else (),
        seed=_option(config, "lab_seed") or "bridgelab",
        command=tuple(sys.argv),
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give this process its judge, with the controller's bench when it is an xdist worker."""
    try:
        order = _order(config)
    except Problem as wrong:
        raise pytest.UsageError(str(wrong)) from wrong
    given = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    if given is not None:
        order = Order(Path(given["folder"]), order.subject, None, order.waivers, order.seed, order.command)
        worker = config.workerinput["workerid"]  # type: ignore[attr-defined]
        spec = BenchSpec.from_json(given["bench"]) if given["bench"] else None
        trouble = ConfigurationProblem(given["trouble"]) if given["trouble"] else None
        config.stash[JUDGE] = Judge(order, spec, trouble, worker=worker)
        return
    text = os.environ.get(BENCH_VARIABLE)
    config.stash[JUDGE] = Judge(order, BenchSpec.from_json(text) if text else None)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start lab and subject before the first xdist worker, and tell every worker where they are."""
    judge = node.config.stash[JUDGE]
    bench = trouble = ""
    try:
        judge.bench()
        bench = judge.open_spec().to_json()
    except Problem as found:
        # Every scenario gets it as its reason: a run that cannot begin is still a run with a record.
        trouble = str(found)
    node.workerinput[WORKER_INPUT] = {"folder": str(judge.order.folder), "bench": bench, "trouble": trouble}


@pytest.hookimpl(tryfirst=True)
def pytest_bdd_apply_tag(tag: str, function: Callable[..., object]) -> bool:
    """Keep tags out of pytest's markers: they are requirements, channels and claims."""
    del tag, function
    return True


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-k` know a scenario by its feature file, its tags and its channel too."""
    facts = _facts(item.config, item)
    if facts is not None:
        tags = facts.tags
        item.extra_keyword_matches.update(tags.requirements, tags.features, filter(None, [facts.channel]))
        item.extra_keyword_matches.add(facts.file.removesuffix(".feature"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Recognise the scenarios, leave out those that were not asked for, write down the plan."""
    kept, dropped, planned = [], [], []
    for item in items:
        facts = _facts(config, item)
        if facts is not None and not _wanted(config, facts):
            dropped.append(item)
            continue
        kept.append(item)
        if facts is not None:
            item.stash[FACTS] = facts
            planned.append(facts)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
    if planned and not config.option.collectonly:
        config.stash[JUDGE].plan(planned)


def _wanted(config: pytest.Config, facts: Scenario) -> bool:
    channels, requirements = _option(config, "channel"), _option(config, "requirement")
    return not (channels and facts.channel not in channels) and not (
        requirements and not set(requirements) & set(facts.tags.requirements)
    )


def _facts(config: pytest.Config, item: pytest.Item) -> Scenario | None:
    function = getattr(item, "function", None)
    template = scenario_wrapper_template_registry.get(function) if function is not None else None
    if template is None:
        return None
    folder = item.path.parent
    if SUITE not in config.stash:
        config.stash[SUITE] = Suite(folder)
    suite = config.stash[SUITE]
    example = item.callspec.params.get("_pytest_bdd_example", {}) if hasattr(item, "callspec") else {}
    file = Path(template.feature.filename).relative_to(folder).as_posix()
    name = scenario_id(file, template.name, example)
    if name not in suite.scenarios:
        raise LabDefect(f"pytest-bdd collects {name}, which the catalogue does not have")
    return suite.scenarios[name]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Write a scenario's record when its teardown is over."""
    facts = item.stash.get(FACTS, None)
    if facts is None:
        return (yield)
    record = item.stash[RECORD] = record_of(facts)
    record.outcome, record.reason = Outcome.PASS, ""
    item.stash[STARTED] = time.perf_counter()
    try:
        return (yield)
    finally:
        record.duration_ms = (time.perf_counter() - item.stash[STARTED]) * 1000
        item.config.stash[JUDGE].write(record)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be asked of this subject, saying why."""
    facts = item.stash.get(FACTS, None)
    if facts is None:
        return
    judge, suite = item.config.stash[JUDGE], item.config.stash[SUITE]
    try:
        bench = judge.bench()
        # The scenario that happens to be first does not pay for the start of lab and subject.
        item.stash[STARTED] = time.perf_counter()
        applicable(facts, suite.requirements, bench.description, bench.lab_channels)
    except (Inapplicable, Untested) as reason:
        _end(item, reason)
        pytest.skip(str(reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the exception that ended a scenario into its word; the first one counts."""
    report = yield
    if call.excinfo is not None and item.stash.get(FACTS, None) is not None:
        problem = call.excinfo.value
        if isinstance(problem, Untested | Inapplicable):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: {problem}")
        if not isinstance(problem, pytest.skip.Exception):
            _end(item, problem)
    return report


def _end(item: pytest.Item, problem: BaseException) -> None:
    """Let the first exception decide, unless the lab is found wrong afterwards: then nothing else is certain."""
    record = item.stash[RECORD]
    outcome, reason = outcome_of(problem)
    if record.outcome == Outcome.PASS:
        record.outcome, record.reason = outcome, reason
    elif record.outcome == Outcome.FAIL and outcome is Outcome.ERROR:
        record.outcome, record.reason = outcome, f"{reason}; before that: {record.reason}"
    elif record.outcome == outcome and reason not in record.reason:
        record.reason = f"{record.reason}; {reason}"


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The scenario's stage, closed behind it; its trace goes into the record."""
    record = request.node.stash[RECORD]
    judge = request.config.stash[JUDGE]
    made = Stage(judge.bench(), f"{judge.order.seed}/{record.id}")
    yield made
    try:
        made.close()
    finally:
        record.world = made.world.world if made.world else ""
        notes = [desk_event(note.at, note.wall, note.name, note.note) for note in made.notes]
        record.trace = told_events(made.raw_events, notes)
    trouble = accusation(made.events)
    if trouble is not None:
        raise trouble


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any, scenario: Any) -> None:
    """List the steps as skipped until they run."""
    del feature
    record = request.node.stash.get(RECORD, None)
    if record is not None:
        record.steps = [StepRecord(step.keyword.strip(), step.name) for step in scenario.steps]
        request.node.stash[STEP_AT] = (-1, 0.0)


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """Take the time of a step's start."""
    del step
    at = request.node.stash.get(STEP_AT, None)
    if at is not None:
        request.node.stash[STEP_AT] = (at[0] + 1, time.perf_counter())


def pytest_bdd_before_step_call(step: Any, step_func: Callable[..., object]) -> None:
    """Refuse a step that would pass without having run: pytest-bdd awaits nothing."""
    if inspect.iscoroutinefunction(step_func) or inspect.isasyncgenfunction(step_func):
        raise LabDefect(f"the step {step.name!r} is a coroutine function, which would never be awaited")


def pytest_bdd_after_step(request: pytest.FixtureRequest) -> None:
    """Note that a step passed."""
    _step_ended(request, "pass", "")


def pytest_bdd_step_error(request: pytest.FixtureRequest, exception: Exception) -> None:
    """Note that a step failed, and how."""
    _step_ended(request, "fail", outcome_of(exception)[1])


def _step_ended(request: pytest.FixtureRequest, outcome: str, message: str) -> None:
    record, at = request.node.stash.get(RECORD, None), request.node.stash.get(STEP_AT, None)
    if record is None or at is None:
        return
    step = record.steps[at[0]]
    step.outcome, step.message = outcome, message
    step.duration_ms = round((time.perf_counter() - at[1]) * 1000, 3)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Merge and judge, in the process that is in control; end what this process started."""
    judge = session.config.stash.get(JUDGE, None)
    if judge is None:
        return
    try:
        if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
            _finish(session, judge, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
    finally:
        judge.close()


def _finish(session: pytest.Session, judge: Judge, *, interrupted: bool) -> None:
    if not judge.order.folder.exists():
        return
    suite = session.config.stash.get(SUITE, None)
    requirements = suite.requirements if suite else _requirements_beside(session)
    if requirements is not None:
        judge.finish(requirements, interrupted=interrupted)


def _requirements_beside(session: pytest.Session) -> Requirements | None:
    """Return the requirements when this process, an xdist controller, has collected nothing itself."""
    for argument in session.config.args:
        place = Path(argument.split("::")[0])
        for folder in (place, place.parent):
            if (folder / "requirements").is_dir():
                return load_requirements(folder / "requirements")
    return None
