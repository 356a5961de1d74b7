"""Formatted text: HTML and Markdown to plain text with entities, and the entities found in plain text. Pure.

Offsets and lengths count UTF-16 units: https://core.telegram.org/bots/api#formatting-options
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final

Entity = dict[str, Any]
Parsed = tuple[str, list[Entity]]


class Unparsable(ValueError):
    """The markup is broken; the message is the server's own explanation."""


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Writer:
    """Plain text as it grows, with the entities that are open."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._entities: list[Entity] = []
        self.at = 0
        """In UTF-16 units."""

    def write(self, text: str) -> None:
        self._parts.append(text)
        self.at += units(text)

    def text_since(self, mark: int) -> str:
        return "".join(self._parts[mark:])

    @property
    def mark(self) -> int:
        return len(self._parts)

    def span(self, kind: str, start: int, **rest: str) -> None:
        if self.at > start:
            # The outer one, which is closed later, comes first.
            self._entities.insert(0, {"offset": start, "length": self.at - start, "type": kind, **rest})

    def done(self) -> Parsed:
        return "".join(self._parts), sorted(self._entities, key=lambda one: (one["offset"], -one["length"]))


# --- HTML -------------------------------------------------------------------------------------------------------------

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>|<")
_ATTRIBUTE: Final = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HTML_TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "",
}


def parse_html(text: str) -> Parsed:
    """Read the HTML that the API takes.

    Raises:
        Unparsable: an unknown tag, or one that is not closed.
    """
    writer, stack, at = _Writer(), [], 0
    for tag in _TAG.finditer(text):
        writer.write(html.unescape(text[at : tag.start()]))
        at, offset = tag.end(), len(text[: tag.start()].encode())
        name = (tag[2] or "").lower()
        if tag[2] is None:
            raise Unparsable(f"Unexpected end tag or unclosed start tag at byte offset {offset}")
        if not tag[1]:
            if name not in _HTML_TAGS:
                raise Unparsable(f'Unsupported start tag "{name}" at byte offset {offset}')
            stack.append((name, writer.at, writer.mark, _attributes(tag[3])))
            continue
        if not stack:
            raise Unparsable(f"Unexpected end tag at byte offset {offset}")
        opened, start, mark, attributes = stack.pop()
        if opened != name:
            raise Unparsable(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"',
            )
        _close_html(writer, opened, start, mark, attributes)
    writer.write(html.unescape(text[at:]))
    if stack:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return writer.done()


def _attributes(raw: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(raw)
    return {one[1].lower(): html.unescape(one[2] or one[3] or one[4] or "") for one in found}


def _close_html(writer: _Writer, name: str, start: int, mark: int, attributes: dict[str, str]) -> None:
    kind = _HTML_TAGS[name]
    if name == "a":
        url = attributes.get("href") or writer.text_since(mark)
        if _URL.match(url) or url.startswith("tg://"):
            writer.span(kind, start, url=url)
    elif kind:
        writer.span(kind, start)


# --- Markdown ---------------------------------------------------------------------------------------------------------

_V2_MARKS: Final = (
    ("```", "pre"),
    ("||", "spoiler"),
    ("__", "underline"),
    ("*", "bold"),
    ("_", "italic"),
    ("~", "strikethrough"),
    ("`", "code"),
)
_V1_MARKS: Final = (("```", "pre"), ("*", "bold"), ("_", "italic"), ("`", "code"))
_V2_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
_CODE: Final = frozenset({"code", "pre"})
_LINK: Final = re.compile(r"\]\(((?:\\.|[^)\\])*)\)", re.DOTALL)


class _Markdown:
    """One pass over Markdown text."""

    def __init__(self, text: str, marks: tuple[tuple[str, str], ...], reserved: frozenset[str]) -> None:
        self._text, self._marks, self._reserved = text, marks, reserved
        self._writer = _Writer()
        self._open: list[tuple[str, str, int, int]] = []
        """Mark, kind, where it began in the plain text and in the source."""
        self._at = 0

    def parse(self) -> Parsed:
        while self._at < len(self._text):
            if not (self._escape() or self._mark() or self._link()):
                self._plain()
        if self._open:
            _, kind, _, source = self._open[-1]
            raise Unparsable(f"Can't find end of {_title(kind)} entity at byte offset {self._bytes(source)}")
        return self._writer.done()

    def _bytes(self, at: int) -> int:
        return len(self._text[:at].encode())

    def _escape(self) -> bool:
        following = self._text[self._at + 1 : self._at + 2]
        escapable = following.isascii() and not following.isalnum() and following.strip() != ""
        if self._text[self._at] != "\\" or not escapable:
            return False
        self._writer.write(following)
        self._at += 2
        return True

    def _mark(self) -> bool:
        in_code = self._open[-1] if self._open and self._open[-1][1] in _CODE else None
        for mark, kind in self._marks:
            if not self._text.startswith(mark, self._at) or (in_code and in_code[0] != mark):
                continue
            if self._open and self._open[-1][0] == mark:
                _, opened, start, _ = self._open.pop()
                self._writer.span(opened, start)
            else:
                self._open.append((mark, kind, self._writer.at, self._at))
            self._at += len(mark)
            return True
        return False

    def _link(self) -> bool:
        if self._open and self._open[-1][1] in _CODE:
            return False
        if self._text[self._at] == "[":
            self._open.append(("[", "text_link", self._writer.at, self._at))
            self._at += 1
            return True
        if self._text[self._at] != "]" or not self._open or self._open[-1][0] != "[":
            return False
        found = _LINK.match(self._text, self._at)
        _, kind, start, _ = self._open.pop()
        if found is None:
            self._at += 1
            return True
        url = re.sub(r"\\(.)", r"\1", found[1])
        if _URL.match(url) or url.startswith("tg://"):
            self._writer.span(kind, start, url=url)
        self._at = found.end()
        return True

    def _plain(self) -> None:
        character = self._text[self._at]
        in_code = bool(self._open) and self._open[-1][1] in _CODE
        if character in self._reserved and not in_code:
            raise Unparsable(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
        self._writer.write(character)
        self._at += 1


def _title(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))


def parse_markdown_v2(text: str) -> Parsed:
    """Read MarkdownV2.

    Raises:
        Unparsable: a reserved character that is not escaped, or an entity without end.
    """
    return _Markdown(text, _V2_MARKS, _V2_RESERVED).parse()


def parse_markdown(text: str) -> Parsed:
    """Read the older Markdown.

    Raises:
        Unparsable: an entity without end.
    """
    return _Markdown(text, _V1_MARKS, frozenset()).parse()


PARSERS: Final[dict[str, Callable[[str], Parsed]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown_v2,
    "markdown": parse_markdown,
}
"""By `parse_mode` in lower case, as the server compares it."""

# --- found in plain text ----------------------------------------------------------------------------------------------

_URL: Final = re.compile(r"https?://[^\s<>]+[^\s<>.,!?:;)\]}'\"]")
_FOUND: Final = re.compile(
    rf"(?P<url>{_URL.pattern})"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z]\w{3,31})\b"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)
_HINTS: Final = frozenset("/@#")


def find(text: str) -> list[Entity]:
    """The entities that a client or the server finds by itself."""
    if _HINTS.isdisjoint(text):
        return []
    return [
        {"offset": units(text[: found.start()]), "length": units(found[0]), "type": found.lastgroup}
        for found in _FOUND.finditer(text)
    ]
