"""SMS: the Sinch SMS REST API ("XMS") of one service plan, and the customers' phones."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.sms import limits, server
from fake_channels.sms.phone import SmsPhone
from fake_channels.sms.state import Account, SmsEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "service_plan_id": account.service_plan_id,
        "token": account.token,
        "number": account.number,
        "callback_secret": account.callback_secret,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.callback_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="sms",
    title="SMS",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=SmsEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.service_plan_id,),
    secrets=lambda account: (account.token, account.callback_secret),
    handsets=lambda account: account.handsets,
    phone=SmsPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
