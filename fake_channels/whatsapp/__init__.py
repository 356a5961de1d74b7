"""WhatsApp Cloud API: Graph endpoints of one business number, and the customers' phones."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.meta.graph import GRAPH
from fake_channels.whatsapp import limits, server
from fake_channels.whatsapp.phone import WhatsAppPhone
from fake_channels.whatsapp.state import Account, WhatsAppEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "phone_number_id": account.phone_number_id,
        "waba_id": account.waba_id,
        "app_id": account.app_id,
        "token": account.token,
        "app_secret": account.app_secret,
        "verify_token": account.verify_token,
        "display_phone_number": account.display_phone_number,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.callback_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="whatsapp",
    title="WhatsApp",
    host=GRAPH,
    tables=limits.TABLES,
    state_type=Account,
    event_type=WhatsAppEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.token, f"{account.app_id}|{account.app_secret}"),
    secrets=lambda account: (account.token, account.app_secret, account.verify_token),
    handsets=lambda account: {wa_id: customer.handset for wa_id, customer in account.customers.items()},
    phone=WhatsAppPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
