"""Viber Business Messages: one business's service, and the people whose numbers it writes to."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.viberbm import limits, server
from fake_channels.viberbm.phone import ViberBmPhone
from fake_channels.viberbm.state import Account, ViberBmEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    order, password = account.templates
    return {"service_id": str(account.service_id), "template_id": order, "password_template_id": password}


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.callback_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="viberbm",
    title="Viber Business Messages",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=ViberBmEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (str(account.service_id),),
    secrets=lambda _: (),
    handsets=lambda account: {msisdn: customer.handset for msisdn, customer in account.customers.items()},
    phone=ViberBmPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
