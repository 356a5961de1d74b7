"""What adapters share: payloads of buttons, answers that every channel retries, the last hop of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sinch.adapters.contract import (
    MediaFailed,
    MediaFile,
    RetryLater,
    Tapped,
    choice_payload,
    no_answer,
    no_media,
    read_bytes,
    retry_after,
    split_choice,
)
from fake_sinch.effects import Answer

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
