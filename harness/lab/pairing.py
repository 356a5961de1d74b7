"""Which Conversation API channel stands for which fake channel, and how its credential is made of the account's.

A row a channel; nothing else in the harness knows both vocabularies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from fake_sinch.state import Credential


class Pair(msgspec.Struct, frozen=True):
    """One channel in both vocabularies."""

    sinch: str
    """The Conversation API's channel name."""
    credential: str
    """The credential object's key: https://developers.sinch.com/docs/conversation/api-reference/"""
    fields: Mapping[str, str]
    """Credential field to the account's own name of that value."""
    callback_secret: str
    """The account's name of what proves a callback's origin; empty when there is nothing."""


PAIRS: Final[dict[str, Pair]] = {
    "whatsapp": Pair(
        "WHATSAPP", "static_bearer", {"claimed_identity": "phone_number_id", "token": "token"}, "app_secret"
    ),
    "telegram": Pair("TELEGRAM", "telegram_credentials", {"token": "token"}, "secret_token"),
    "line": Pair(
        "LINE", "line_credentials", {"token": "channel_access_token", "secret": "channel_secret"}, "channel_secret"
    ),
    "messenger": Pair("MESSENGER", "static_token", {"token": "token"}, "app_secret"),
    "instagram": Pair(
        "INSTAGRAM", "instagram_credentials", {"token": "page_token", "business_account_id": "ig_id"}, "app_secret"
    ),
    "sms": Pair("SMS", "static_bearer", {"claimed_identity": "service_plan_id", "token": "token"}, "callback_secret"),
    "sinchchat": Pair(
        "SINCH_CHAT", "static_bearer", {"claimed_identity": "project_id", "token": "app_token"}, "callback_secret"
    ),
    "viber": Pair("VIBER", "static_token", {"token": "token"}, "token"),
    "viberbm": Pair("VIBERBM", "static_bearer", {"claimed_identity": "service_id"}, ""),
    "wechat": Pair(
        "WECHAT",
        "wechat_credentials",
        {"app_id": "app_id", "app_secret": "app_secret", "token": "token", "aes_key": "aes_key"},
        "",
    ),
}


def credential_of(channel: str, account: Mapping[str, str]) -> Credential:
    """The channel credential that an app needs to use this account."""
    pair = PAIRS[channel]
    secret = {field: account[name] for field, name in pair.fields.items()}
    return Credential(pair.sinch, pair.credential, secret, account.get(pair.callback_secret, ""), vendor=dict(account))
