"""Requests and answers as values."""

from __future__ import annotations

import pytest

from fake_channels.core.http import MAX_DEPTH, HttpRequest, parse_json


def test_a_body_is_decoded_once() -> None:
    """However often it is asked for."""
    request = HttpRequest("POST", "/", body=b'{"a": [1]}')
    assert request.json() is request.json()
    assert request.json() == {"a": [1]}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'"\xed\xa0\x80"', "{'a': 1}"])
def test_what_is_no_json_is_a_value_error(raw: bytes | str) -> None:
    """Whatever the decoder calls it."""
    with pytest.raises(ValueError, match=r".+"):
        parse_json(raw)


def test_depth_has_an_end() -> None:
    """Many brackets side by side are fine, as many inside one another are not."""
    wide = b"[" + b",".join([b"{}"] * (2 * MAX_DEPTH)) + b"]"
    assert len(parse_json(wide)) == 2 * MAX_DEPTH
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        with pytest.raises(ValueError, match="nested"):
            parse_json((opened * (MAX_DEPTH + 1) + "1" + closed * (MAX_DEPTH + 1)).encode())
