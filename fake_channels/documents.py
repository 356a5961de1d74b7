"""The documents that are made of the channels' tables: the matrix of the README and the honesty tables.

`python -m fake_channels.documents` writes them anew, a test fails when they are behind.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from fake_channels.core.contract import Channel
from fake_channels.core.tables import KINDS, Support
from fake_channels.registry import CHANNELS

OWN: Final = Path(__file__).with_name("README.md")
ROOT: Final = OWN.parents[1] / "README.md"

_WORDS: Final = {("MO", "MT"): "both ways", ("MO",): "in", ("MT",): "out", (): ""}


def matrix() -> str:
    """Every channel with every kind of message: in (from the customer), out (to the customer); ~ when it is changed."""
    rows = [
        f"| channel | port | {' | '.join(KINDS)} |",
        f"|---|---|{'---|' * len(KINDS)}",
    ]
    for channel in CHANNELS.values():
        cells = " | ".join(_cell(channel, kind) for kind in KINDS)
        rows.append(f"| {channel.title} | {channel.host.port} | {cells} |")
    return "\n".join(rows) + "\n"


def _cell(channel: Channel[Any], kind: str) -> str:
    cells = [row for row in channel.tables.kinds if row.kind == kind]
    native = tuple(sorted(row.direction for row in cells if row.support is Support.NATIVE))
    changed = [f"{_WORDS[row.direction,]}~" for row in cells if row.support is Support.DEGRADES]
    return ", ".join(filter(None, [_WORDS[native], *changed])) or "-"


def honesty() -> str:
    """What each channel emulates how, and how that is known; then its famous errors by name."""
    parts = []
    for channel in CHANNELS.values():
        notes = [f"| {row.topic} | {row.says} | {_known(row)} |" for row in channel.tables.notes]
        presets = [f"| `{channel.name}:{row.name}` | {row.says} | {_known(row)} |" for row in channel.tables.presets]
        parts += [f"### {channel.title}", "", "| topic | what the fake does | known by |", "|---|---|---|", *notes, ""]
        if channel.tables.accepts:
            taken = "; ".join(f"{kind}: {', '.join(types)}" for kind, types in channel.tables.accepts.items())
            parts += [f"Files to the customer by type: {taken}.", ""]
        if presets:
            parts += ["| fault preset | what happens | known by |", "|---|---|---|", *presets, ""]
    return "\n".join(parts)


def _known(row: Any) -> str:
    return f"[{row.known_by}]({row.source})" if row.source.startswith("http") else str(row.known_by)


def fresh(text: str) -> str:
    """Return a document with its generated parts made anew."""
    for name, make in (("channels", matrix), ("honesty", honesty)):
        start, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->\n"
        before, found, rest = text.partition(start)
        if found:
            _, _, after = rest.partition(end)
            text = f"{before}{start}\n{make()}\n{end}{after}"
    return text


def main() -> int:
    """Write the generated parts; return 1 when some were behind."""
    changed = 0
    for path in (ROOT, OWN):
        old = path.read_text("utf-8")
        new = fresh(old)
        if new != old:
            path.write_text(new, "utf-8")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main())
