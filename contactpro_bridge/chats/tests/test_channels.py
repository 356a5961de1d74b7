"""Channels and identities."""

import pytest

from contactpro_bridge.chats.channels import CHANNELS, Kind, channel_of, identity_key


@pytest.mark.parametrize(
    ("channel", "identity", "key"),
    [
        ("WHATSAPP", "+358 40 123-4567", "358401234567"),
        ("SMS", "00358401234567", "358401234567"),
        ("SMS", "358(40)1234567", "358401234567"),
        ("MESSENGER", "+7 42", "+7 42"),
    ],
)
def test_telephone_numbers_are_one_identity_however_they_are_written(channel: str, identity: str, key: str) -> None:
    """Only channels whose identities are numbers normalise them."""
    assert identity_key(channel, identity) == key


def test_an_unknown_channel_carries_text() -> None:
    """The vendor may add channels: they are shown under their own name."""
    channel = channel_of("APPLE_BC")
    assert (channel.sub_channel, channel.kinds) == ("apple-bc", frozenset({Kind.TEXT}))


def test_contact_pro_names_its_sub_channels() -> None:
    """The documented names of Contact Pro."""
    names = {"facebook", "instagram", "sms", "telegram", "viber", "viber-bot", "whatsapp", "line", "wechat"}
    assert names <= {row.sub_channel for row in CHANNELS.values()}


def test_agents_begin_chats_on_sms_and_whatsapp_only() -> None:
    """Documented: an agent can start only SMS or WhatsApp chats."""
    assert {name for name, row in CHANNELS.items() if row.agent_may_start} == {"SMS", "WHATSAPP"}
