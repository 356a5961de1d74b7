"""Asking: merge patches, identities, masks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.asking import merge_patch, plain_identity

RFC_7386 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""Appendix A of RFC 7386, https://www.rfc-editor.org/rfc/rfc7386#appendix-A, rows whose patch is an object."""


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7386)
def test_merge_patch_follows_the_rfc(target: Any, patch: Any, result: Any) -> None:
    """Each example of the RFC."""
    assert merge_patch(target, patch) == result


FLAT = st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=4)


@given(FLAT, FLAT)
def test_merging_twice_is_merging_once(target: dict[str, Any], patch: dict[str, Any]) -> None:
    """A retried patch changes nothing more, and the original is left alone."""
    before = dict(target)
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert target == before


@pytest.mark.parametrize(
    ("channel", "given", "stored"),
    [
        ("SMS", "+46700000001", "46700000001"),
        ("WHATSAPP", " 46700000001", "46700000001"),
        ("TELEGRAM", "+5", "+5"),
        ("MESSENGER", " id ", "id"),
    ],
)
def test_identities_are_stored_plain(channel: str, given: str, stored: str) -> None:
    """Only phone numbers lose their plus sign."""
    assert plain_identity(channel, given) == stored
