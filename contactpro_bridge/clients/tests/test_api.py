"""The one mapping of the API's errors."""

from typing import Any

import pytest

from contactpro_bridge.clients.api import error_from_answer


@pytest.mark.parametrize(
    ("status", "code", "retryable", "maybe_done"),
    [
        (400, "INVALID_ARGUMENT", False, False),
        (401, "UNAUTHENTICATED", False, False),
        (403, "PERMISSION_DENIED", False, False),
        (404, "NOT_FOUND", False, False),
        (409, "UNKNOWN", False, False),
        (429, "RESOURCE_EXHAUSTED", True, False),
        (500, "UNAVAILABLE", True, True),
        (501, "UNIMPLEMENTED", False, True),
        (503, "UNAVAILABLE", True, True),
    ],
)
def test_a_status_says_whether_to_repeat_and_whether_to_ask_first(
    status: int,
    code: str,
    retryable: bool,  # noqa: FBT001 - a column of the table above
    maybe_done: bool,  # noqa: FBT001 - as above
) -> None:
    """5xx may have had its effect, 4xx has not."""
    error = error_from_answer(status, None, None)
    assert (error.code, error.retryable, error.maybe_done) == (code, retryable, maybe_done)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "No"}}, "FAILED_PRECONDITION", "No"),
        ({"error": "invalid_client", "error_description": "Bad key"}, "INVALID_ARGUMENT", "Bad key"),
        ({"error": {"status": "x" * 5000, "message": "y" * 5000}}, "INVALID_ARGUMENT", "y" * 500),
        ({"error": {"status": "A\0B", "message": "No\0"}}, "INVALID_ARGUMENT", "No\ufffd"),
        ({"error": {"status": 7, "message": []}}, "INVALID_ARGUMENT", "The Conversation API answered 400."),
        ([], "INVALID_ARGUMENT", "The Conversation API answered 400."),
    ],
    ids=["api", "oauth", "huge", "unstorable", "wrong types", "no object"],
)
def test_the_apis_own_words_are_used_where_they_are_usable(body: Any, code: str, message: str) -> None:
    """They end in a transcript, a column and a metric: bounded, and names that are names."""
    error = error_from_answer(400, body, None)
    assert (error.code, error.message) == (code, message)
