"""A small picture that says the verdict, for a README or a dashboard."""

from typing import Final
from xml.etree import ElementTree as ET

from reports.headline import Tone, headline
from reports.model import Run
from reports.text import one_line

LABEL: Final = "bridge conformance"
_COLOURS: Final = {Tone.GOOD: "#1a7f37", Tone.BAD: "#b42318", Tone.UNKNOWN: "#57606a"}
_LETTER: Final = 6.6
_PADDING: Final = 16


def badge(run: Run) -> str:
    """The badge as an SVG document."""
    told = headline(run)
    words = one_line(told.badge, 40)
    left, right = _width(LABEL), _width(words)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "role": "img",
            "width": str(left + right),
            "height": "20",
            "viewBox": f"0 0 {left + right} 20",
            "aria-label": f"{LABEL}: {words}",
        },
    )
    ET.SubElement(root, "title").text = f"{LABEL}: {words}"
    ET.SubElement(root, "rect", {"width": str(left + right), "height": "20", "rx": "4", "fill": "#2f363d"})
    ET.SubElement(
        root,
        "path",
        {"d": f"M{left} 0h{right - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-{right - 4}z", "fill": _COLOURS[told.tone]},
    )
    for middle, text in ((left / 2, LABEL), (left + right / 2, words)):
        look = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,sans-serif", "font-size": "11"}
        ET.SubElement(root, "text", {"x": f"{middle:g}", "y": "14", "text-anchor": "middle", **look}).text = text
    return ET.tostring(root, encoding="unicode") + "\n"


def _width(words: str) -> int:
    return round(len(words) * _LETTER) + _PADDING
