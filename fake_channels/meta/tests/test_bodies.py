"""Parameters of a request, wherever they stand."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from fake_channels.core.http import HttpRequest
from fake_channels.meta import bodies
from fake_channels.meta.tests.calls import PNG, multipart

_FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_json_form_and_query_say_the_same() -> None:
    """In forms and queries objects are JSON strings."""
    fields = {"recipient": '{"id":"1"}', "fields": "a,b", "list": "[1]"}
    said = {"recipient": {"id": "1"}, "fields": "a,b", "list": [1]}
    query = urlencode(fields)
    by_json = HttpRequest("POST", "/", body=b'{"recipient":{"id":"1"},"fields":"a,b","list":[1]}')
    assert bodies.read(by_json).parameters == said
    in_json = HttpRequest("POST", "/", body=b'{"recipient":"{\\"id\\":\\"1\\"}","fields":"a,b","list":"[1]"}')
    assert bodies.read(in_json).parameters == said
    assert bodies.read(HttpRequest("POST", "/", headers=_FORM, body=query.encode())).parameters == said
    assert bodies.read(HttpRequest("GET", "/", raw_query=query)).parameters == said


def test_a_text_that_only_looks_like_json_stays_a_text() -> None:
    """Nobody's braces are an error."""
    assert bodies.read(HttpRequest("GET", "/", raw_query="a=%7Bno")).parameters == {"a": "{no"}


def test_the_body_wins_over_the_query_and_tokens_are_no_parameters() -> None:
    """Unless they are asked for."""
    request = HttpRequest("POST", "/", raw_query="a=1&access_token=T&appsecret_proof=p", body=b'{"a":2}')
    assert bodies.read(request).parameters == {"a": 2}
    assert bodies.read(request, keep_secrets=True).parameters == {"a": 2, "access_token": "T", "appsecret_proof": "p"}


def test_a_multipart_form_brings_its_file() -> None:
    """Beside its fields."""
    headers = {"content-type": "multipart/form-data; boundary=b"}
    body = multipart({"message": '{"attachment":{}}'}, PNG, "image/png", "a.png")
    given = bodies.read(HttpRequest("POST", "/", headers=headers, body=body))
    assert given.parameters == {"message": {"attachment": {}}}
    assert (given.uploads["filedata"].data, given.uploads["filedata"].content_type) == (PNG, "image/png")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"\xff", b'{"a":"\\ud800"}'])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match="body"):
        bodies.read(HttpRequest("POST", "/", body=body))


@pytest.mark.parametrize("value", ["a, b,a,", ["a", "b", "a"]])
def test_names_come_as_text_or_as_a_list(value: object) -> None:
    """Each once, in order."""
    assert bodies.names(value) == ("a", "b")
