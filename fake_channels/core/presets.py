"""From what somebody asks for to a fault: by preset, by hand, or a preset with parts of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from fake_channels.core.faults import Failure, Side, What, When, Where
from fake_channels.core.faults.engine import Order
from fake_channels.core.tables import Preset, Tables


class WrongOrder(ValueError):
    """The fault that is asked for cannot be; the message says why."""


class FaultWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault: either `what` or a `preset` such as `telegram:429`; `where` and `when` change what the preset says."""

    what: What | UnsetType = UNSET
    preset: Annotated[str, Meta(max_length=200)] = ""
    where: Where = Where()
    """Of a preset, only the parts that are given here are changed."""
    when: When | UnsetType = UNSET


def order_of(wish: FaultWish, tables: Mapping[str, Tables]) -> Order:
    """The order that `wish` means; `tables` are those of the channels there are, by name.

    Raises:
        WrongOrder: with a sentence.
    """
    if isinstance(wish.what, UnsetType):
        order = _from_preset(wish, tables)
    elif wish.preset:
        raise WrongOrder("give what or preset, not both")
    else:
        order = Order(wish.what, wish.where, When() if isinstance(wish.when, UnsetType) else wish.when)
    if isinstance(order.what, Failure):
        _check_failure(order.where, tables)
    return order


def listed(channel: str, tables: Tables) -> list[dict[str, Any]]:
    """A channel's presets under their full names, ready for JSON."""
    return [{"preset": f"{channel}:{preset.name}", **msgspec.to_builtins(preset)} for preset in tables.presets]


def _from_preset(wish: FaultWish, tables: Mapping[str, Tables]) -> Order:
    channel, preset = _find(wish.preset, tables)
    where = wish.where
    sent = preset.what.side() is Side.CARRY
    return Order(
        # A copy: some faults count, and the table's own must stay as it is.
        msgspec.structs.replace(preset.what),
        Where(
            where.source or (channel if sent else ""),
            where.target or ("" if sent else channel),
            preset.operation if where.operation == "*" else where.operation,
        ),
        preset.when if isinstance(wish.when, UnsetType) else wish.when,
    )


def _find(full_name: str, tables: Mapping[str, Tables]) -> tuple[str, Preset]:
    if not full_name:
        raise WrongOrder("give what or preset")
    channel, _, name = full_name.partition(":")
    known = tables[channel].presets if channel in tables else ()
    for preset in known:
        if preset.name == name:
            return channel, preset
    offered = [f"{owner}:{preset.name}" for owner, table in tables.items() for preset in table.presets]
    near = [one for one in offered if one.startswith(f"{channel}:")] or offered
    raise WrongOrder(f"there is no preset {full_name!r}; there are {', '.join(near) or 'none'}")


def _check_failure(where: Where, tables: Mapping[str, Tables]) -> None:
    """A failure that no rules heed would be counted and never be seen."""
    later = tables[where.target].fails_later if where.target in tables else ()
    if not later:
        able = ", ".join(name for name, table in tables.items() if table.fails_later) or "none"
        raise WrongOrder(f"a failure after acceptance needs a channel that has such as where.target; there are: {able}")
    if where.operation not in later:
        raise WrongOrder(f"{where.target} fails later at these operations only: {', '.join(later)}")
