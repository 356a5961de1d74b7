"""The picture shows who said what to whom, in order, and is sound SVG whatever the words."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.badge import badge
from reports.model import Run
from reports.reader import load
from reports.sequence import SHOWN_EVENTS, participants, sequence, sequence_file
from reports.tests import hostile, runs
from reports.tests.runs import JsonObject

SVG = "{http://www.w3.org/2000/svg}"


def _run(folder: Path, *trace: JsonObject) -> Run:
    return load(runs.write(folder, runs.small(runs.scenario(trace=list(trace)))))


def _draw(folder: Path, *trace: JsonObject) -> ET.Element:
    run = _run(folder, *trace)
    return ET.fromstring(sequence(run, run.scenarios[0]))  # noqa: S314 - our own output


def _texts(root: ET.Element, look: str) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text") if look in (one.get("class") or "").split()]


def test_participants_stand_from_customer_to_agent(tmp_path: Path) -> None:
    """Whatever the order of the hops, the phone is left, then its channel, the gateway, the bridge, the desk."""
    run = _run(
        tmp_path,
        runs.event(1, source="desk", target="subject"),
        runs.event(2, source="subject", target="sinch"),
        runs.event(3, source="sinch", target="whatsapp"),
        runs.plain_event(4, "phone", "show text", "whatsapp", "phone"),
    )
    assert participants(run.scenarios[0]) == ["phone", "whatsapp", "sinch", "subject", "desk"]


def test_hops_are_numbered_named_and_timed(tmp_path: Path) -> None:
    """Each arrow has its number, virtual time, name and answer, top to bottom."""
    root = _draw(
        tmp_path, runs.event(1), runs.event(2, status=503, at="2024-01-01T10:00:05Z"), runs.event(3, status=None)
    )
    assert _texts(root, "seq-number") == ["1", "2", "3"]
    assert _texts(root, "seq-time") == ["10:00:00.250", "10:00:05", "10:00:00.250"]
    assert _texts(root, "seq-name") == ["webhook MESSAGE_INBOUND"] * 3
    assert _texts(root, "seq-answer") == ["200 \u00b7 4 ms", "503 \u00b7 4 ms", "no answer"]
    assert len(_texts(root, "seq-bad")) == 2


def test_arrows_point_from_source_to_target(tmp_path: Path) -> None:
    """A hop to the right ends right of its start, one to the left ends left of it."""
    root = _draw(tmp_path, runs.event(1), runs.event(2, source="subject", target="sinch"))
    arrows = [line for line in root.iter(f"{SVG}line") if "seq-arrow" in (line.get("class") or "")]
    there, back = [int(line.get("x2", "0")) - int(line.get("x1", "0")) for line in arrows]
    assert there > 0 > back
    tips = [tip.get("points", "").replace(",", " ").split() for tip in root.iter(f"{SVG}polygon")]
    assert [int(tip[0]) > int(tip[2]) for tip in tips] == [True, False]


def test_a_participant_may_talk_to_itself(tmp_path: Path) -> None:
    """Such a hop is a loop, not a line without length."""
    root = _draw(tmp_path, runs.event(1, source="subject", target="subject"))
    assert [path.get("class") for path in root.iter(f"{SVG}path")] == ["seq-arrow seq-good"]


def test_clock_faults_and_notes_are_bands(tmp_path: Path) -> None:
    """What is no message lies across the picture."""
    root = _draw(
        tmp_path,
        runs.event(1),
        runs.plain_event(2, "clock", "advance 24h"),
        runs.plain_event(3, "fault", "drop", note="once"),
    )
    assert _texts(root, "seq-note") == ["Clock \u00b7 advance 24h", "Fault \u00b7 drop \u00b7 once"]


def test_a_new_day_is_marked(tmp_path: Path) -> None:
    """When the clock passes midnight the reader sees the date."""
    root = _draw(tmp_path, runs.event(1), runs.event(2), runs.event(3, at="2024-01-02T10:00:00Z"))
    assert _texts(root, "seq-day") == ["2024-01-01", "2024-01-02"]


def test_long_exchanges_end_with_a_count(tmp_path: Path) -> None:
    """A picture has a bound, and says what it leaves out."""
    root = _draw(tmp_path, *(runs.event(n) for n in range(SHOWN_EVENTS + 7)))
    assert len(_texts(root, "seq-name")) == SHOWN_EVENTS
    assert "7 more" in _texts(root, "seq-note")[-1]


def test_nothing_exchanged_is_no_picture(tmp_path: Path) -> None:
    """Neither an empty trace nor one of notes only makes a file."""
    for trace in ([], [runs.plain_event(1, "note", "hello")]):
        run = _run(tmp_path, *trace)
        assert sequence(run, run.scenarios[0]) == sequence_file(run, run.scenarios[0]) == ""


@pytest.mark.parametrize("text", hostile.ROWS.values(), ids=hostile.ROWS.keys())
def test_any_words_make_sound_svg(tmp_path: Path, text: str) -> None:
    """Names and participants are text in the picture, never markup, and never wider than it."""
    run = _run(tmp_path, runs.event(1, name=text, target=text or "x"), runs.plain_event(2, "note", text, note=text))
    root = ET.fromstring(sequence_file(run, run.scenarios[0]))  # noqa: S314 - our own output
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg",
        "style",
        "rect",
        "line",
        "text",
        "g",
        "polygon",
    }
    assert all(len(one.text or "") < 120 for one in root.iter(f"{SVG}text"))


def test_the_file_brings_its_own_style(tmp_path: Path) -> None:
    """Alone on a disk the picture has colours, for light and for dark, and loads nothing."""
    run = _run(tmp_path, runs.event(1))
    made = sequence_file(run, run.scenarios[0])
    assert "prefers-color-scheme: dark" in made
    assert ".seq-arrow" in made
    assert "url(" not in made


@pytest.mark.parametrize(("exit_code", "words"), [(0, "conforms"), (1, "does not conform"), (4, "incomplete")])
def test_the_badge_says_the_verdict(tmp_path: Path, exit_code: int, words: str) -> None:
    """In the picture and for those who cannot see it."""
    root = ET.fromstring(badge(load(runs.write(tmp_path, runs.small(exit_code=exit_code)))))  # noqa: S314 - our own
    assert root.get("aria-label") == f"bridge conformance: {words}"
    assert [one.text for one in root.iter(f"{SVG}text")] == ["bridge conformance", words]
