"""Facebook Messenger: Graph endpoints of one Page, and the phones of the people who write to it."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.messenger import limits, server
from fake_channels.messenger.phone import MessengerPhone
from fake_channels.messenger.rules import PLATFORM
from fake_channels.messenger.state import Account, MessengerEvent, open_account
from fake_channels.meta import routes
from fake_channels.meta.graph import GRAPH, cdn_key

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "page_id": account.owner_id,
        "app_id": account.app_id,
        "token": account.token,
        "app_secret": account.app_secret,
        "verify_token": account.verify_token,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    return routes.connect(account, callback_url, PLATFORM)


CHANNEL: Final = Channel(
    name="messenger",
    title="Messenger",
    host=GRAPH,
    tables=limits.TABLES,
    state_type=Account,
    event_type=MessengerEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.token, account.app_token, cdn_key(account.owner_id)),
    secrets=lambda account: (account.token, account.app_secret, account.verify_token),
    handsets=lambda account: {psid: customer.handset for psid, customer in account.customers.items()},
    phone=MessengerPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
