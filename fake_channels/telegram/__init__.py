"""Telegram: the Bot API of one bot, and the people who talk to it."""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.telegram import limits, server, updates
from fake_channels.telegram.phone import TelegramPhone
from fake_channels.telegram.state import Account, TelegramEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "token": account.token,
        "bot_username": account.bot_username,
        "bot_id": str(account.bot_id),
        "secret_token": account.secret_token,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    webhook = msgspec.structs.replace(account.webhook, url=callback_url, secret=account.secret_token)
    return updates.point(account, webhook)


CHANNEL: Final = Channel(
    name="telegram",
    title="Telegram",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=TelegramEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.token,),
    secrets=lambda account: (account.token, account.secret_token),
    handsets=lambda account: {user_id: chat.handset for user_id, chat in account.chats.items()},
    phone=TelegramPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
