"""Sinch Chat: a web chat of one's own that carries the Conversation API's messages, over HTTP and server-sent events.

The vendor's gRPC is not served; see `limits.NOTES` for what is the vendor's here and what is ours.
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.sinchchat import limits, server
from fake_channels.sinchchat.phone import ChatPhone
from fake_channels.sinchchat.state import Account, ChatEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "project_id": account.project_id,
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "app_token": account.app_token,
        "callback_secret": account.callback_secret,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.callback_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="sinchchat",
    title="Sinch Chat",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=ChatEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.project_id,),
    secrets=lambda account: (account.client_secret, account.app_token, account.callback_secret),
    handsets=lambda account: {uuid: customer.handset for uuid, customer in account.customers.items()},
    phone=ChatPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
    on_stream=server.on_stream,
)
