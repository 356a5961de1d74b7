"""The payloads that buttons carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.adapters.contract import Tapped, choice_payload, split_choice

ID = "01KAXZ0000000000000000MT01"


@given(st.text(max_size=300), st.integers(0, 9), st.integers(64, 256))
def test_payload_comes_back(postback: str, place: int, most_bytes: int) -> None:
    """What a button carries fits the channel, and names the message and either the postback or the place."""
    payload = choice_payload(ID, postback, place, most_bytes)
    assert len(payload.encode()) <= most_bytes
    tapped = split_choice(payload)
    assert tapped in {Tapped(ID, postback), Tapped(ID, "", place)}
    if len(f"{ID}_{postback}".encode()) <= most_bytes:
        assert tapped == Tapped(ID, postback)


@pytest.mark.parametrize("payload", ["", "plain", "01KAXZ_short", f"{ID}", f"x{ID}_y", f"{ID}#x"])
def test_foreign_payload_is_the_postback(payload: str) -> None:
    """A payload that was not made here is the postback itself."""
    assert split_choice(payload) == Tapped("", payload)
