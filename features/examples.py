"""The Examples of the outlines: which channels, and which kinds of file, follows from the requirements and the tables.

`python -m features.examples` writes them anew into the feature files; a test fails when they are behind. A table with
the columns `channel` or `channel` and `kind` is generated, any other is left as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gherkin.parser import Parser

from harness.catalogue import REQUIREMENT, RequirementId
from harness.channels import carries, read_need
from harness.requirements import Requirement, Requirements, load_requirements
from harness.samples import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent
FILES: Final = {"image": "image", "document": "document", "video": "video", "audio file": "audio"}
"""What a step calls a file, to the tables' kind."""


def rows_for(requirement: Requirement, columns: tuple[str, ...]) -> list[tuple[str, ...]] | None:
    """Return the rows of a generated table, None for a table that is written by hand."""
    if columns == ("channel",):
        return [(channel,) for channel in requirement.channels]
    if columns == ("channel", "kind") and requirement.needs:
        _, direction = read_need(requirement.needs[0])
        return [
            (channel, called)
            for channel in requirement.channels
            for called, kind in FILES.items()
            if carries(channel, kind, direction, KINDS[called][1])
        ]
    return None


def fresh(text: str, requirements: Requirements) -> str:
    """Return a feature file with its generated tables made anew."""
    lines = text.splitlines(keepends=True)
    for outline in reversed(list(_outlines(Parser().parse(text)["feature"]["children"]))):
        named = [tag["name"].removeprefix("@") for tag in outline["tags"]]
        ids = [RequirementId(name) for name in named if REQUIREMENT.fullmatch(name)]
        for table in reversed(outline["examples"]):
            columns = tuple(cell["value"] for cell in table["tableHeader"]["cells"])
            rows = rows_for(requirements.rows[ids[0]], columns) if ids else None
            if rows is not None:
                at = table["tableHeader"]["location"]
                _replace(lines, at, len(table["tableBody"]), [columns, *rows])
    return "".join(lines)


def _outlines(children: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for child in children:
        if "rule" in child:
            yield from _outlines(child["rule"]["children"])
        elif child.get("scenario", {}).get("examples"):
            yield child["scenario"]


def _replace(lines: list[str], at: Mapping[str, int], rows_now: int, rows: list[tuple[str, ...]]) -> None:
    first, indent = at["line"] - 1, " " * (at["column"] - 1)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines[first : first + 1 + rows_now] = [
        f"{indent}| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |\n"
        for row in rows
    ]


def main() -> int:
    """Write every feature file's tables; return 1 when some were behind."""
    requirements = load_requirements(FOLDER / "requirements")
    changed = 0
    for path in sorted(FOLDER.rglob("*.feature")):
        old = path.read_text("utf-8")
        new = fresh(old, requirements)
        if new != old:
            path.write_text(new, "utf-8")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main())
