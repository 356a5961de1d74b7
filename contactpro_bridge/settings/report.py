"""Mistakes in settings, told so that they can be mended: the file, the key, what is wrong, what to do.

Values are never repeated; they may be secrets.
"""

from collections.abc import Collection
from typing import Final

from pydantic import ValidationError

_FIXES: Final = {
    "extra_forbidden": "remove the key or correct its spelling",
    "missing": "add the key",
    "bool_type": "use true or false",
    "bool_parsing": "use true or false",
    "int_type": "use a whole number",
    "int_parsing": "use a whole number",
    "string_type": "use a text in quotes",
    "list_type": "use a list in brackets",
    "literal_error": "use one of the listed values",
}


class ConfigError(Exception):
    """The settings cannot be used; the text names every mistake."""


def explain(source: str, problem: ValidationError, from_environment: Collection[str] = ()) -> str:
    """Return one line per mistake of ``problem``; keys that came from the environment are said to."""
    lines = []
    for mistake in problem.errors(include_url=False, include_context=False, include_input=False):
        key = ".".join(str(part) for part in mistake["loc"]) or "(whole file)"
        where = "environment" if key in from_environment else source
        message = mistake["msg"].removeprefix("Value error, ")
        fix = _FIXES.get(mistake["type"])
        lines.append(f"{where}: {key}: {message}" + (f" - {fix}" if fix else ""))
    return "\n".join(lines)
