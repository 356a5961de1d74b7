"""Instagram messaging: Graph endpoints of one professional account, and the phones of the people who write to it."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.instagram import limits, server
from fake_channels.instagram.phone import InstagramPhone
from fake_channels.instagram.rules import PLATFORM
from fake_channels.instagram.state import Account, InstagramEvent, open_account
from fake_channels.meta import routes
from fake_channels.meta.graph import GRAPH, cdn_key

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "ig_id": account.owner_id,
        "username": account.username,
        "token": account.token,
        "page_id": account.page_id,
        "page_token": account.page_token,
        "app_id": account.app_id,
        "app_secret": account.app_secret,
        "verify_token": account.verify_token,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    return routes.connect(account, callback_url, PLATFORM)


CHANNEL: Final = Channel(
    name="instagram",
    title="Instagram",
    host=GRAPH,
    tables=limits.TABLES,
    state_type=Account,
    event_type=InstagramEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (*account.tokens, account.page_token, account.app_token, cdn_key(account.owner_id)),
    secrets=Account.secrets,
    handsets=lambda account: {igsid: customer.handset for igsid, customer in account.customers.items()},
    phone=InstagramPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
