"""What the suite knows of channels comes from the fakes' own tables."""

from __future__ import annotations

import pytest

from fake_channels.registry import CHANNELS
from harness.channels import BY_SINCH, NAMES, TITLES, UnknownNeed, able, carries


def test_a_channel_that_the_gateway_speaks_can_be_judged() -> None:
    """Under the registry's name and title, and found again by the Conversation API's."""
    assert set(NAMES) <= set(CHANNELS)
    assert (TITLES["sms"], BY_SINCH["SMS"]) == (CHANNELS["sms"].title, "sms")


def test_a_kind_is_carried_when_the_whole_way_is_native() -> None:
    """To the customer the gateway must send it as what it is; from the customer the channel alone decides."""
    assert carries("whatsapp", "location", "MO")
    assert not carries("sms", "image", "MT")
    assert not carries("telegram", "list", "MT")


def test_a_file_is_carried_when_its_type_is_taken() -> None:
    """Asked with a type, the channel's own table decides; the gateway's says what goes as a link."""
    assert carries("whatsapp", "image", "MT", "image/png")
    assert not carries("whatsapp", "image", "MT", "image/gif")
    assert carries("viberbm", "image", "MT", "image/anything")
    assert not carries("viberbm", "video", "MT", "video/mp4")


def test_the_able_carry_everything_that_is_needed() -> None:
    """All of the needs, not one of them."""
    assert "sms" in able(("text:MO",))
    assert "sms" not in able(("text:MO", "image:MO"))


@pytest.mark.parametrize("need", ["text", "text:UP", "smoke:MO", ""])
def test_a_need_that_no_table_answers_is_refused(need: str) -> None:
    """With a sentence that says how to write one."""
    with pytest.raises(UnknownNeed, match="write KIND:MO or KIND:MT"):
        able((need,))
