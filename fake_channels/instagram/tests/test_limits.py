"""The tables agree with the schemas and with themselves."""

from __future__ import annotations

from fake_channels.core.schemas import load
from fake_channels.instagram import limits

_SCHEMA = load("fake_channels.instagram", "send.json")


def test_schemas_say_what_the_tables_say() -> None:
    """Each number once more, where a validator needs it."""
    assert _SCHEMA["$defs"]["quick_replies"]["maxItems"] == limits.QUICK_REPLIES_MAX
    card = _SCHEMA["kinds"]["generic template"]["properties"]["message"]["properties"]["attachment"]["properties"]
    assert card["payload"]["properties"]["elements"]["maxItems"] == limits.ELEMENTS_MAX
    images = _SCHEMA["kinds"]["images"]["properties"]["message"]["properties"]["attachments"]
    assert images["maxItems"] == limits.IMAGES_MAX


def test_subcodes_tell_errors_apart() -> None:
    """No two share one, and each code leads to one of its errors."""
    subcodes = [problem.subcode for problem in limits.ALL_PROBLEMS if problem.subcode]
    assert len(set(subcodes)) == len(subcodes)
    assert all(int(code) in {one.error.code, one.subcode} for code, one in limits.BY_CODE.items())
