"""The closed vocabulary: every phrase that a scenario may use, read from the step modules without running them.

`python -m features.vocabulary` writes the tables of `README.md` anew; a test fails when they are behind. It knows
nothing of what a step does but its first line of documentation.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_bdd import parsers

from harness.catalogue import read_features
from harness.outcomes import LabDefect
from harness.requirements import Requirements, load_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
KINDS = ("given", "when", "then")
AREAS = {
    "TEXT": "text both ways",
    "META": "metadata as attached data",
    "NAME": "the customer's name",
    "FILE": "files both ways",
    "RICH": "locations, choices, unsupported content",
    "RCPT": "delivery receipts",
    "WAWIN": "WhatsApp's window and templates",
    "HOOK": "callbacks: genuine, once, in order",
    "FAULT": "faults of the Conversation API",
    "RIGHT": "rights and consents",
}
"""Every area of requirements, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One step as it may be written, and what it means."""

    kind: str
    text: str
    parser: str
    meaning: str
    module: str

    def matches(self, step: str) -> bool:
        """Return whether a step's text is an instance of the phrase."""
        if not self.parser:
            return step == self.text
        return bool(getattr(parsers, self.parser)(self.text).is_matching(step))


def phrases() -> list[Phrase]:
    """Return the vocabulary, by module and in the order of the code."""
    found: list[Phrase] = []
    for path in sorted((FOLDER / "steps").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found += _phrases_of(node, path.stem)
    return found


def _phrases_of(function: ast.FunctionDef, module: str) -> Iterator[Phrase]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Name):
            continue
        if decorator.func.id in KINDS:
            text, parser = _text_of(decorator.args[0])
            meaning = (ast.get_docstring(function) or "").splitlines()
            yield Phrase(decorator.func.id, text, parser, "".join(meaning[:1]), module)


def _text_of(argument: ast.expr) -> tuple[str, str]:
    """Return a phrase's text and the name of its parser, which is empty for a phrase without gaps."""
    match argument:
        case ast.Call(func=ast.Attribute(attr=parser), args=[ast.Constant(value=str(text))]):
            return text, parser
        case ast.Constant(value=str(text)):
            return text, ""
        case _:
            raise LabDefect(f"a step's phrase is not a plain text: {ast.unparse(argument)}")


def vocabulary_table(found: Iterable[Phrase]) -> str:
    """Return the phrases as Markdown tables, one for each kind of step."""
    rows = list(found)
    parts = []
    for kind in KINDS:
        parts += [f"**{kind.title()}**", "", "| phrase | meaning |", "|---|---|"]
        parts += [f"| `{_written(row)}` | {row.meaning} |" for row in rows if row.kind == kind]
        parts.append("")
    return "\n".join(parts)


def _written(phrase: Phrase) -> str:
    """Return a phrase as a reader would write it: `{text}` for a gap, whatever its parser."""
    text = phrase.text.replace("(?P<time>.+)", "{time}").replace("(es)?", "(es)")
    return text.replace("|", "\\|").replace(":f}", "}").replace(":d}", "}")


def requirements_table(requirements: Requirements) -> str:
    """Return how many requirements each area has at each level, and how many scenarios ask for them."""
    scenarios = Counter(name.split("-")[1] for scenario in read_features(FOLDER) for name in scenario.tags.requirements)
    rows = ["| area | about | MUST | SHOULD | MAY | scenarios |", "|---|---|---|---|---|---|"]
    for area, about in AREAS.items():
        levels = Counter(row.level.value for row in requirements.rows.values() if row.area == area)
        counts = " | ".join(str(levels[level] or "") for level in ("MUST", "SHOULD", "MAY"))
        rows.append(f"| `CP-{area}` | {about} | {counts} | {scenarios[area]} |")
    total = Counter(row.level.value for row in requirements.rows.values())
    counts = " | ".join(str(total[level] or "") for level in ("MUST", "SHOULD", "MAY"))
    rows.append(f"| all | | {counts} | {sum(scenarios.values())} |")
    return "\n".join(rows) + "\n"


def fresh(text: str) -> str:
    """Return a README with its generated parts made anew."""
    parts = {
        "vocabulary": vocabulary_table(phrases()),
        "requirements": requirements_table(load_requirements(FOLDER / "requirements")),
    }
    for name, made in parts.items():
        start, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->\n"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = f"{before}{start}\n{made}\n{end}{after}"
    return text


def main() -> int:
    """Write the generated parts of the README; return 1 when they were behind."""
    old = README.read_text("utf-8")
    new = fresh(old)
    README.write_text(new, "utf-8")
    return int(old != new)


if __name__ == "__main__":
    sys.exit(main())
