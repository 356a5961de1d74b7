"""A scenario's wire exchange as one SVG picture: participants across, hops down, virtual time on the left.

It draws; the words and numbers are the trace's. The picture stands alone as a file or inline in a page.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from reports.model import Event, EventKind, Participant, Run, Scenario
from reports.text import duration, one_line

SHOWN_EVENTS: Final = 150

_TEMPLATES: Final = Path(__file__).parent / "templates"
_MARGIN: Final = 112
_COLUMN: Final = 190
_HEAD: Final = 52
_ROW: Final = 46
_BAND: Final = 34
_DAY: Final = 24
_LETTER: Final = 7.25  # of the monospace face at 12 px
_PADDING: Final = 10
_FIRST_ERROR: Final = 400

_TITLES: Final[dict[str, str]] = {
    "phone": "Customer\u2019s phone",
    "sinch": "Sinch Conversation API",
    "subject": "Bridge under test",
    "desk": "Agent desk",
}
# From the customer to the agent; whoever is not named here is a channel, or stands with them.
_PLACES: Final[dict[str, int]] = {"phone": 0, "sinch": 2, "subject": 3, "desk": 4, "lab": 5, "harness": 5}
_CHANNEL_PLACE: Final = 1
_BANDS: Final = frozenset({EventKind.CLOCK, EventKind.FAULT, EventKind.NOTE})


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where each participant's line stands."""

    columns: dict[Participant, int]
    width: int

    def x(self, participant: Participant) -> int:
        return _MARGIN + _COLUMN // 2 + self.columns[participant] * _COLUMN


def title_of(run: Run, participant: Participant) -> str:
    """What people call a participant."""
    if participant in _TITLES:
        return _TITLES[participant]
    titles: dict[str, str] = {channel.name: channel.title for channel in run.header.channels}
    return titles.get(participant, participant)


def participants(scenario: Scenario) -> list[Participant]:
    """Who takes part in the exchange, from the customer's side to the agent's."""
    met: dict[Participant, int] = {}
    for event in scenario.trace:
        if _is_arrow(event):
            met.setdefault(event.source, len(met))
            met.setdefault(event.target, len(met))
    return sorted(met, key=lambda one: (_PLACES.get(one, _CHANNEL_PLACE), met[one]))


def sequence(run: Run, scenario: Scenario) -> str:
    """The picture as SVG text for a page; empty when the scenario exchanged nothing."""
    root = _draw(run, scenario)
    return "" if root is None else ET.tostring(root, encoding="unicode")


def sequence_file(run: Run, scenario: Scenario) -> str:
    """The picture as an SVG document of its own, with its style in it; empty when there is nothing to draw."""
    root = _draw(run, scenario)
    if root is None:
        return ""
    style = ET.Element("style")
    style.text = "\n".join((_TEMPLATES / name).read_text("utf-8") for name in ("palette.css", "sequence.css"))
    root.insert(0, style)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def clock_text(instant: str) -> str:
    """The time of day of an RFC 3339 instant, to the millisecond where it has one."""
    return instant[11:-1][:12]


def _draw(run: Run, scenario: Scenario) -> ET.Element | None:
    people = participants(scenario)
    if not people:
        return None
    stage = _Stage({one: place for place, one in enumerate(people)}, _MARGIN + _COLUMN * len(people))
    body = ET.Element("g")
    y = _HEAD
    day = ""
    for place, event in enumerate(scenario.trace[:SHOWN_EVENTS]):
        if event.at[:10] != day:
            day = event.at[:10]
            y = _draw_day(body, stage, y, day)
        y = _draw_event(body, stage, y, place + 1, event)
    if (more := len(scenario.trace) - SHOWN_EVENTS) > 0:
        y = _draw_band(body, stage, y, f"\u2026 and {more} more, not drawn", "seq-band")
    return _frame(run, scenario, stage, body, y + 12)


