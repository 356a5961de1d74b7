"""How somebody who holds a professional account calls, for the tests of this channel."""

from __future__ import annotations

from fake_channels.instagram import CHANNEL
from fake_channels.meta.tests import calls


class Shop(calls.Business):
    """A scene with the calls of somebody who holds the account; `token` may be its own or its Page's."""

    def __init__(self) -> None:
        super().__init__(CHANNEL)
