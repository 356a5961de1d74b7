"""The tables agree with the schemas, with the routes and with themselves."""

from __future__ import annotations

from fake_channels.core.schemas import load
from fake_channels.core.tables import Support
from fake_channels.wechat import errors, limits, server, wire


def test_every_kind_of_message_has_a_schema_and_a_reading() -> None:
    """The coverage table is the code."""
    assert set(wire._SEND) == set(wire._CONTENT)
    assert set(wire._REPLIES) == {*wire._REPLY, "transfer_customer_service"}
    assert set(load("fake_channels.wechat", "callback.json")["kinds"]) == set(wire._CALLBACKS)


def test_every_quota_is_of_a_path_that_is_served() -> None:
    """And each number appears once among the limits."""
    assert set(limits.DAILY_CALLS) <= set(server._ROUTES)
    assert {f"calls of {path}" for path in limits.DAILY_CALLS} <= {limit.name for limit in limits.LIMITS}


def test_codes_are_unique_and_come_with_a_200() -> None:
    """As in life."""
    assert len({error.code for error in errors.ERRORS}) == len(errors.ERRORS) > 60
    assert {error.status for error in errors.ERRORS} == {200}


def test_presets_act_on_operations_that_there_are() -> None:
    """Or on all."""
    operations = {path.removeprefix("/cgi-bin/").lstrip("/") for path in server._ROUTES}
    for preset in limits.PRESETS:
        assert "*" in preset.operation or preset.operation in operations, preset.name


def test_native_kinds_are_those_of_the_gateway() -> None:
    """Text and media; choices degrade to a menu of lines."""
    native = {row.kind for row in limits.KIND_ROWS if row.direction == "MT" and row.support is Support.NATIVE}
    assert native == {"text", "image", "video", "voice", "template"}
