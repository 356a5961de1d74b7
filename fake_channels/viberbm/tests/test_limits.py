"""The tables agree with the schemas."""

from __future__ import annotations

from typing import Any

from fake_channels.core.schemas import load
from fake_channels.viberbm import limits


def test_every_content_has_a_schema_and_no_other_has() -> None:
    """The coverage table is the code."""
    kinds = load("fake_channels.viberbm", "send.json")["kinds"]
    assert set(kinds) == {rule.content for rule in limits.TYPES.values()}


def test_the_schemas_have_the_numbers_of_the_table() -> None:
    """One fact, wherever it is written."""
    rows = {row.name: row.value for row in limits.LIMITS}
    document: dict[str, Any] = load("fake_channels.viberbm", "send.json")
    kinds, definitions, common = document["kinds"], document["$defs"], document["common"]["properties"]
    lists = kinds["list"]["properties"]
    cards = kinds["carousel"]["properties"]["carousel"]["properties"]["items"]
    card = cards["items"]["properties"]
    video = kinds["video"]["properties"]
    assert definitions["txt"]["maxLength"] == rows["text"]
    assert definitions["caption"]["maxLength"] == rows["button caption"]
    assert lists["message"]["properties"]["#txt"]["maxLength"] == rows["list title"]
    options = lists["survey"]["properties"]["options"]
    assert (options["maxItems"], options["items"]["maxLength"]) == (rows["list options"], rows["list option"])
    assert cards["maxItems"] == rows["carousel"]
    assert card["title"]["maxLength"] == rows["card title"]
    labels = [card[name]["properties"]["label"]["maxLength"] for name in ("primaryButton", "secondaryButton")]
    assert labels == [rows["card's first label"], rows["card's second label"]]
    assert kinds["file"]["properties"]["message"]["properties"]["#fileName"]["maxLength"] == rows["file name"]
    assert kinds["file"]["properties"]["file_type"]["enum"] == list(limits.FILE_TYPES)
    assert video["message"]["properties"]["#thumbnail"]["maxLength"] == rows["thumbnail URL"]
    assert (video["file_size"]["maximum"], video["duration"]["maximum"]) == (rows["video"], rows["video duration"])
    parameters = kinds["template"]["properties"]["templateParams"]["additionalProperties"]
    assert parameters["maxLength"] == rows["template parameter"]
    assert (common["ttl"]["minimum"], common["ttl"]["maximum"]) == (rows["shortest TTL"], rows["longest TTL"])


def test_only_types_that_take_tracking_data_can_be_replied_to() -> None:
    """Those below 200 take none; every session type is for replies."""
    for number, rule in limits.TYPES.items():
        assert (rule.tracking == "refused") == (number < 200 or number == 222), number
        assert rule.category != "session" or rule.tracking != "refused"
