"""Message bodies for people: JSON indented, forms one field a line, binary described, all of it bounded.

What it shows is still the evidence: numbers keep their spelling and repeated keys stay. It knows no HTML.
"""

import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import orjson

from reports import masks
from reports.model import Message
from reports.text import capped, grouped

SHOWN_CHARACTERS: Final = 6_000
_PARSED_CHARACTERS: Final = 256 * 1024
_OPEN: Final = frozenset("{[")
_CLOSE: Final = frozenset("}]")
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True)
class Shown:
    """A body as text, and a line that says what it is and how much of it is shown."""

    text: str
    about: str


def shown(message: Message) -> Shown:
    """The body of a message, ready to be read."""
    size = f"{grouped(message.bytes)} bytes"
    digest = f", SHA-256 {message.sha256[:16]}\u2026" if message.sha256 else ""
    kind = content_type(message)
    if message.body is None or message.bytes == 0:
        return Shown("", "no body" if message.bytes == 0 else f"{size}, not recorded{digest}")
    about = ", ".join(part for part in (kind, size) if part)
    if message.encoding == "base64":
        return Shown("", f"binary, {about}{digest}")
    pretty = readable(masks.body(message.body), kind)
    if len(pretty) > SHOWN_CHARACTERS:
        about += ", cut here"
    elif message.truncated:
        about += ", cut in the trace"
    return Shown(capped(pretty, SHOWN_CHARACTERS), about + digest)


def content_type(message: Message) -> str:
    """The media type without parameters, in lower case; empty when the message names none."""
    return (header(message, "content-type") or "").partition(";")[0].strip().lower()


def header(message: Message, name: str) -> str | None:
    """A header's first value, whatever the case of its name."""
    for key, value in message.headers.items():
        if key.lower() == name:
            return value if isinstance(value, str) else next(iter(value), None)
    return None


def readable(body: str, kind: str) -> str:
    """A text body laid out for reading; as it is when it cannot be parsed."""
    if len(body) > _PARSED_CHARACTERS:
        return body
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qsl(body, keep_blank_values=True)
        return "\n".join(f"{key} = {value}" for key, value in fields) if fields else body
    if body.lstrip()[:1] in ("{", "["):
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        return _indented(body)
    return body


def _indented(document: str) -> str:
    """Valid JSON, indented piece by piece: numbers and repeated keys stay as written, escaped letters are shown."""
    out: list[str] = []
    depth = 0
    previous = ""
    for piece in _PIECE.findall(document):
        if piece in _CLOSE:
            depth -= 1
            out.append("" if previous in _OPEN else "\n" + "  " * depth)
        elif previous in _OPEN or previous == ",":
            out.append("\n" + "  " * depth)
        out.append(_literal(piece) + (" " if piece == ":" else ""))
        if piece in _OPEN:
            depth += 1
        previous = piece
    return "".join(out)


def _literal(piece: str) -> str:
    if "\\" not in piece:
        return piece
    text: str = json.loads(piece)
    return json.dumps(text, ensure_ascii=False)
