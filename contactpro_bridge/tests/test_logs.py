"""Secrets do not get into logs."""

import logging

import pytest
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import RequestPayloadError

from contactpro_bridge.logs import MASK, mask_secrets, mask_text, note_broken_request


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh12345678",
        "basic a2V5OnNlY3JldHNlY3JldA==",
        "postgresql+psycopg://bridge:hunter22@db.example.com/bridge",
        "https://user:hunter22@example.com/",
    ],
)
def test_credentials_inside_texts_are_masked(text: str) -> None:
    """Whatever an exception says."""
    masked = mask_text(text)
    assert MASK in masked
    assert not any(secret in masked for secret in ("hunter22", "abcdefgh12345678", "a2V5OnNlY3JldHNlY3JldA"))


@pytest.mark.parametrize("key", ["webhook_secret", "token", "Authorization", "db_password", "api_key"])
def test_values_whose_key_names_a_secret_are_masked(key: str) -> None:
    """However they look."""
    assert mask_secrets(None, "", {key: "value", "event": "e"}) == {key: MASK, "event": "e"}


def test_other_texts_stay() -> None:
    """An e-mail address and a URL with a port are no credentials."""
    for text in ("write to a@b.example", "http://127.0.0.1:8610/health", "basic idea"):
        assert mask_text(text) == text


def record_of(problem: Exception, name: str = "aiohttp.server") -> logging.LogRecord:
    """Return what a library logs of an exception."""
    exc_info = (type(problem), problem, None)
    return logging.LogRecord(name, logging.ERROR, "", 0, "Error handling request from %s", ("x",), exc_info)


@pytest.mark.parametrize("problem", [ConnectionResetError(), BadHttpMessage("x"), RequestPayloadError()], ids=repr)
def test_a_request_that_is_no_http_is_one_line_and_no_traceback(problem: Exception) -> None:
    """Anybody can send such, as often as they like."""
    record = record_of(problem)
    note_broken_request(record)
    assert (record.levelno, record.exc_info) == (logging.INFO, None)
    assert record.getMessage() == f"request_broken: {type(problem).__name__}"


def test_a_defect_keeps_its_traceback() -> None:
    """Ours, or that of a library."""
    for record in (record_of(KeyError("x")), record_of(ConnectionResetError(), "asyncio")):
        assert note_broken_request(record)
        assert (record.levelno, record.exc_info is None) == (logging.ERROR, False)