def _frame(run: Run, scenario: Scenario, stage: _Stage, body: ET.Element, height: int) -> ET.Element:
    names = ", ".join(title_of(run, one) for one in stage.columns)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "seq",
            "role": "img",
            "viewBox": f"0 0 {stage.width} {height}",
            "width": str(stage.width),
            "height": str(height),
            "aria-label": one_line(f"{len(scenario.trace)} hops between {names}", 300),
        },
    )
    _rect(root, 0, 0, stage.width, height, "seq-paper")
    for one in stage.columns:
        x = stage.x(one)
        _line(root, (x, _HEAD - 10), (x, height), "seq-life")
        _rect(root, x - _COLUMN // 2 + 8, 8, _COLUMN - 16, 30, "seq-subject" if one == "subject" else "seq-head")
        _text(root, x, 28, _fit(title_of(run, one), _COLUMN - 24), "seq-who", "middle")
    root.append(body)
    return root


def _draw_event(parent: ET.Element, stage: _Stage, y: int, number: int, event: Event) -> int:
    if _is_arrow(event):
        _text(parent, 8, y + 26, str(number), "seq-number")
        _text(parent, _MARGIN - 6, y + 26, clock_text(event.at), "seq-time", "end")
        _draw_arrow(parent, stage, y + 22, event)
        return y + _ROW
    _text(parent, 8, y + 21, str(number), "seq-number")
    _text(parent, _MARGIN - 6, y + 21, clock_text(event.at), "seq-time", "end")
    words = " \u00b7 ".join(part for part in (event.kind.value.capitalize(), event.name, event.note or "") if part)
    return _draw_band(parent, stage, y, words, "seq-fault" if event.kind is EventKind.FAULT else "seq-band")


def _draw_arrow(parent: ET.Element, stage: _Stage, y: int, event: Event) -> None:
    start, end = stage.x(event.source), stage.x(event.target)
    look = "seq-bad" if is_bad(event) else "seq-good" if event.status is not None else "seq-plain"
    answer = answer_text(event)
    if start == end:
        path = f"M{start},{y - 6} h34 v16 h-30"
        ET.SubElement(parent, "path", {"d": path, "class": f"seq-arrow {look}"})
        _head(parent, start + 2, y + 10, -1, look)
        _text(parent, start + 42, y, _fit(event.name, _COLUMN // 2 - 44), "seq-name")
        _text(parent, start + 42, y + 15, answer, f"seq-answer {look}")
        return
    way = 1 if end > start else -1
    middle = (start + end) // 2
    _line(parent, (start + 3 * way, y), (end - 9 * way, y), f"seq-arrow {look}")
    _head(parent, end - 1 * way, y, way, look)
    _text(parent, middle, y - 6, _fit(event.name, abs(end - start) - _PADDING), "seq-name", "middle")
    _text(parent, middle, y + 15, _fit(answer, abs(end - start) - _PADDING), f"seq-answer {look}", "middle")


def answer_text(event: Event) -> str:
    """What came back, in a few letters."""
    took = "" if event.duration_ms is None else duration(event.duration_ms)
    if event.status is None:
        return "no answer" if event.kind is EventKind.HTTP else ""
    return " \u00b7 ".join(part for part in (str(event.status), took) if part)


def is_bad(event: Event) -> bool:
    """Whether a hop was refused or never answered, or is a fault put there on purpose."""
    if event.kind is EventKind.HTTP:
        return event.status is None or event.status >= _FIRST_ERROR
    return event.kind is EventKind.FAULT


def _draw_day(parent: ET.Element, stage: _Stage, y: int, day: str) -> int:
    _line(parent, (_MARGIN, y + 12), (stage.width - 8, y + 12), "seq-daybreak")
    _text(parent, _MARGIN - 6, y + 16, day, "seq-day", "end")
    return y + _DAY


def _draw_band(parent: ET.Element, stage: _Stage, y: int, words: str, look: str) -> int:
    width = stage.width - _MARGIN - 8
    _rect(parent, _MARGIN, y + 4, width, _BAND - 8, look)
    _text(parent, _MARGIN + width // 2, y + 21, _fit(words, width - _PADDING), "seq-note", "middle")
    return y + _BAND


def _is_arrow(event: Event) -> bool:
    return event.kind not in _BANDS and bool(event.source) and bool(event.target)


def _fit(text: str, width: int) -> str:
    return one_line(text, max(4, int(width / _LETTER)))


def _text(parent: ET.Element, x: int, y: int, words: str, look: str, anchor: str = "start") -> None:
    if words:
        place = {"x": str(x), "y": str(y), "class": look, "text-anchor": anchor}
        ET.SubElement(parent, "text", place).text = words


def _line(parent: ET.Element, start: tuple[int, int], end: tuple[int, int], look: str) -> None:
    ends = {"x1": str(start[0]), "y1": str(start[1]), "x2": str(end[0]), "y2": str(end[1])}
    ET.SubElement(parent, "line", {**ends, "class": look})


def _rect(parent: ET.Element, x: int, y: int, width: int, height: int, look: str) -> None:
    place = {"x": str(x), "y": str(y), "width": str(width), "height": str(height), "rx": "5"}
    ET.SubElement(parent, "rect", {**place, "class": look})


def _head(parent: ET.Element, x: int, y: int, way: int, look: str) -> None:
    points = f"{x},{y} {x - 10 * way},{y - 5} {x - 10 * way},{y + 5}"
    ET.SubElement(parent, "polygon", {"points": points, "class": f"seq-tip {look}"})
