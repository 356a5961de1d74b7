"""What nearly every app does in the same way."""

from __future__ import annotations

from dataclasses import dataclass

from fake_channels.core import everyday
from fake_channels.core.contract import Acted, Env
from fake_channels.core.effects import Effect, Wake
from fake_channels.core.handset import ComeBack, GoOffline, Handset, Item, Person, Rename, Type, Unblock
from fake_channels.core.ids import Ids
from fake_channels.core.outbox import RetryDue

ENV = Env(5, Ids("everyday"), "http://vendor.example")


@dataclass
class Customer:
    """A channel's record of a person."""

    handset: Handset


def customer() -> Customer:
    """Somebody with the app in hand."""
    person = Person(id="1", name="Ada", username="ada", locale="en_US", msisdn="15550100100")
    return Customer(Handset(identity="1", person=person, name="Ada"))


def test_a_block_is_taken_back_without_a_word() -> None:
    """The business does not hear of it."""
    ada = customer()
    ada.handset.blocked = True
    assert everyday.unblock(None, ada, Unblock(), ENV) == Acted()
    assert not ada.handset.blocked


def test_a_name_changes_on_the_phone() -> None:
    """To none, too."""
    ada = customer()
    everyday.rename(None, ada, Rename(name=None), ENV)
    assert ada.handset.name is None


def test_what_nobody_sees_changes_nothing() -> None:
    """Not even the screen."""
    ada, before = customer(), customer()
    assert everyday.nothing(None, ada, Type(), ENV) == Acted()
    assert ada == before


def test_what_waited_arrives_when_the_phone_comes_back() -> None:
    """In its order, by then online, with all that follows."""
    ada, arrived = customer(), []

    def arrive(account: str, holder: Customer, item: Item, env: Env) -> list[Effect]:
        arrived.append((account, item.id, holder.handset.online))
        return [Wake(env.now, RetryDue(item.id))]

    everyday.go_offline(None, ada, GoOffline(), ENV)
    assert not ada.handset.online
    ada.handset.waiting = [Item(id=name, at=0, author="business", kind="text") for name in "ab"]
    acted = everyday.coming_back(arrive)("account", ada, ComeBack(), ENV)
    assert arrived == [("account", "a", True), ("account", "b", True)]
    assert acted.effects == [Wake(5, RetryDue("a")), Wake(5, RetryDue("b"))]
