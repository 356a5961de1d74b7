"""What the control API answers about worlds and the people in them, ready for JSON."""

from __future__ import annotations

from typing import Any

from fake_channels.core.control.documents import clock_document
from fake_channels.core.handset import Person
from harness.lab.pairing import PAIRS
from harness.lab.worlds import LabWorld

Json = dict[str, Any]


def world_document(world: LabWorld) -> Json:
    """Everything a subject or a client needs to configure itself, secrets included."""
    core = world.core
    return {
        "world": world.id,
        "seed": world.plan.seed,
        "clock": clock_document(world.core),
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


def customer_document(world: LabWorld, person: Person) -> Json:
    """A person and the phones in their hands."""
    phones = {
        name: {"identity": handset.identity}
        for name, component in world.channels.items()
        for handset in component.handsets().values()
        if handset.person.id == person.id
    }
    return {"customer": person.id, "name": person.name, "locale": person.locale, "phones": phones}
