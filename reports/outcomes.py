"""The six words, each with the symbol, the title and the meaning a reader who is no tester needs.

Colour is the style sheet's; a word is never told by colour alone.
"""

from dataclasses import dataclass
from typing import Final

from reports.model import Outcome


@dataclass(frozen=True, slots=True)
class Word:
    """How an outcome is shown: symbol, short title, what it means."""

    symbol: str
    title: str
    meaning: str


WORDS: Final[dict[Outcome, Word]] = {
    Outcome.PASS: Word("\u2713", "Pass", "The bridge does what the requirement asks."),
    Outcome.FAIL: Word("\u2717", "Fail", "The bridge does something else. The bridge has to change."),
    Outcome.ERROR: Word("!", "Lab error", "The lab or the suite went wrong. This says nothing about the bridge."),
    Outcome.CONFIG: Word("#", "Config", "The setup was wrong, so the bridge could not be judged."),
    Outcome.UNTESTED: Word("?", "Untested", "Nobody tried it in this run, so nothing is known."),
    Outcome.INAPPLICABLE: Word("\u2013", "N/A", "The bridge does not claim this, so it is not asked for it."),
}

# What a reader should see first.
SEVERITY: Final[tuple[Outcome, ...]] = (
    Outcome.FAIL,
    Outcome.ERROR,
    Outcome.CONFIG,
    Outcome.UNTESTED,
    Outcome.PASS,
    Outcome.INAPPLICABLE,
)
