"""Makes foreign text safe to show: control characters become visible, length is bounded.

It knows nothing of HTML, XML or Markdown escaping: each writer escapes for its own format, after this.
"""

import re

# Bidirectional embeddings, overrides and isolates can make a line read as something it is not. See
# https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing. Direction marks (U+200E, U+200F) stay: honest
# right-to-left text needs them.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (*range(0x80, 0xA0), 0x2028, 0x2029, 0xFEFF, *_BIDI)
# XML 1.0 has no place for these, not even escaped: https://www.w3.org/TR/xml/#charsets
_REPLACED = (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)

_TABLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: "\u2421",
    **{code: f"[U+{code:04X}]" for code in _INVISIBLE},
    **dict.fromkeys(_REPLACED, "\ufffd"),
}


def visible(text: str) -> str:
    """The text with nothing hidden in it; tabs and line feeds stay, CR LF becomes LF. Legal in XML 1.0."""
    return text.replace("\r\n", "\n").translate(_TABLE)


def capped(text: str, limit: int) -> str:
    """The text, cut to at most ``limit`` characters with a mark that it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def one_line(text: str, limit: int) -> str:
    """The text on one visible line of at most ``limit`` characters."""
    return capped(visible(re.sub(r"\s+", " ", text[: limit * 4]).strip()), limit)


def grouped(number: int) -> str:
    """A count for people: ``12 345``, the groups joined by a no-break space."""
    return f"{number:,}".replace(",", "\u00a0")


def duration(milliseconds: float) -> str:
    """A length of time for people: ``840 ms``, ``12.3 s``, ``4 min 05 s``."""
    if milliseconds < 1000:  # noqa: PLR2004 - a second
        return f"{milliseconds:.0f}\u00a0ms"
    seconds = milliseconds / 1000
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f}\u00a0s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}\u00a0min {rest:02d}\u00a0s"


def count(number: int, noun: str) -> str:
    """``1 requirement``, ``2 requirements``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
