"""The XML of callbacks and replies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.wechat import markup
from fake_channels.wechat.markup import Malformed, Number

_CHARS = st.characters(codec="utf-8")
_TEXTS = st.text(_CHARS, max_size=40).filter(lambda text: not markup._BAD_CHARS.search(text))
_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,9}", fullmatch=True)
_VALUES = _TEXTS | st.dictionaries(_NAMES, _TEXTS, min_size=1, max_size=3) | st.lists(_TEXTS, min_size=2, max_size=3)


@given(st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=5))
def test_what_is_rendered_is_parsed_as_it_was(fields: dict[str, Any]) -> None:
    """Brackets, ends of CDATA, entities, carriage returns and all."""
    assert markup.parse(markup.render(fields)) == fields


def test_texts_are_cdata_and_numbers_are_bare() -> None:
    """As the vendor writes them."""
    told = markup.render({"ToUserName": "gh_x", "CreateTime": 5, "Location_X": Number("1.5"), "A": {"B": "c"}})
    assert told == (
        b"<xml><ToUserName><![CDATA[gh_x]]></ToUserName><CreateTime>5</CreateTime>"
        b"<Location_X>1.5</Location_X><A><B><![CDATA[c]]></B></A></xml>"
    )


def test_what_xml_cannot_hold_is_left_out() -> None:
    """Control characters and the two that are none."""
    assert markup.parse(markup.render({"A": "a\x00\x0b\ufffe\uffffb"})) == {"A": "ab"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no element found"),
        (b"success!", "not well-formed"),
        (b'{"errcode":0}', "not well-formed"),
        (b"<xml>", "no element found"),
        (b"<html><a>b</a></html>", "the root is <html>"),
        (b"<xml>text</xml>", "no fields"),
        (b"<xml></xml>", "no fields"),
        (b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>', "DTD"),
        (b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x"><xml><A>a</A></xml>', "DTD"),
        (b"<xml><A>&b;</A></xml>", "undefined entity"),
        (b"<xml>" + b"<A>" * 9 + b"</A>" * 9 + b"</xml>", "too deeply"),
        (b"<xml><A>\xff</A></xml>", "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><xml><A>a</A></xml>', "unknown encoding"),
        (b"<xml><A>" + b"a" * markup.MAX_BYTES + b"</A></xml>", "larger than"),
    ],
)
def test_anything_else_is_refused(data: bytes, why: str) -> None:
    """No DTD, no entity of somebody's own, no depth, no size without end."""
    with pytest.raises(Malformed, match=why):
        markup.parse(data)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    """Whatever a server answers."""
    with suppress(Malformed):
        markup.parse(data)


def test_repeated_elements_become_a_list() -> None:
    """As the articles of a reply do."""
    assert markup.parse(b"<xml><A><i>1</i><i><b>2</b></i></A></xml>") == {"A": {"i": ["1", {"b": "2"}]}}


def test_a_name_that_is_none_is_our_mistake() -> None:
    """It would end the element."""
    with pytest.raises(ValueError, match="no name of an element"):
        markup.render({"a b": "c"})
