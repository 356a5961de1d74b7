"""The report a non-tester can read: one HTML file that loads nothing.

Everything from the run passes autoescaping and ``visible``: a customer's message is shown, never interpreted. Style
and script are ours, constant, and allowed by their hashes alone.
"""

import base64
import hashlib
import shlex
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from reports import masks
from reports.bodies import shown
from reports.findings import NOT_TESTED, WENT_WRONG, beside_verdicts, findings
from reports.headline import Tone, headline, scenario_counts
from reports.matrix import Cell, matrix
from reports.model import ChannelName, Event, Message, Outcome, Run, Scenario, StepOutcome
from reports.names import stems
from reports.outcomes import SEVERITY, WORDS
from reports.sequence import answer_text, clock_text, is_bad, sequence, title_of
from reports.text import capped, count, duration, one_line, visible

SHOWN_HOPS: Final = 300
# A page a browser opens at once: beyond this many hops, scenarios refer to their files, those that pass first.
PAGE_HOPS: Final = 6_000

_TEMPLATES: Final = Path(__file__).parent / "templates"
_ANCHOR: Final = "scenario-"
_STYLES: Final = ("palette.css", "report.css", "sequence.css")
_TONES: Final[dict[Tone, Outcome]] = {
    Tone.GOOD: Outcome.PASS,
    Tone.BAD: Outcome.FAIL,
    Tone.UNKNOWN: Outcome.UNTESTED,
}
_STEP_SIGNS: Final = {
    StepOutcome.PASS: ("\u2713", "Done"),
    StepOutcome.FAIL: ("\u2717", "Failed"),
    StepOutcome.SKIPPED: ("\u2013", "Not run"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a scenario stands in the page."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One event, ready to be shown."""

    event: Event
    source: str
    target: str
    answer: str
    bad: bool
    url: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class ShownScenario:
    """One scenario, ready to be shown."""

    scenario: Scenario
    anchor: str
    channel_index: int
    find: str
    picture: Markup
    hops: tuple[Hop, ...]
    hidden_hops: int
    in_files: str


@dataclass(frozen=True, slots=True)
class Group:
    """The scenarios of one feature."""

    title: str
    scenarios: tuple[ShownScenario, ...]


def html(run: Run) -> str:
    """The whole page."""
    told = headline(run)
    made = matrix(run)
    wrong = findings(made, WENT_WRONG)
    links = _Links(run)
    channels = sorted({scenario.channel for scenario in run.scenarios}, key=_channel_place(run))
    style = _style(len(channels))
    script = _script()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=run,
            header=run.header,
            footer=run.footer,
            told=told,
            tone=_TONES[told.tone],
            tone_sign=WORDS[_TONES[told.tone]].symbol,
            counts=scenario_counts(run),
            command=shlex.join(run.header.command),
            matrix=made,
            link_of=links.best,
            links_of=links.of,
            findings=wrong,
            beside=[links.to(scenario) for scenario in beside_verdicts(run, wrong)],
            open_points=findings(made, NOT_TESTED),
            scenario_channels=channels,
            groups=_groups(run, links, channels),
            style=Markup(style),  # noqa: S704 - our own constant file
            script=Markup(script),  # noqa: S704 - our own constant file
            policy=_policy(style, script),
        )
    )


class _Links:
    """Finds the place of a scenario in the page."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.anchors = [f"{_ANCHOR}{stem}" for stem in stems(run)]
        self._places: dict[str, list[tuple[Scenario, Link]]] = {}
        for scenario, anchor in zip(run.scenarios, self.anchors, strict=True):
            self._places.setdefault(scenario.id, []).append((scenario, Link(anchor, self._title(scenario))))

    def to(self, scenario: Scenario) -> Link:
        """The link to one scenario."""
        return next(link for placed, link in self._places[scenario.id] if placed is scenario)

    def of(self, *cells: Cell) -> tuple[Link, ...]:
        """The scenarios verdicts rest on, the worst first; those of the verdict's channel where ids are shared."""
        found = []
        for cell in cells:
            for name in cell.scenarios:
                places = self._places.get(name, [])
                found += [place for place in places if place[0].channel == cell.channel] or places
        found.sort(key=lambda place: SEVERITY.index(place[0].outcome))
        return tuple(dict.fromkeys(link for _, link in found))

    def best(self, cell: Cell) -> str:
        """Where a cell of the matrix leads; empty when it has no scenario."""
        links = self.of(cell)
        return links[0].anchor if links else ""

    def _title(self, scenario: Scenario) -> str:
        channel = f" ({self._run.channel_title(scenario.channel)})" if scenario.channel else ""
        return one_line(scenario.name, 200) + channel


