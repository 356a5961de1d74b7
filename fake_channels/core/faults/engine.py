"""The faults of one world: rules, their counters, and the plan they make of an exchange."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from fake_channels.core.faults.content import Content
from fake_channels.core.faults.delay import Delay
from fake_channels.core.faults.drop import Drop
from fake_channels.core.faults.duplicate import Duplicate
from fake_channels.core.faults.failure import Failure
from fake_channels.core.faults.plan import Plan, Side
from fake_channels.core.faults.reorder import Reorder
from fake_channels.core.faults.reset import Reset
from fake_channels.core.faults.status import Status
from fake_channels.core.faults.throttle import Throttle
from fake_channels.core.faults.truncate import Truncate
from fake_channels.core.ids import Ids

What: TypeAlias = Status | Failure | Delay | Duplicate | Drop | Reorder | Throttle | Reset | Truncate | Content


class UnknownFault(LookupError):
    """No rule has this id."""


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which exchanges: participants by name (empty = any) and the operation as a glob such as `MESSAGE_*`."""

    source: str = ""
    target: str = ""
    operation: Annotated[str, Meta(max_length=200)] = "*"

    def matches(self, source: str, target: str, operation: str) -> bool:
        """True for an exchange of these."""
        return self.source in {"", source} and self.target in {"", target} and fnmatchcase(operation, self.operation)


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often: always, the `next` n, `every` n-th, or `sometimes` by the world's dice."""

    kind: Literal["always", "next", "every", "sometimes"] = "always"
    n: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    probability: Annotated[float, Meta(ge=0, le=1)] = 0.5


class Rule(msgspec.Struct, kw_only=True):
    """One fault."""

    id: str
    where: Where
    when: When
    what: What
    seen: int = 0
    """Exchanges that matched `where`."""
    hits: int = 0
    """Exchanges it was acted out on."""

    def strikes(self, ids: Ids) -> bool:
        """Count one matching exchange; True when the fault acts on it."""
        self.seen += 1
        match self.when.kind:
            case "always":
                struck = True
            case "next":
                struck = self.hits < self.when.n
            case "every":
                struck = self.seen % self.when.n == 0
            case "sometimes":
                struck = ids.fraction("faults") < self.when.probability
        self.hits += struck
        return struck


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for a fault, as the control API takes it."""

    what: What
    where: Where = Where()
    when: When = When()


class Faults(msgspec.Struct):
    """All rules of a world, in the order they were made."""

    rules: list[Rule] = []

    def __bool__(self) -> bool:
        """True when there is any rule."""
        return bool(self.rules)

    def add(self, order: Order, fault_id: str) -> Rule:
        """Make a rule."""
        rule = Rule(id=fault_id, where=order.where, when=order.when, what=order.what)
        self.rules.append(rule)
        return rule

    def remove(self, fault_id: str) -> None:
        """Take a rule back; `UnknownFault` when there is none with this id."""
        for rule in self.rules:
            if rule.id == fault_id:
                self.rules.remove(rule)
                return
        raise UnknownFault(fault_id)

    def plan(self, sides: tuple[Side, ...], source: str, target: str, operation: str, now: int, ids: Ids) -> Plan:
        """What the rules make of one exchange, seen from these sides of it."""
        plan = Plan()
        for rule in self.rules:
            if rule.what.side() in sides and rule.where.matches(source, target, operation) and rule.strikes(ids):
                rule.what.shape(plan, now)
        return plan
