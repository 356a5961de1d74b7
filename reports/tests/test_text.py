"""Foreign text is made safe before any format escapes it; bodies and secrets are shown as they should be."""

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import masks
from reports.bodies import SHOWN_CHARACTERS, readable, shown
from reports.model import Message
from reports.names import stem, stems
from reports.reader import load
from reports.tests import runs
from reports.text import capped, count, duration, grouped, one_line, visible


@given(st.text(st.characters(codec=None)))
def test_visible_text_is_legal_xml(text: str) -> None:
    """Whatever the text, XML can carry it after ``visible``; even a lone surrogate."""
    element = ET.Element("a")
    element.text = visible(text)
    assert (ET.fromstring(ET.tostring(element, encoding="utf-8")).text or "") == visible(text)  # noqa: S314 - just made


def test_hidden_characters_are_shown() -> None:
    """Nulls, escapes and direction overrides become visible; letters, emoji and honest right-to-left text stay."""
    assert visible("a\0b\x1b\u202e") == "a\u2400b\u241b[U+202E]"
    assert visible("a\r\nb\tc") == "a\nb\tc"
    assert visible("\ud800") == "\ufffd"
    assert visible("مرحبا \U0001f468\u200d\U0001f469 ok\u200f") == "مرحبا \U0001f468\u200d\U0001f469 ok\u200f"


def test_lengths_and_numbers_for_people() -> None:
    """Short forms a reader does not have to decode."""
    assert capped("abcdef", 4) == "abc\u2026"
    assert one_line(" a\n b ", 10) == "a b"
    assert grouped(1234567) == "1\u00a0234\u00a0567"
    assert [duration(n) for n in (0, 12_300, 245_000)] == ["0\u00a0ms", "12.3\u00a0s", "4\u00a0min 05\u00a0s"]
    assert (count(1, "hop"), count(2, "hop")) == ("1 hop", "2 hops")


def _message(body: str | None, **changes: object) -> Message:
    return msgspec.convert(runs.message(body, **changes), Message)


def test_json_is_indented_without_changing_it() -> None:
    """Numbers keep their spelling, repeated keys stay, escaped letters become readable."""
    body = '{"n":12345678901234567890,"e":1.50,"n":[],"t":"\\u0645 \\"q\\"","o":{}}'
    assert readable(body, "application/json") == (
        '{\n  "n": 12345678901234567890,\n  "e": 1.50,\n  "n": [],\n  "t": "م \\"q\\"",\n  "o": {}\n}'
    )


@pytest.mark.parametrize("body", ['{"cut": "he', "[1,", "{}}", "plain", "<xml/>"])
def test_what_is_not_json_is_left_alone(body: str) -> None:
    """A truncated or foreign body is shown as it is."""
    assert readable(body, "application/json") == body


def test_forms_show_a_field_a_line() -> None:
    """A form body is decoded."""
    assert readable("a=1&b=x%20y&c=", "application/x-www-form-urlencoded") == "a = 1\nb = x y\nc = "


def test_a_huge_body_is_cut_and_says_so() -> None:
    """The page holds the beginning, and the full length and digest."""
    made = shown(_message("x" * 1_000_000))
    assert len(made.text) == SHOWN_CHARACTERS
    assert "1\u00a0000\u00a0000 bytes, cut here, SHA-256" in made.about


def test_bodies_that_are_not_there_are_told_apart() -> None:
    """No body, a body not recorded, a binary one and one cut in the trace each say so."""
    assert shown(_message("")).about == "no body"
    assert shown(_message(None, bytes=9, sha256=None)).about == "9 bytes, not recorded"
    binary = shown(_message("AAAA", encoding="base64", bytes=3, headers={"content-type": "image/png"}))
    assert binary.text == ""
    assert binary.about.startswith("binary, image/png, 3 bytes")
    assert "cut in the trace" in shown(_message('{"a', bytes=900, truncated=True)).about


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Authorization", "Bearer abc.def", f"Bearer {masks.MASK}"),
        ("authorization", "Basic a2V5OnNlY3JldA==", f"Basic {masks.MASK}"),
        ("X-Viber-Auth-Token", "44-55-66", masks.MASK),
        ("Authorization", "Bearer ***", "Bearer ***"),
        ("Content-Type", "text/plain", "text/plain"),
        ("Cookie", "", ""),
    ],
)
def test_credentials_in_headers_are_masked(name: str, value: str, expected: str) -> None:
    """A credential never reaches a report; the scheme and what is masked already stay."""
    assert masks.header(name, value) == expected


def test_credentials_in_urls_and_bodies_are_masked() -> None:
    """Tokens in a path, a query, a form or a JSON body are masked, the rest stays."""
    assert masks.url("http://h/bot12:ABCDEFGHIJ/send?a=1&access_token=xyz&b=2") == (
        f"http://h/bot12:{masks.MASK}/send?a=1&access_token={masks.MASK}&b=2"
    )
    assert (
        masks.body('{"access_token": "a\\"b", "expires_in": 1}')
        == f'{{"access_token": "{masks.MASK}", "expires_in": 1}}'
    )
    assert masks.body("grant_type=x&client_secret=s3") == f"grant_type=x&client_secret={masks.MASK}"
    assert masks.body('{"text":"my passwords"}') == '{"text":"my passwords"}'


@pytest.mark.parametrize("identity", ["../../etc/passwd", "a/b", "", ".", "x" * 300, "مرحبا", "a\0b", "CON:1"])
def test_a_file_name_is_safe(identity: str) -> None:
    """Whatever the id, the name has letters, digits, hyphens and underscores only, and is short."""
    made = stem(identity)
    assert made
    assert len(made) < 100
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in made)


def test_file_names_are_kept_apart(tmp_path: Path) -> None:
    """Shared ids, and ids that differ in case or in unsafe letters only, get names of their own."""
    scenarios = [
        runs.scenario("same"),
        runs.scenario("same", channel="sms"),
        runs.scenario("case"),
        runs.scenario("Case"),
        runs.scenario("CASE"),
        runs.scenario("a b"),
        runs.scenario("a/b"),
        runs.scenario("same", channel="sms", name="again"),
    ]
    names = stems(load(runs.write(tmp_path, runs.small(*scenarios))))
    assert len({name.lower() for name in names}) == len(scenarios)
    assert "same-sms" in names
