"""What the control API answers: JSON-ready documents made of worlds, phones and clocks."""

from __future__ import annotations

from typing import Any

import msgspec

from fake_channels.core.faults import Rule
from fake_channels.core.handset import Handset, Item, Person, item_document
from fake_channels.core.instants import to_rfc3339
from harness.lab.pairing import PAIRS
from harness.lab.worlds import LabWorld

Json = dict[str, Any]


def world_document(world: LabWorld) -> Json:
    """Everything a subject or a client needs to configure itself, secrets included."""
    core = world.core
    return {
        "world": world.id,
        "seed": world.plan.seed,
        "clock": clock_document(world),
        "sinch": world.gateway.document(),
        "channels": {
            name: {
                "title": component.channel.title,
                "sinch_channel": PAIRS[name].sinch if name in PAIRS else None,
                "base_url": core.addresses[component.channel.host.name],
                **component.channel.credentials(component.state),
            }
            for name, component in world.channels.items()
        },
        "customers": [customer_document(world, person) for person in world.people],
    }


def clock_document(world: LabWorld) -> Json:
    """The clock: mode, now, and when the next timer is due."""
    upcoming = world.core.clock.next_timer
    return {
        "mode": world.core.clock.mode,
        "now": to_rfc3339(world.core.now),
        "next_timer": None if upcoming is None else to_rfc3339(upcoming),
    }


def customer_document(world: LabWorld, person: Person) -> Json:
    """A person and the phones in their hands."""
    phones = {
        name: {"identity": handset.identity}
        for name, component in world.channels.items()
        for handset in component.handsets().values()
        if handset.person.id == person.id
    }
    return {"customer": person.id, "name": person.name, "locale": person.locale, "phones": phones}


def screen_document(handset: Handset) -> Json:
    """What the person sees, in order."""
    return {
        "version": handset.version,
        "identity": handset.identity,
        "name": handset.name,
        "online": handset.online,
        "blocked": handset.blocked,
        "typing": handset.typing,
        "items": [shown(item, number) for number, item in enumerate(handset.screen, 1)],
    }


def shown(item: Item, number: int = 0) -> Json:
    """One item, its time spelled out."""
    return {**item_document(item, number), "at": to_rfc3339(item.at)}


def fault_document(rule: Rule) -> Json:
    """A fault with its counters."""
    document: Json = msgspec.to_builtins(rule)
    return document
