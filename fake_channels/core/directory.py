"""Which world a request belongs to: found by the vendor's own credential, never by a private header."""

from __future__ import annotations

from dataclasses import dataclass

from fake_channels.core.contract import Component
from fake_channels.core.trace import Trace
from fake_channels.core.world import World


class CredentialTaken(ValueError):
    """Another world already owns a credential of this one: both were made from the same seed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A component in its world."""

    world: World
    component: Component


class Directory:
    """All open worlds, by id and by credential."""

    def __init__(self) -> None:
        self.worlds: dict[str, World] = {}
        self.strays = Trace(cap=1_000)
        """Requests that belong to no world."""
        self._places: dict[tuple[str, str], Place] = {}

    def open(self, world: World) -> None:
        """Make a world reachable.

        Raises:
            CredentialTaken: a world of the same seed is open.
        """
        places = self._keys_of(world)
        if world.id in self.worlds or any(key in self._places for key in places):
            raise CredentialTaken(f"a world with seed {world.ids.seed!r} is open already: its credentials would clash")
        self.worlds[world.id] = world
        self._places.update(places)

    def close(self, world: World) -> None:
        """Forget a world."""
        if self.worlds.get(world.id) is world:
            del self.worlds[world.id]
        self._places = {key: place for key, place in self._places.items() if place.world is not world}
        world.close()

    def find(self, host: str, credential: str) -> Place | None:
        """Whoever owns this credential on this host; credentials made after a world was opened are found too."""
        place = self._places.get((host, credential))
        return place if place is not None else self._newly_owned(host, credential)

    def _newly_owned(self, host: str, credential: str) -> Place | None:
        for (known_host, _), place in self._places.items():
            if known_host == host and place.component.owns(credential):
                self._places[host, credential] = place
                return place
        return None

    @staticmethod
    def _keys_of(world: World) -> dict[tuple[str, str], Place]:
        places: dict[tuple[str, str], Place] = {}
        for component in world.components.values():
            places.update(dict.fromkeys(component.keys(), Place(world, component)))
        return places