def _groups(run: Run, links: _Links, channels: list[ChannelName]) -> list[Group]:
    detailed = _detailed(run)
    members = zip(run.scenarios, links.anchors, range(len(run.scenarios)), strict=True)
    return [
        Group(
            feature or file,
            tuple(
                _shown(run, scenario, anchor, channels.index(scenario.channel), detailed=place in detailed)
                for scenario, anchor, place in group
            ),
        )
        for (file, feature), group in groupby(members, key=lambda one: (one[0].file, one[0].feature))
    ]


def _detailed(run: Run) -> set[int]:
    """Which scenarios show their exchange in the page: the gravest first, as far as ``PAGE_HOPS`` goes."""
    room = PAGE_HOPS
    chosen = set()
    for place in sorted(range(len(run.scenarios)), key=lambda one: SEVERITY.index(run.scenarios[one].outcome)):
        hops = min(len(run.scenarios[place].trace), SHOWN_HOPS)
        if hops <= room:
            chosen.add(place)
            room -= hops
    return chosen


def _shown(run: Run, scenario: Scenario, anchor: str, channel: int, *, detailed: bool) -> ShownScenario:
    words = (scenario.name, scenario.id, scenario.feature, *scenario.requirements, *scenario.tags)
    hops = scenario.trace[:SHOWN_HOPS] if detailed else ()
    return ShownScenario(
        scenario=scenario,
        anchor=anchor,
        channel_index=channel,
        find=one_line(" ".join((*words, run.channel_title(scenario.channel))), 1000),
        picture=Markup(sequence(run, scenario) if detailed else ""),  # noqa: S704 - ElementTree has escaped it
        hops=tuple(_hop(run, event) for event in hops),
        hidden_hops=max(0, len(scenario.trace) - SHOWN_HOPS) if detailed else 0,
        in_files="" if detailed else anchor.removeprefix(_ANCHOR),
    )


def _hop(run: Run, event: Event) -> Hop:
    return Hop(
        event=event,
        source=title_of(run, event.source),
        target=title_of(run, event.target),
        answer=answer_text(event),
        bad=is_bad(event),
        url=capped(masks.url(event.url or ""), 4000),
        has_more=bool(event.url or event.request or event.response or event.ids),
    )


def _headers_of(message: Message) -> list[tuple[str, str]]:
    return [
        (name, capped(masks.header(name, value), 1000))
        for name, values in message.headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def _channel_place(run: Run) -> Any:
    listed = [channel.name for channel in run.header.channels]
    return lambda name: (listed.index(name) if name in listed else len(listed), name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(
        words=WORDS,
        step_signs=_STEP_SIGNS,
        shown_body=shown,
        headers_of=_headers_of,
        clock_text=clock_text,
        capped=capped,
        count=count,
        duration=duration,
        one_line=one_line,
    )
    return environment


def _finalize(value: object) -> object:
    """The last thing that happens to each value before it is escaped; what is already markup is our own."""
    return value if isinstance(value, Markup) else visible(str(value))


def _style(channels: int) -> str:
    """The style sheet, with the filter rules: they need no script."""
    sheets = [(_TEMPLATES / name).read_text("utf-8") for name in _STYLES]
    hide = "{display:none}"
    rules = [f"body:has(#show-{outcome}:not(:checked)) .scenario.is-{outcome}{hide}" for outcome in Outcome]
    rules += [f"body:has(#only-{place}:checked) .scenario:not(.on-{place}){hide}" for place in range(channels)]
    return "\n".join([*sheets, "@media screen{", *rules, "}"])


@cache
def _script() -> str:
    return (_TEMPLATES / "report.js").read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, posted or run but the one style sheet and the one script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
