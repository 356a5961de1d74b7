"""File names for scenarios: safe on every file system, stable from run to run, one each."""

import hashlib
import re
from collections import Counter
from typing import Final

from reports.model import Run

_LONGEST: Final = 80
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def stems(run: Run) -> list[str]:
    """A name for each scenario of the run, in the run's order; no two alike, not even where case does not count."""
    taken: set[str] = set()
    made = []
    seen = Counter(scenario.id for scenario in run.scenarios)
    for scenario in run.scenarios:
        shared = seen[scenario.id] > 1 and scenario.channel
        base = stem(f"{scenario.id}-{scenario.channel}" if shared else scenario.id)
        name, copy = base, 1
        while name.lower() in taken:
            copy += 1
            name = f"{base}-{copy}"
        taken.add(name.lower())
        made.append(name)
    return made


def stem(identity: str) -> str:
    """A file name without extension that tells what it is; a digest keeps apart what the letters do not."""
    plain = _UNSAFE.sub("-", identity).strip("-")
    if plain and plain == identity and len(plain) <= _LONGEST:
        return plain
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{plain[:_LONGEST].rstrip('-') or 'scenario'}-{digest}"
