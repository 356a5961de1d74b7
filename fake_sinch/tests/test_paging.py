"""Paging: pages partition a list, tokens are URL-safe and cannot be made up."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.errors import Refusal
from fake_sinch.limits import PageSize
from fake_sinch.paging import key_of, page, size, token

KEYS = st.tuples(st.integers(0, 10**13), st.text(max_size=30).filter(lambda t: "\udcff" not in t))


@given(KEYS)
def test_a_token_names_its_key(key: tuple[int, str]) -> None:
    """Tokens need no escapes in a URL and give their key back."""
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token(key))
    assert key_of(token(key)) == key


@given(
    st.lists(st.tuples(st.integers(0, 50), st.text("AB", max_size=3)), unique=True), st.integers(1, 7), st.booleans()
)
def test_pages_partition_the_list(items: list[tuple[int, str]], count: int, newest_first: bool) -> None:  # noqa: FBT001 - drawn
    """Page after page gives every item once, in order, and the last has no token."""
    seen: list[tuple[int, str]] = []
    after = ""
    while True:
        shown, after = page(items, lambda i: i, count, after, newest_first=newest_first)
        seen += shown
        if not after:
            break
    assert seen == sorted(items, reverse=newest_first)


@given(st.text(max_size=20))
def test_made_up_tokens_are_refused_or_harmless(text: str) -> None:
    """Whatever stands in page_token, it is a key or a refusal."""
    with suppress(Refusal):
        assert token(key_of(text)) == text


@pytest.mark.parametrize(("asked", "used"), [("", 10), ("0", 10), ("7", 7), ("20", 20), ("99999", 20), (5, 5)])
def test_page_sizes(asked: str | int, used: int) -> None:
    """Absent and 0 mean the default; more than the most means the most."""
    assert size(asked, PageSize(10, 20)) == used


@pytest.mark.parametrize("asked", ["-1", "x", "1.5", "²", "9" * 5000])
def test_page_sizes_that_are_no_numbers(asked: str) -> None:
    """They are refused by name."""
    with pytest.raises(Refusal):
        size(asked, PageSize(10, 20))


def test_a_full_last_page_has_no_token() -> None:
    """Nobody is sent to an empty page."""
    items = [(0, "a"), (0, "b")]
    assert page(items, lambda i: i, 2, "") == (items, "")
