"""One Facebook Page of a world: its tokens and the people who write to it. Plain data, nothing performed here."""

from __future__ import annotations

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.meta.inbox import Customer, Inbox, MetaEvent

MessengerEvent = MetaEvent


class Account(Inbox, kw_only=True):
    """The Page. `owner_id` is its id."""

    token: str
    """The Page access token: it never expires by itself."""

    @property
    def app_token(self) -> str:
        """The token of the app itself, for subscriptions."""
        return f"{self.app_id}|{self.app_secret}"


def open_account(ids: Ids) -> Account:
    """A new Page with its app."""
    return Account(
        owner_id=ids.digits("messenger.page_id", 15),
        name="Acme Support",
        app_id=ids.digits("messenger.app_id", 15),
        app_secret=ids.hex("messenger.app_secret", 16),
        verify_token=ids.token("messenger.verify_token", 16),
        token=f"EAA{ids.token('messenger.token', 48)}",
    )


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as a Messenger user of this account's world."""
    handset = Handset(identity=ids.digits("messenger.psid", 17), person=person, name=person.name)
    account.customers[handset.identity] = Customer(handset)
    return handset


def new_mid(ids: Ids) -> str:
    """A message id as Messenger spells it."""
    return "m_" + ids.token("messenger.mid", 64)
