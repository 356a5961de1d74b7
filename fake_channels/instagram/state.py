"""One Instagram professional account of a world, and the Page it is linked to. Plain data, nothing performed here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fake_channels.core.handset import Handset, Person
from fake_channels.core.ids import Ids
from fake_channels.meta.inbox import Customer, Inbox, MetaEvent

InstagramEvent = MetaEvent

KEPT_TOKENS: Final = 3


class Account(Inbox, kw_only=True):
    """The account. `owner_id` is its own id, which webhooks name, whoever calls through the Page."""

    username: str
    token: str
    """The newest Instagram user token."""
    tokens: dict[str, int | None]
    """When each user token that is still known was made; None for one that nobody has used yet."""
    page_id: str
    page_token: str
    """It never expires by itself."""
    posts: tuple[str, ...]
    """Ids of what the account has published."""

    @property
    def app_token(self) -> str:
        """The token of the app itself, for subscriptions."""
        return f"{self.app_id}|{self.app_secret}"

    def secrets(self) -> Iterable[str]:
        """Everything that nobody may see."""
        return (*self.tokens, self.page_token, self.app_secret, self.verify_token)


def new_token(ids: Ids) -> str:
    """An Instagram user token."""
    return f"IGAA{ids.token('instagram.token', 48)}"


def open_account(ids: Ids) -> Account:
    """A new account with its app, its Page and two posts."""
    token = new_token(ids)
    return Account(
        owner_id=f"1784{ids.digits('instagram.ig_id', 13)}",
        name="Acme Support",
        username=f"acme_{ids.hex('instagram.username', 3)}",
        app_id=ids.digits("instagram.app_id", 15),
        app_secret=ids.hex("instagram.app_secret", 16),
        verify_token=ids.token("instagram.verify_token", 16),
        token=token,
        tokens={token: None},
        page_id=ids.digits("instagram.page_id", 15),
        page_token=f"EAA{ids.token('instagram.page_token', 48)}",
        posts=tuple(ids.digits("instagram.post", 17) for _ in range(2)),
    )


def enrol(account: Account, person: Person, ids: Ids) -> Handset:
    """Register a person as an Instagram user of this account's world."""
    handset = Handset(identity=ids.digits("instagram.igsid", 16), person=person, name=person.name)
    account.customers[handset.identity] = Customer(handset)
    return handset


def new_mid(ids: Ids) -> str:
    """A message id as Instagram spells it."""
    return "aWdfZAG1faXRlbToxO" + ids.token("instagram.mid", 64)
