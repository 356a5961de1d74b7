"""What nearly every app lets a person do in the same way, for a phone's table of actions.

None of it tells the business anything. What does, or what an app does in a way of its own, is the channel's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, TypeVar

from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect
from fake_channels.core.handset import Action, Handset, Item, Rename


class Holder(Protocol):
    """A channel's record of one person, with their phone in it."""

    @property
    def handset(self) -> Handset:
        """The phone."""


S = TypeVar("S")
H = TypeVar("H", bound=Holder)
Perform: TypeAlias = Callable[[S, H, Any, Env], Acted]
"""How an app performs an action: of the account and the person in it."""


def nothing(_account: object, _holder: Holder, _action: Action, _env: Env) -> Acted:
    """Do what nobody else sees."""
    return Acted()


def unblock(_account: object, holder: Holder, _action: Action, _env: Env) -> Acted:
    """Take the block back."""
    holder.handset.blocked = False
    return Acted()


def rename(_account: object, holder: Holder, action: Rename, _env: Env) -> Acted:
    """Take another name; the business sees it when it sees a name next."""
    holder.handset.name = action.name
    return Acted()


def go_offline(_account: object, holder: Holder, _action: Action, _env: Env) -> Acted:
    """Lose the network."""
    holder.handset.online = False
    return Acted()


def coming_back(arrive: Callable[[S, H, Item, Env], list[Effect]]) -> Perform[S, H]:
    """Find the network again: what waited arrives, by the channel's own `arrive`."""

    def come_back(account: S, holder: H, _: Action, env: Env) -> Acted:
        return Acted(
            effects=[effect for item in holder.handset.reconnect() for effect in arrive(account, holder, item, env)]
        )

    return come_back
