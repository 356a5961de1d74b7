"""Formatted text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.telegram.entities import (
    Unparsable,
    find,
    parse_html,
    parse_markdown,
    parse_markdown_v2,
    units,
)


def _entity(kind: str, offset: int, length: int, **rest: Any) -> dict[str, Any]:
    return {"offset": offset, "length": length, "type": kind, **rest}


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("plain", "plain", []),
        ("a &lt;b&gt; &amp; &quot;", 'a <b> & "', []),
        ("<b>bold</b>", "bold", [_entity("bold", 0, 4)]),
        ("👋<STRONG>x</STRONG>", "👋x", [_entity("bold", 2, 1)]),
        ("<i><u>xy</u>z</i>", "xyz", [_entity("italic", 0, 3), _entity("underline", 0, 2)]),
        (
            '<a href="https://a.example/?x=1&amp;y=2">t</a>',
            "t",
            [_entity("text_link", 0, 1, url="https://a.example/?x=1&y=2")],
        ),
        ("<a>https://a.example/b</a>", "https://a.example/b", [_entity("text_link", 0, 19, url="https://a.example/b")]),
        ('<a href="nowhere">t</a>', "t", []),
        ('<pre><code class="language-py">x</code></pre>', "x", [_entity("pre", 0, 1), _entity("code", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<tg-emoji emoji-id='5'>👍</tg-emoji>", "👍", []),
    ],
)
def test_html(source: str, text: str, found: list[dict[str, Any]]) -> None:
    """Tags become entities that count UTF-16 units; the text is what is left."""
    assert parse_html(source) == (text, found)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("é<blink>", 'Unsupported start tag "blink" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("1 < 2", "Unexpected end tag or unclosed start tag at byte offset 2"),
    ],
)
def test_broken_html_is_explained(source: str, why: str) -> None:
    """With the place in bytes."""
    with pytest.raises(Unparsable) as caught:
        parse_html(source)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        (r"1\.5 \* 2", "1.5 * 2", []),
        (
            "*b* _i_ __u__ ~s~ ||p|| `c`",
            "b i u s p c",
            ["bold", "italic", "underline", "strikethrough", "spoiler", "code"],
        ),
        ("`a*b_c`", "a*b_c", ["code"]),
        ("```x.y```", "x.y", ["pre"]),
        (r"[t](https://a.example/\))", "t", ["text_link"]),
        ("[t](nowhere)", "t", []),
        ("*[t](https://a.example/)*", "t", ["bold", "text_link"]),
        ("👋 *x*", "👋 x", ["bold"]),
    ],
)
def test_markdown_v2(source: str, text: str, found: list[str]) -> None:
    """Marks become entities."""
    plain, entities = parse_markdown_v2(source)
    assert (plain, sorted(one["type"] for one in entities)) == (text, sorted(found))
    assert all(one["offset"] + one["length"] <= units(text) for one in entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("hello!", "Character '!' is reserved and must be escaped with the preceding '\\'"),
        ("*x", "Can't find end of Bold entity at byte offset 0"),
        ("é _x", "Can't find end of Italic entity at byte offset 3"),
        ("[x", "Can't find end of TextLink entity at byte offset 0"),
    ],
)
def test_broken_markdown_v2_is_explained(source: str, why: str) -> None:
    """A reserved character, or an entity without end."""
    with pytest.raises(Unparsable) as caught:
        parse_markdown_v2(source)
    assert str(caught.value) == why


def test_old_markdown_reserves_nothing() -> None:
    """Only its own marks count."""
    assert parse_markdown("*b* 1.5 (x) [t] !") == ("b 1.5 (x) t !", [_entity("bold", 0, 1)])


@given(st.text())
def test_escaped_text_comes_out_of_html_as_it_was(text: str) -> None:
    """For any text."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


@given(st.text())
def test_escaped_text_comes_out_of_markdown_as_it_was(text: str) -> None:
    """For any text."""
    escaped = "".join(f"\\{one}" if one in "_*[]()~`>#+-=|{}.!\\" else one for one in text)
    assert parse_markdown_v2(escaped) == (text, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start ref1", [_entity("bot_command", 0, 6)]),
        ("👋 /help@acme_bot", [_entity("bot_command", 3, 14)]),
        ("see https://a.example/b.", [_entity("url", 4, 19)]),
        ("@acme_bot #tag1", [_entity("mention", 0, 9), _entity("hashtag", 10, 5)]),
        ("a/b mail@host.example #1 1/2", []),
        ("nothing here", []),
    ],
)
def test_entities_are_found_in_plain_text(text: str, found: list[dict[str, Any]]) -> None:
    """Commands, URLs, mentions and hashtags."""
    assert find(text) == found
