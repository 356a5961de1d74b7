"""The channels that a subject can be judged on: those of the lab that the Conversation API reaches."""

from __future__ import annotations

from typing import Final

from fake_channels.registry import CHANNELS
from harness.lab.pairing import PAIRS

TITLES: Final = {name: CHANNELS[name].title for name in PAIRS}
"""Name to title; the names are those of tags, Examples and subjects' claims."""
NAMES: Final = tuple(TITLES)
BY_SINCH: Final = {pair.sinch: name for name, pair in PAIRS.items()}
"""The Conversation API's channel name to ours."""
