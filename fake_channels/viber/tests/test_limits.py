"""The tables agree with the schemas and with the code."""

from __future__ import annotations

from fake_channels.core.schemas import load
from fake_channels.viber import limits, server, wire


def _kinds() -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    return load("fake_channels.viber", "requests.json")["kinds"]  # type: ignore[no-any-return]


def test_every_method_and_type_has_a_schema_and_no_other_has() -> None:
    """The coverage table is the code."""
    assert set(_kinds()) == server.METHODS | wire.TYPES | {"keyboard", "welcome"}


def test_the_schemas_have_the_numbers_of_the_table() -> None:
    """One fact, wherever it is written."""
    rows = {row.name: row.value for row in limits.LIMITS}
    kinds = _kinds()
    definitions = load("fake_channels.viber", "requests.json")["$defs"]
    message = definitions["message"]["properties"]
    assert kinds["text"]["properties"]["text"]["maxLength"] == rows["text"]
    assert kinds["picture"]["properties"]["text"]["maxLength"] == rows["picture text"]
    assert kinds["video"]["properties"]["duration"]["maximum"] == rows["video duration"]
    assert kinds["file"]["properties"]["file_name"]["maxLength"] == rows["file name"]
    assert kinds["url"]["properties"]["media"]["maxLength"] == rows["URL message"]
    assert kinds["get_online"]["properties"]["ids"]["maxItems"] == rows["online status"]
    for kind in ("video", "file"):
        assert kinds[kind]["properties"]["size"]["maximum"] == limits.MEDIA_RULES[kind].max_bytes == rows[kind]
    assert limits.MEDIA_RULES["picture"].max_bytes == rows["picture"]
    assert definitions["broadcast"]["properties"]["broadcast_list"]["maxItems"] == rows["broadcast"]
    assert message["tracking_data"]["maxLength"] == rows["tracking data"]
    assert message["sender"]["properties"]["name"]["maxLength"] == rows["sender name"]


def test_every_published_status_has_a_row() -> None:
    """From 1 to 24, and the general one."""
    assert {error.code for error in limits.BY_CODE.values()} == {*range(1, 25), -1}
