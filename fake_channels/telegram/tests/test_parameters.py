"""Parameters, however they come."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from fake_channels.core.http import HttpRequest
from fake_channels.telegram import parameters
from fake_channels.telegram.parameters import read
from fake_channels.telegram.wire import Refused

_PART = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n%s\r\n--b--\r\n'
_FORM = "application/x-www-form-urlencoded"


def _args(method: str, *, query: str = "", body: bytes = b"", mime: str = "application/json") -> dict[str, Any]:
    return read(method, HttpRequest("POST", "/", raw_query=query, headers={"content-type": mime}, body=body))[0]


_WANTED = {"chat_id": "42", "text": "x", "protect_content": True, "reply_parameters": {"message_id": 7}}
_SPELLINGS: dict[str, dict[str, Any]] = {
    "query": {"query": urlencode({**_WANTED, "protect_content": "True", "reply_parameters": '{"message_id":7}'})},
    "form": {
        "body": urlencode({**_WANTED, "protect_content": "1", "reply_parameters": '{"message_id":7}'}).encode(),
        "mime": _FORM,
    },
    "JSON": {"body": orjson.dumps({**_WANTED, "chat_id": 42})},
    "JSON with text inside": {"body": orjson.dumps({**_WANTED, "reply_parameters": '{"message_id":7}'})},
}


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_every_encoding_gives_the_same(spelling: str) -> None:
    """Numbers and booleans as text, nested objects as JSON text or as they are."""
    assert _args("sendMessage", **_SPELLINGS[spelling]) == _WANTED


def test_the_body_wins_over_the_query_and_null_is_absent() -> None:
    """As for a parameter that is given twice."""
    args = _args("sendMessage", query="chat_id=1", body=b'{"chat_id":2,"text":null}')
    assert args == {"chat_id": "2"}


@pytest.mark.parametrize(
    ("value", "read_as"),
    [(5, 5), ("5", 5), (" -5 ", -5), (5.9, 5), (1e300 * 1e10, None), ("five", None), ([], None), (True, 1)],
)
def test_integers_are_taken_as_text_too(value: Any, read_as: int | None) -> None:
    """What is no number is as if it were absent."""
    assert parameters.METHODS["getUpdates"]["limit"](value) == read_as


@pytest.mark.parametrize(("value", "read_as"), [("1.5", 1.5), (2, 2.0), ("x", None), ({}, None)])
def test_numbers_are_taken_as_text_too(value: Any, read_as: float | None) -> None:
    """As integers are."""
    assert parameters.METHODS["sendLocation"]["latitude"](value) == read_as


@pytest.mark.parametrize(
    ("value", "read_as"),
    [(True, True), ("true", True), ("True", True), ("1", True), (1, True), ("no", False), (0, False)],
)
def test_booleans_are_taken_as_text_too(value: Any, read_as: bool) -> None:  # noqa: FBT001  a row's value
    """`True`, as Python spells it, included."""
    assert parameters.METHODS["sendMessage"]["protect_content"](value) is read_as


@pytest.mark.parametrize(
    ("arguments", "description"),
    [
        ({"body": b"{"}, "can't parse the request body as JSON"),
        ({"body": b"[]"}, "can't parse the request body as a JSON object"),
        ({"body": b'{"text":"\xff"}'}, "strings must be encoded in UTF-8"),
        ({"body": _PART % b"\xff", "mime": "multipart/form-data; boundary=b"}, "strings must be encoded in UTF-8"),
        ({"body": b"nonsense", "mime": "multipart/form-data; boundary=b"}, "can't parse the request body as a form"),
        ({"body": b'{"reply_markup":"{"}'}, "can't parse reply keyboard markup JSON object"),
        ({"body": b'{"reply_markup":{"inline_keyboard":[{}]}}'}, "can't parse reply keyboard markup JSON object"),
        ({"body": b'{"reply_markup":[]}'}, "object expected as reply markup"),
        ({"body": b'{"reply_markup":5}'}, "object expected as reply markup"),
        ({"body": b'{"reply_parameters":{}}'}, "can't parse reply parameters JSON object"),
        ({"body": b'{"entities":5}'}, "can't parse entities JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused(arguments: dict[str, Any], description: str) -> None:
    """With a 400."""
    with pytest.raises(Refused) as caught:
        _args("sendMessage", **arguments)
    assert caught.value.description == f"Bad Request: {description}"


def test_unknown_parameters_types_and_empty_objects_are_ignored() -> None:
    """As the server does."""
    assert _args("getMe", body=b'{"x":1}') == {}
    assert _args("sendMessage", body=b"text=x", mime="text/plain") == {}
    assert _args("sendMessage", body=b'{"reply_markup":""}') == {}


def test_a_form_brings_its_files() -> None:
    """By the names of their parts."""
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\nxyz\r\n--b--\r\n'
    request = HttpRequest("POST", "/", headers={"content-type": "multipart/form-data; boundary=b"}, body=body)
    args, files = read("sendPhoto", request)
    assert args == {}
    assert (files["photo"].name, files["photo"].data) == ("a.png", b"xyz")
