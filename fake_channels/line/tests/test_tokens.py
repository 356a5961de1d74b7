"""Tokens that carry what they are about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.line.tokens import QUOTE, READ, seal, unseal

_SECRET = "0123456789abcdef0123456789abcdef"
_USERS = st.binary(min_size=16, max_size=16).map(lambda octets: f"U{octets.hex()}")


@given(_USERS, st.integers(0, 2**63 - 1).map(str))
def test_what_was_sealed_is_read_back(user_id: str, message_id: str) -> None:
    """By whoever has the secret, and for the same purpose alone."""
    token = seal(_SECRET, QUOTE, user_id, message_id)
    assert unseal(_SECRET, QUOTE, token) == (user_id, message_id)
    assert unseal(_SECRET, READ, token) is None
    assert unseal("another", QUOTE, token) is None
    garbled = token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8)
    assert unseal(_SECRET, QUOTE, garbled) is None


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 108, "A" * 84 + "0" * 24, "\ud800"])
def test_any_other_string_means_nothing(token: str) -> None:
    """Whatever it is."""
    assert unseal(_SECRET, QUOTE, token) is None
