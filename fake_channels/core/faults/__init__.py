"""Faults as data: where, when and what. One file a kind; importing it registers it.

A fault is a rule of a world. For each exchange the rules that match it shape a `Plan`: refuse it, delay it, send it
twice. Kinds that shape the answer act at whoever answers, kinds that shape the carriage act at whoever sends, so a
rule never counts twice for one exchange. To add a kind, copy the shortest neighbour.
"""

from __future__ import annotations

from fake_channels.core.faults.content import Content
from fake_channels.core.faults.delay import Delay
from fake_channels.core.faults.drop import Drop
from fake_channels.core.faults.duplicate import Duplicate
from fake_channels.core.faults.engine import Faults, Rule, UnknownFault, What, When, Where
from fake_channels.core.faults.failure import Failure
from fake_channels.core.faults.plan import Plan, Side
from fake_channels.core.faults.reorder import Reorder
from fake_channels.core.faults.reset import Reset
from fake_channels.core.faults.status import Status
from fake_channels.core.faults.throttle import Throttle
from fake_channels.core.faults.truncate import Truncate

__all__ = [
    "Content",
    "Delay",
    "Drop",
    "Duplicate",
    "Failure",
    "Faults",
    "Plan",
    "Reorder",
    "Reset",
    "Rule",
    "Side",
    "Status",
    "Throttle",
    "Truncate",
    "UnknownFault",
    "What",
    "When",
    "Where",
]
