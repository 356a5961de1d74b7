"""What the steps of one scenario share: who is on stage, what was said last, what is accounted for.

Every When takes stock first; every Then that names something on a phone accounts for it. "Nothing else is
sent" holds when nothing unaccounted for has appeared since, and when there was a send for no more than what
agents wrote.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.drivers.contract import Direction, Entry, Refused
from harness.evidence import accepted_sends
from harness.outcomes import LabDefect, SubjectFailure, expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.drivers.contract import Message
    from harness.samples import Sample
    from harness.stage import Person, Stage
    from harness.world import Item

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass
class Scene:
    """The people, the last results and the stock of one scenario."""

    stage: Stage
    people: list[Person] = field(default_factory=list)
    sent: Entry | Refused | None = None
    file: Sample | None = None
    callback_status: int | None = None
    refusal: Refused | None = None
    known_chats: frozenset[str] = frozenset()
    _stock: set[str] = field(default_factory=set)
    messages: int = 0
    """How many messages the subject has accepted from agents."""

    @property
    def person(self) -> Person:
        """The customer that the steps are about."""
        if not self.people:
            raise LabDefect("a step speaks of a customer before a Given has brought one")
        return self.people[-1]

    def take_stock(self) -> None:
        """Account for everything that is there before the event of the scenario."""
        self._stock = {item.id for person in self.people for item in self.business_items(person)}
        self.known_chats = frozenset(chat.id for person in self.people for chat in self.stage.chats_with(person))

    def business_items(self, person: Person) -> list[Item]:
        """Return what the business has put on a person's screen."""
        return [item for item in self.stage.screen(person).items if item.author == "business"]

    def new_items(self) -> list[Item]:
        """Return what appeared on the customer's phone since stock was taken."""
        return [item for item in self.business_items(self.person) if item.id not in self._stock]

    def arrived(self, what: str, matches: Callable[[Item], bool]) -> Item:
        """Return the one new item that matches, and account for it."""
        new = self.new_items()
        found = [item for item in new if matches(item)]
        if len(found) != 1:
            shown = "; ".join(_shown(item) for item in new) or "nothing"
            raise SubjectFailure(
                f"the phone should show {what} once, and shows it {len(found)} times; new on the phone: {shown}"
            )
        self.account_for(found[0])
        return found[0]

    def account_for(self, item: Item) -> None:
        """Count an item as named by a step."""
        self._stock.add(item.id)

    def from_customer(self) -> list[Entry]:
        """Return what the transcript has from the customer."""
        return [entry for entry in self.stage.transcript(self.person) if entry.direction is Direction.FROM_CUSTOMER]

    def read_once(self, what: str, matches: Callable[[Entry], bool]) -> Entry:
        """Return the one entry from the customer that matches."""
        entries = self.from_customer()
        found = [entry for entry in entries if matches(entry)]
        if len(found) != 1:
            shown = "; ".join(f"{entry.kind} {entry.text!r}" for entry in entries) or "nothing"
            raise SubjectFailure(
                f"the agent should read {what} once, and reads it {len(found)} times; from the customer: {shown}"
            )
        return found[0]

    def sent_entry(self) -> Entry:
        """Return the transcript's present state of the message that the agent sent."""
        sent = self.accepted()
        entries = self.stage.transcript(self.person)
        found = [entry for entry in entries if entry.id == sent.id]
        expect(len(found) == 1, f"the transcript has the sent message {len(found)} times")
        return found[0]

    def say(self, message: Message) -> None:
        """Let the agent send, and remember what became of it."""
        self.sent = self.stage.send(self.person, message)
        self.messages += not isinstance(self.sent, Refused)

    def accepted(self) -> Entry:
        """Return the entry of the agent's message, which the subject must have accepted."""
        if isinstance(self.sent, Refused):
            raise self.sent
        if self.sent is None:
            raise LabDefect("a step speaks of the agent's message before the agent has sent one")
        return self.sent

    def expect_nothing_else(self) -> None:
        """Fail when a phone has what no step named, or the gateway took more than the agents wrote."""
        self.stage.look_anew()
        extra = [
            f"{person.channel} phone shows {_shown(item)}"
            for person in self.people
            for item in self.business_items(person)
            if item.id not in self._stock
        ]
        expect(not extra, "something else was sent: " + "; ".join(extra))
        sends = len(accepted_sends(self.stage.look_at_trace()))
        expect(
            sends <= self.messages,
            f"the Conversation API took {sends} messages of the {self.messages} that agents wrote",
        )


def _shown(item: Item) -> str:
    return f"{item.kind} {item.text!r}" if item.text else item.kind


def period(text: str) -> dt.timedelta:
    """Return the length of time that a phrase such as `23 hours 59 minutes` names."""
    parts = re.findall(r"(\d+) (second|minute|hour|day)s?", text)
    if not parts or " ".join(f"{n} {unit}" for n, unit in parts) != re.sub(r"(second|minute|hour|day)s", r"\1", text):
        raise LabDefect(f"{text!r} is not a period such as `23 hours 59 minutes`")
    return dt.timedelta(seconds=sum(int(n) * UNIT_SECONDS[unit] for n, unit in parts))


def column(table: Iterable[list[str]]) -> list[str]:
    """Return the cells of a table with one column and no heading."""
    return [row[0] for row in table]
