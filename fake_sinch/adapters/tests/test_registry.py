"""The registry names adapters for channels of the lab."""

from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.capabilities import Channel


def test_registered_channels_exist() -> None:
    """Every registered channel is one of the lab's, and has rows in the matrix."""
    assert set(REGISTRY) <= set(Channel)
    assert {"WHATSAPP", "TELEGRAM", "SMS"} <= set(REGISTRY)
