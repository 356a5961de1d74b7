"""Viber: the REST API of one bot, and the people who talk to it."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.viber import callbacks, limits, server
from fake_channels.viber.phone import ViberPhone
from fake_channels.viber.state import Account, ViberEvent, open_account

__all__ = ["CHANNEL"]


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    callbacks.point(account, callback_url)
    return []


CHANNEL: Final = Channel(
    name="viber",
    title="Viber bot",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=ViberEvent,
    open=open_account,
    credentials=lambda account: {"token": account.token, "bot_id": account.id, "uri": account.uri},
    connect=_connect,
    keys=lambda account: (account.token, account.media_key),
    secrets=lambda account: (account.token,),
    handsets=lambda account: {user: chat.handset for user, chat in account.chats.items()},
    phone=ViberPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
