"""LINE: the Messaging API of one official account, and the people who talk to it."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.line import limits, oauth, server
from fake_channels.line.phone import LinePhone
from fake_channels.line.state import Account, LineEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "channel_access_token": account.access_token,
        "channel_secret": account.channel_secret,
        "channel_id": account.channel_id,
        "bot_user_id": account.bot_user_id,
        "basic_id": account.basic_id,
        "assertion_kid": account.assertion_kid,
        "assertion_private_key": oauth.load_private_key(),
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.webhook_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="line",
    title="LINE",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=LineEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.access_token, account.channel_id, *account.tokens),
    secrets=lambda account: (account.access_token, account.channel_secret, *account.tokens),
    handsets=lambda account: {user_id: customer.handset for user_id, customer in account.customers.items()},
    phone=LinePhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
