"""WeChat: the API of one verified service account, and the people who follow it."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Channel, Env
from fake_channels.core.effects import Effect
from fake_channels.wechat import limits, server
from fake_channels.wechat.phone import WeChatPhone
from fake_channels.wechat.state import Account, WeChatEvent, open_account

__all__ = ["CHANNEL"]


def _credentials(account: Account) -> dict[str, str]:
    return {
        "app_id": account.appid,
        "app_secret": account.secret,
        "token": account.token,
        "aes_key": account.aes_key,
        "original_id": account.original_id,
        "kf_account": account.kf_account,
    }


def _connect(account: Account, callback_url: str, _env: Env) -> list[Effect]:
    account.callback_url = callback_url
    return []


CHANNEL: Final = Channel(
    name="wechat",
    title="WeChat",
    host=server.HOST,
    tables=limits.TABLES,
    state_type=Account,
    event_type=WeChatEvent,
    open=open_account,
    credentials=_credentials,
    connect=_connect,
    keys=lambda account: (account.appid, account.space, *(token.value for token in account.tokens)),
    secrets=lambda account: (account.secret, account.token, account.aes_key),
    handsets=lambda account: {openid: customer.handset for openid, customer in account.customers.items()},
    phone=WeChatPhone(),
    handle=server.handle,
    on_event=server.on_event,
    on_answer=server.on_answer,
    operation=server.operation,
    refuse=server.refuse,
    pending=lambda account: account.outbox.pending(),
)
