"""What is read from any vendor's answer."""

import pytest

from fake_sinch.adapters.answers import no_answer, no_media, object_of, read_bytes, reason_by_words, retry_after
from fake_sinch.adapters.contract import MediaFailed, MediaFile, RetryLater
from fake_sinch.effects import Answer
from fake_sinch.reasons import ReasonCode


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b"7"])
def test_an_answer_without_an_object_holds_an_empty_one(body: bytes) -> None:
    """So that a field can be asked for, whatever came."""
    assert object_of(Answer(200, {}, body)) == {}
    assert object_of(Answer(200, {}, b'{"id": 1}')) == {"id": 1}


def test_the_first_row_that_fits_gives_the_reason() -> None:
    """By status and a fragment, in either case; where none fits the channel rejected."""
    rows = ((400, "gone", ReasonCode.RECIPIENT_NOT_REACHABLE), (400, "", ReasonCode.BAD_REQUEST))
    assert reason_by_words(rows, 400, "User is GONE") is ReasonCode.RECIPIENT_NOT_REACHABLE
    assert reason_by_words(rows, 400, "what?") is ReasonCode.BAD_REQUEST
    assert reason_by_words(rows, 403, "gone") is ReasonCode.CHANNEL_REJECT


@pytest.mark.parametrize("status", [0, 500, 503])
def test_outages_are_retried(status: int) -> None:
    """No answer and server errors may pass."""
    assert isinstance(no_answer(Answer(status)), RetryLater)


@pytest.mark.parametrize("status", [200, 400, 429])
def test_answers_are_not_outages(status: int) -> None:
    """Everything else is the adapter's to read."""
    assert no_answer(Answer(status)) is None


def test_retry_after_is_seconds() -> None:
    """A whole number of seconds is understood, everything else ignored."""
    assert retry_after(Answer(429, {"retry-after": "7"})) == 7.0
    assert retry_after(Answer(429, {"retry-after": "tomorrow"})) is None
    assert retry_after(Answer(429)) is None


@pytest.mark.parametrize(
    ("told", "named", "mime"),
    [
        ("image/png", "image/jpeg", "image/png"),
        ("application/octet-stream", "image/jpeg", "image/jpeg"),
        ("", "audio/ogg", "audio/ogg"),
        ("application/octet-stream", "", "application/octet-stream"),
    ],
)
def test_file_type_is_what_the_server_told_unless_it_told_nothing(told: str, named: str, mime: str) -> None:
    """The callback's media type stands in for a generic one."""
    answer = Answer(200, {"content-type": told}, b"bytes")
    assert read_bytes(answer, named) == MediaFile(mime, b"bytes")


def test_missing_bytes_are_asked_for_again() -> None:
    """A link may have expired between the hops, so every failure of the last hop is retried from the first."""
    failed = read_bytes(Answer(404))
    assert isinstance(failed, MediaFailed)
    assert failed.retry


@pytest.mark.parametrize(("status", "retry"), [(0, True), (429, True), (502, True), (400, False), (404, False)])
def test_files_that_do_not_exist_are_given_up(status: int, retry: bool) -> None:  # noqa: FBT001 - a row
    """A refused first hop is final, an outage is not."""
    assert no_media(Answer(status)).retry is retry
