"""Rows and properties of Range, If-Range and If-None-Match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactpro_bridge.attachments.ranges import (
    Part,
    Selection,
    Unsatisfiable,
    Whole,
    none_matches,
    parse_range,
    range_applies,
)

# The same examples everywhere, however busy the machine is.
STEADY = settings(deadline=None, derandomize=True)

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "selection"),
    [
        (None, Whole()),
        ("", Whole()),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-9", Part(0, 10)),
        ("bytes=0-999", Part(0, 10)),
        ("bytes=9-", Part(9, 10)),
        ("bytes=2-4", Part(2, 5)),
        ("BYTES=2-4", Part(2, 5)),
        ("bytes= 2-4 ", Part(2, 5)),
        ("bytes=-1", Part(9, 10)),
        ("bytes=-10", Part(0, 10)),
        ("bytes=-999", Part(0, 10)),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=10-", Unsatisfiable()),
        ("bytes=10-20", Unsatisfiable()),
        ("bytes=" + "9" * 5000 + "-", Unsatisfiable()),
        ("bytes=0-" + "9" * 5000, Part(0, 10)),
        ("bytes=4-2", Whole()),
        ("bytes=-", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=1", Whole()),
        ("bytes=--1", Whole()),
        ("bytes=+1-2", Whole()),
        ("bytes=\u0661-2", Whole()),
        ("items=0-1", Whole()),
        ("bytes 0-1", Whole()),
        ("bytes=0-1,3-4", Whole()),
        ("bytes=0-1,", Whole()),
    ],
)
def test_range_of_ten_bytes(header: str | None, selection: Selection) -> None:
    """One well-formed byte range selects a part or is unsatisfiable; anything else selects the whole."""
    assert parse_range(header, 10) == selection


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_an_empty_file_satisfies_no_range(header: str) -> None:
    """No range holds a byte of an empty file."""
    assert parse_range(header, 0) == Unsatisfiable()


@STEADY
@given(st.integers(0, 60), st.integers(0, 60), st.binary(max_size=50))
def test_a_range_selects_what_slicing_selects(first: int, last: int, data: bytes) -> None:
    """A range first-last selects the bytes data[first:last+1], and is never an empty part."""
    selected = parse_range(f"bytes={first}-{last}", len(data))
    if last < first:
        assert selected == Whole()
    elif isinstance(selected, Part):
        assert data[selected.start : selected.end] == data[first : last + 1] != b""
        assert selected.content_range(len(data)) == f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"
        assert selected.size_bytes == len(data[first : last + 1])
    else:
        assert selected == Unsatisfiable()
        assert data[first : last + 1] == b""


@STEADY
@given(st.text(alphabet="bytes=0123456789-, \t\u0661", max_size=30), st.integers(0, 100))
def test_no_header_selects_bytes_outside_the_file(header: str, size: int) -> None:
    """Whatever the header, a part lies within the file."""
    selected = parse_range(header, size)
    if isinstance(selected, Part):
        assert 0 <= selected.start < selected.end <= size


@pytest.mark.parametrize(
    ("header", "sends"),
    [
        (None, True),
        ('"abc"', False),
        ('W/"abc"', False),
        ('"x", "abc"', False),
        ("*", False),
        (" * ", False),
        ('"x"', True),
        ("abc", True),
        ("", True),
        ('"x, "', True),
    ],
)
def test_if_none_match(header: str | None, sends: bool) -> None:  # noqa: FBT001 - a column of the table
    """The file is sent unless a listed tag, weak or strong, or * says that the client has it."""
    assert none_matches(header, ETAG) is sends


@pytest.mark.parametrize(
    ("header", "applies"),
    [
        (None, True),
        ('"abc"', True),
        ('W/"abc"', False),
        ('"old"', False),
        ("Wed, 25 Nov 2026 10:00:00 GMT", False),
    ],
)
def test_if_range(header: str | None, applies: bool) -> None:  # noqa: FBT001 - a column of the table
    """A range counts when If-Range is absent or names this very content."""
    assert range_applies(header, ETAG) is applies
