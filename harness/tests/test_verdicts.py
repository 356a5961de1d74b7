"""From scenarios to verdicts to an exit code, by tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from harness.catalogue import RequirementId, ScenarioId
from harness.outcomes import ConfigurationProblem, ExitCode, Outcome
from harness.requirements import Level, Requirement, Requirements, Revision
from harness.verdicts import PRECEDENCE, Result, Verdict, counts, exit_code, verdicts
from harness.waivers import Waiver, apply_waivers, load_waivers

ONE, TWO = RequirementId("CP-TEXT-001"), RequirementId("CP-TEXT-002")
TODAY = dt.date(2026, 3, 2)


def requirement(name: RequirementId, *channels: str, level: Level = Level.MUST) -> Requirement:
    """A requirement on these channels."""
    return Requirement.model_validate(
        {
            "id": name,
            "level": level,
            "sentence": "A bridge does what it has to do.",
            "channels": channels,
            "source": "project decision: for this test",
        }
    )


def requirements(*rows: Requirement, revision: Revision | None = None) -> Requirements:
    """A set under a draft revision unless another is given."""
    return Requirements(rows, revision or Revision(revision="test", released=False))


def result(outcome: Outcome, *, name: str = "a/b", channel: str = "sms", of: RequirementId = ONE) -> Result:
    """A scenario that ended in an outcome, with its word as the reason."""
    return Result(ScenarioId(name), (of,), channel, outcome, f"because {outcome}" if outcome != Outcome.PASS else "")


@pytest.mark.parametrize("worse", PRECEDENCE)
@pytest.mark.parametrize("better", PRECEDENCE)
def test_the_worst_word_wins(worse: Outcome, better: Outcome) -> None:
    """Of two scenarios of one cell the graver decides, and gives the reason."""
    if PRECEDENCE.index(worse) > PRECEDENCE.index(better):
        worse, better = better, worse
    found = verdicts(requirements(requirement(ONE, "sms")), [result(better), result(worse)])
    assert [(verdict.outcome, verdict.reason) for verdict in found] == [(worse, result(worse).reason)]


def test_a_cell_without_a_scenario_is_untested() -> None:
    """What was not run was not found right."""
    found = verdicts(requirements(requirement(ONE, "sms", "whatsapp")), [result(Outcome.PASS)])
    assert [(verdict.channel, verdict.outcome) for verdict in found] == [
        ("sms", Outcome.PASS),
        ("whatsapp", Outcome.UNTESTED),
    ]


def test_a_requirement_without_channels_is_judged_once() -> None:
    """Scenarios on whatever channel count for it together."""
    rows = [result(Outcome.PASS), result(Outcome.FAIL, channel="whatsapp")]
    found = verdicts(requirements(requirement(ONE)), rows)
    assert [(verdict.channel, verdict.outcome) for verdict in found] == [("", Outcome.FAIL)]


def test_a_released_revision_counts_only_its_own_scenarios() -> None:
    """A later scenario runs and does not count; rows of an outline count by the outline's id."""
    revision = Revision(revision="2026.1", released=True, scenarios=(ScenarioId("a/b"),))
    rows = [result(Outcome.PASS, name="a/b[sms]"), result(Outcome.FAIL, name="a/later")]
    found = verdicts(requirements(requirement(ONE, "sms"), revision=revision), rows)
    assert [(verdict.outcome, verdict.scenarios) for verdict in found] == [(Outcome.PASS, ("a/b[sms]",))]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([Outcome.PASS, Outcome.INAPPLICABLE], ExitCode.CONFORMS),
        ([Outcome.PASS, Outcome.FAIL, Outcome.ERROR], ExitCode.FAILS),
        ([Outcome.CONFIG, Outcome.ERROR], ExitCode.CONFIGURATION),
        ([Outcome.ERROR, Outcome.UNTESTED], ExitCode.LAB_ERROR),
        ([Outcome.UNTESTED, Outcome.PASS], ExitCode.INCOMPLETE),
    ],
)
def test_the_exit_code_is_that_of_the_gravest_must(words: list[Outcome], code: ExitCode) -> None:
    """0 conforms, 1 fails, 2 configuration, 3 lab error, 4 incomplete."""
    found = [Verdict(ONE, str(number), word, "", ()) for number, word in enumerate(words)]
    assert exit_code(found, {ONE: Level.MUST}) == code


