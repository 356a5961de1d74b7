"""Which adapter speaks for which channel: one line per channel. Must not know: what adapters do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fake_sinch.adapters import instagram, line, messenger, sinchchat, sms, telegram, viber, viberbm, wechat, whatsapp
from fake_sinch.adapters.contract import Adapter, Granting, Stepwise
from fake_sinch.capabilities import Channel


@dataclass(frozen=True, slots=True)
class Registration:
    """One channel's adapter, and the name its server has in traces and faults."""

    adapter: Adapter
    target: str
    steps: Stepwise | None = None
    """The adapter again, where a part may take several calls."""
    grants: Granting | None = None
    """The adapter again, where calls need an access token."""
    refuses_with_200: bool = False
    """Whether refusals come with status 200, so that the body alone tells."""
    tells_by_time: bool = False
    """Whether reads are told by a time instead of by ids."""
    taken: tuple[str, bytes] = ("application/json", b"{}")
    """What a callback is answered with once it is taken: content type and body."""


REGISTRY: Final[Mapping[str, Registration]] = {
    Channel.WHATSAPP: Registration(whatsapp.ADAPTER, "whatsapp"),
    Channel.MESSENGER: Registration(messenger.ADAPTER, "messenger", tells_by_time=True),
    Channel.INSTAGRAM: Registration(instagram.ADAPTER, "instagram"),
    Channel.TELEGRAM: Registration(telegram.ADAPTER, "telegram"),
    Channel.SMS: Registration(sms.ADAPTER, "sms"),
    Channel.SINCH_CHAT: Registration(sinchchat.ADAPTER, "sinchchat"),
    Channel.LINE: Registration(line.ADAPTER, "line"),
    Channel.VIBER: Registration(viber.ADAPTER, "viber"),
    Channel.VIBERBM: Registration(viberbm.ADAPTER, "viberbm"),
    Channel.WECHAT: Registration(
        wechat.ADAPTER, "wechat", wechat.ADAPTER, wechat.ADAPTER, refuses_with_200=True, taken=wechat.TAKEN
    ),
}
"""By channel; a channel without a line can be configured in an app, but its messages fail."""
