"""Secrets do not get into logs."""

import pytest

from contactpro_bridge.logs import MASK, mask_secrets, mask_text


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
