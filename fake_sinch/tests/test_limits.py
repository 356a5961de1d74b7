"""Limits: the tables and the JSON Schemas say the same."""

from typing import Any

import pytest

from fake_sinch import contracts, limits
from fake_sinch.settings import SMS_RETRY_DELAYS_S


def _fields(name: str) -> Any:
    return contracts.document("requests", name)["properties"]


def _defined(request: str, name: str) -> Any:
    return contracts.document("requests", request)["$defs"][name]


def test_channels_are_the_same_everywhere() -> None:
    """Enumeration, credentials and the special sets name the same channels."""
    assert _defined("send_message", "channel")["enum"] == list(limits.CHANNELS)
    assert set(limits.CREDENTIAL_KEYS) == set(limits.CHANNELS)
    assert set(limits.CHANNELS) >= limits.MSISDN_CHANNELS | limits.APP_SCOPED_CHANNELS | limits.PROFILE_CHANNELS
    assert not limits.MSISDN_CHANNELS & limits.APP_SCOPED_CHANNELS


def test_every_credential_key_has_a_shape() -> None:
    """Each key of the table is described in the credential's schema."""
    shape = _defined("create_app", "credential")["properties"]
    assert {key for keys in limits.CREDENTIAL_KEYS.values() for key in keys} <= set(shape)


def test_message_kinds_are_the_same() -> None:
    """Exactly one of the kinds of the table."""
    branches = _defined("send_message", "app_message")["oneOf"]
    assert [b["required"][0] for b in branches] == list(limits.MESSAGE_KINDS)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (_defined("send_message", "metadata")["maxLength"], limits.METADATA_CHARS),
        (_fields("send_message")["correlation_id"]["maxLength"], limits.CORRELATION_ID_CHARS),
        (_fields("create_webhook")["target"]["maxLength"], limits.WEBHOOK_TARGET_CHARS),
        (_fields("create_webhook")["triggers"]["items"]["enum"], list(limits.TRIGGERS)),
    ],
)
def test_numbers_are_the_same(found: object, expected: object) -> None:
    """A limit that stands in a schema stands in the table too."""
    assert found == expected


def test_the_retry_schedule_is_the_documented_one() -> None:
    """From 5 s doubling to 81920 s."""
    assert SMS_RETRY_DELAYS_S[:4] == (5, 10, 20, 40)
    assert SMS_RETRY_DELAYS_S[-1] == 81_920
