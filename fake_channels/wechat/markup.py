"""The XML that WeChat speaks: flat documents with CDATA, read without DTDs and entities. Pure."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias
from xml.parsers import expat

Json: TypeAlias = dict[str, Any]

MAX_BYTES: Final = 262_144
_MAX_DEPTH: Final = 8
_BAD_CHARS: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Malformed(ValueError):
    """This is no XML of the kind that is spoken here."""


class Number(str):
    """A value that stands in the document without CDATA."""

    __slots__ = ()


def render(fields: Json) -> bytes:
    """`fields` as `<xml>…</xml>`: strings as CDATA, numbers bare, dicts nested, lists as repeated elements."""
    return f"<xml>{_render_fields(fields)}</xml>".encode()


def _render_fields(fields: Json) -> str:
    return "".join(_element(name, one) for name, value in fields.items() for one in _each(value))


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _element(name: str, value: Any) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an element")
    if isinstance(value, dict):
        inner = _render_fields(value)
    elif isinstance(value, int | float | Number):
        inner = str(value)
    else:
        inner = _cdata(value)
    return f"<{name}>{inner}</{name}>"


def _cdata(text: str) -> str:
    """CDATA that gives back just this text; parsers turn a bare carriage return into a line feed."""
    clean = _BAD_CHARS.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{clean}]]>".replace("\r", "]]>&#13;<![CDATA[")


def parse(data: bytes) -> Json:
    """The fields of `<xml>…</xml>`: text as it stands, repeated elements as a list.

    Raises:
        Malformed: not well-formed, another root, too large or deep, or with a DTD.
    """
    if len(data) > MAX_BYTES:
        raise Malformed(f"larger than {MAX_BYTES} bytes")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)  # noqa: FBT003  the parser's own signature
    except (expat.ExpatError, LookupError, ValueError) as error:  # a lookup of an encoding that there is not
        raise Malformed(str(error)) from error
    if not isinstance(reader.root, dict):
        raise Malformed("the document holds no fields")
    return reader.root


class _Reader:
    """Builds the fields while the parser reads."""

    def __init__(self) -> None:
        self.root: Json | str = ""
        self._open: list[tuple[str, Json, list[str]]] = []

    def refuse(self, *_: object) -> None:
        raise Malformed("a DTD is not allowed")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self._open and name != "xml":
            raise Malformed(f"the root is <{name}>, not <xml>")
        if len(self._open) >= _MAX_DEPTH:
            raise Malformed("nested too deeply")
        self._open.append((name, {}, []))

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1][2].append(data)

    def end(self, _name: str) -> None:
        name, fields, texts = self._open.pop()
        value: Json | str = fields or "".join(texts)
        if not self._open:
            self.root = value
            return
        parent = self._open[-1][1]
        if name in parent:
            parent[name] = [*_each(parent[name]), value]
        else:
            parent[name] = value
