"""All channels. One line registers one."""

from __future__ import annotations

from typing import Any, Final

from fake_channels import instagram, line, messenger, sinchchat, sms, telegram, viber, viberbm, wechat, whatsapp
from fake_channels.core.contract import Channel

CHANNELS: Final[dict[str, Channel[Any]]] = {
    channel.name: channel
    for channel in (
        instagram.CHANNEL,
        line.CHANNEL,
        messenger.CHANNEL,
        sinchchat.CHANNEL,
        sms.CHANNEL,
        telegram.CHANNEL,
        viber.CHANNEL,
        viberbm.CHANNEL,
        wechat.CHANNEL,
        whatsapp.CHANNEL,
    )
}
