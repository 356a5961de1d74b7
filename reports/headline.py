"""The run's verdict in words.

The run has already judged: its exit code decides. This module only says it, and says so when the lines disagree with
the exit code; it must never turn one verdict into another.
"""

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from reports.model import Level, Outcome, Requirement, Run
from reports.text import count


class Exit(IntEnum):
    """What the exit codes of a run say."""

    CONFORMS = 0
    FAILS = 1
    CONFIGURATION = 2
    LAB_ERROR = 3
    INCOMPLETE = 4


class Tone(StrEnum):
    """How a headline is coloured."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Headline:
    """Title for the top of a page, a sentence below it, a few words for a badge, and warnings about the file."""

    tone: Tone
    title: str
    sentence: str
    badge: str
    warnings: tuple[str, ...]


def headline(run: Run) -> Headline:
    """The verdict of the run, in words."""
    tone, title, sentence, badge = _words(run)
    return Headline(tone, title, sentence, badge, _warnings(run))


def scenario_counts(run: Run) -> dict[Outcome, int]:
    """How many scenarios ended in each outcome, counted from the scenarios themselves."""
    counted = Counter(scenario.outcome for scenario in run.scenarios)
    return {outcome: counted[outcome] for outcome in Outcome}


def requirements_with(run: Run, outcome: Outcome, level: Level) -> list[Requirement]:
    """The requirements of a level that have at least one verdict of this outcome."""
    hit = {verdict.requirement for verdict in run.verdicts if verdict.verdict is outcome}
    return [one for one in run.header.suite.requirements if one.level is level and one.id in hit]


def _words(run: Run) -> tuple[Tone, str, str, str]:
    must_fail = len(requirements_with(run, Outcome.FAIL, Level.MUST))
    match Exit(run.footer.exit_code):
        case Exit.CONFORMS:
            return _conforms(run, must_fail)
        case Exit.FAILS:
            return _fails(must_fail)
        case Exit.CONFIGURATION:
            sentence = "The setup has to be mended first; the bridge itself was not judged."
            return Tone.UNKNOWN, "Not judged: the configuration is wrong", sentence, "not configured"
        case Exit.LAB_ERROR:
            sentence = "The fault is in the lab or the suite; it says nothing about the bridge."
            return Tone.UNKNOWN, "Not judged: the lab itself failed", sentence, "lab error"
        case Exit.INCOMPLETE:
            return _incomplete(run)


def _conforms(run: Run, must_fail: int) -> tuple[Tone, str, str, str]:
    if must_fail:
        return (
            Tone.GOOD,
            f"Conforms, with {_must(must_fail)} failing by exception",
            "The run accepted this, as for a waiver or a requirement newer than the revision. See the reasons below.",
            "conforms, waived",
        )
    failing = len(requirements_with(run, Outcome.FAIL, Level.SHOULD))
    sentence = "No MUST requirement fails."
    if failing:
        sentence = f"No MUST requirement fails; {count(failing, 'SHOULD recommendation')} not followed."
    return Tone.GOOD, "Conforms", sentence, "conforms"


def _fails(must_fail: int) -> tuple[Tone, str, str, str]:
    if must_fail:
        verb = "fails" if must_fail == 1 else "fail"
        title = f"Does not conform: {_must(must_fail)} {verb}"
        return (
            Tone.BAD,
            title,
            "Each failure is explained below, with the messages exchanged.",
            f"{must_fail} MUST fail",
        )
    sentence = "No MUST requirement fails, but the run did: a waiver may be stale or expired, or a scenario not count."
    return Tone.BAD, "Does not conform", sentence, "does not conform"


def _incomplete(run: Run) -> tuple[Tone, str, str, str]:
    untested = len(requirements_with(run, Outcome.UNTESTED, Level.MUST))
    title = f"Incomplete: {_must(untested)} untested" if untested else "Incomplete"
    return Tone.UNKNOWN, title, "What was tried does not fail, but not everything was tried.", "incomplete"


def _must(number: int) -> str:
    return count(number, "MUST requirement")


def _warnings(run: Run) -> tuple[str, ...]:
    found = []
    counted = scenario_counts(run)
    if any(counted[outcome] != run.footer.counts.get(outcome, 0) for outcome in Outcome):
        found.append(
            f"The run says it ran {count(sum(run.footer.counts.values()), 'scenario')}, with other outcomes than the "
            f"{len(run.scenarios)} in this file. Lines may have been lost or added."
        )
    if not run.scenarios:
        found.append("No scenario ran: there is no evidence in this file.")
    known = {requirement.id for requirement in run.header.suite.requirements}
    if strange := sorted({verdict.requirement for verdict in run.verdicts} - known):
        found.append(f"Verdicts name requirements the suite does not list: {', '.join(strange[:10])}.")
    return tuple(found)
