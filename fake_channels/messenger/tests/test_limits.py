"""The tables agree with the schemas and with themselves."""

from __future__ import annotations

from typing import Any

from fake_channels.core.schemas import load
from fake_channels.messenger import limits
from fake_channels.messenger.rules import PLATFORM

_SCHEMA = load("fake_channels.messenger", "send.json")


def _payload(kind: str) -> Any:
    message = _SCHEMA["kinds"][kind]["properties"]["message"]["properties"]
    return message["attachment"]["properties"]["payload"]["properties"]


def test_schemas_say_what_the_tables_say() -> None:
    """Each number once more, where a validator needs it."""
    definitions = _SCHEMA["$defs"]
    assert definitions["buttons"]["maxItems"] == limits.BUTTONS_MAX
    assert definitions["button"]["properties"]["title"]["maxLength"] == limits.BUTTON_TITLE_MAX
    assert definitions["payload"]["maxLength"] == limits.PAYLOAD_MAX
    assert definitions["quick_replies"]["maxItems"] == limits.QUICK_REPLIES_MAX
    assert definitions["quick_replies"]["items"]["properties"]["title"]["maxLength"] == limits.BUTTON_TITLE_MAX
    assert _payload("button template")["text"]["maxLength"] == limits.BUTTON_TEXT_MAX
    cards = _payload("generic template")["elements"]
    assert cards["maxItems"] == limits.ELEMENTS_MAX
    assert {cards["items"]["properties"][part]["maxLength"] for part in ("title", "subtitle")} == {limits.TITLE_MAX}
    images = _SCHEMA["kinds"]["images"]["properties"]["message"]["properties"]["attachments"]
    assert images["maxItems"] == limits.IMAGES_MAX


def test_subcodes_tell_errors_apart() -> None:
    """No two share one, and each code leads to one of its errors."""
    subcodes = [problem.subcode for problem in limits.ALL_PROBLEMS if problem.subcode]
    assert len(set(subcodes)) == len(subcodes)
    assert all(int(code) in {one.error.code, one.subcode} for code, one in limits.BY_CODE.items())


def test_reactions_have_the_documented_names() -> None:
    """Both spellings of the heart among them."""
    assert set(PLATFORM.reactions.values()) == {"smile", "angry", "sad", "wow", "love", "like", "dislike"}
    assert PLATFORM.reactions["❤️"] == PLATFORM.reactions["❤"] == "love"