@pytest.mark.parametrize("level", [Level.SHOULD, Level.MAY])
def test_only_a_must_decides(level: Level) -> None:
    """A SHOULD that fails is told, and changes no exit code."""
    assert exit_code([Verdict(ONE, "", Outcome.FAIL, "", ())], {ONE: level}) == ExitCode.CONFORMS


def test_outcomes_are_counted() -> None:
    """Only the outcomes that occurred are listed."""
    assert counts([result(Outcome.PASS), result(Outcome.PASS), result(Outcome.FAIL)]) == {"pass": 2, "fail": 1}


def waiver(name: RequirementId = ONE, expires: dt.date = TODAY) -> Waiver:
    """A waiver on SMS."""
    return Waiver(requirement=name, channel="sms", owner="the bridge's owner", reason="known", expires=expires)


FAILING = Verdict(ONE, "sms", Outcome.FAIL, "late", ())


def test_a_waiver_takes_a_failure_out_of_the_exit_code_and_not_out_of_the_report() -> None:
    """On its last day it still holds; the verdict stays a failure, with who tolerates it and why."""
    after = apply_waivers([FAILING], [waiver()], TODAY)
    assert (after.broken, after.verdicts[0].outcome) == ([], Outcome.FAIL)
    assert after.verdicts[0].reason == "waived until 2026-03-02 by the bridge's owner: known; late"
    assert exit_code(after.verdicts, {ONE: Level.MUST}) == ExitCode.CONFORMS


@pytest.mark.parametrize(
    ("given", "verdict", "sentence"),
    [
        (waiver(expires=TODAY - dt.timedelta(days=1)), FAILING, "expired on 2026-03-01"),
        (waiver(), Verdict(ONE, "sms", Outcome.PASS, "", ()), "stale"),
        (waiver(TWO), FAILING, "names nothing"),
    ],
)
def test_a_broken_waiver_fails_the_run(given: Waiver, verdict: Verdict, sentence: str) -> None:
    """Expired, stale or aimless: somebody has to look at it."""
    after = apply_waivers([verdict], [given], TODAY)
    assert len(after.broken) == 1
    assert sentence in after.broken[0]
    assert exit_code(after.verdicts, {ONE: Level.MUST}, broken_waivers=bool(after.broken)) == ExitCode.FAILS


def test_a_waiver_does_not_cover_what_is_not_a_failure() -> None:
    """An error of the lab stays an error."""
    error = Verdict(ONE, "sms", Outcome.ERROR, "lab", ())
    after = apply_waivers([error], [waiver()], TODAY)
    assert (after.broken, after.verdicts) == ([], [error])


def test_waivers_are_read_with_every_mistake_at_once(tmp_path: Path) -> None:
    """Owner, reason and expiry are all asked for in one go."""
    path = tmp_path / "waivers.toml"
    path.write_text('[[waiver]]\nrequirement = "CP-TEXT-001"\n', "utf-8")
    with pytest.raises(ConfigurationProblem) as wrong:
        load_waivers(path)
    assert all(f"waiver.0.{key}" in wrong.value.sentence for key in ("owner", "reason", "expires"))


@pytest.mark.parametrize(("text", "sentence"), [("waiver = [", "is not TOML"), (None, "cannot be read")])
def test_a_file_that_is_none_is_a_configuration_problem(tmp_path: Path, text: str | None, sentence: str) -> None:
    """A missing or garbled file is told with its path."""
    path = tmp_path / "waivers.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationProblem, match=sentence):
        load_waivers(path)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """Dates are TOML dates."""
    path = tmp_path / "waivers.toml"
    path.write_text(
        '[[waiver]]\nrequirement = "CP-TEXT-001"\nchannel = "sms"\nowner = "o"\nreason = "r"\nexpires = 2026-03-02\n',
        "utf-8",
    )
    assert load_waivers(path) == (Waiver(requirement=ONE, channel="sms", owner="o", reason="r", expires=TODAY),)
