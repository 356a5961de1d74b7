"""How somebody who holds a Page calls, for the tests of this channel."""

from __future__ import annotations

from fake_channels.messenger import CHANNEL
from fake_channels.meta.tests import calls


class Page(calls.Business):
    """A scene with the calls of somebody who holds the Page."""

    def __init__(self) -> None:
        super().__init__(CHANNEL)
