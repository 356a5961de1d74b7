"""A tenant's settings from the admin API: unknown keys are ignored and named, so that newer callers can talk to us."""

import copy
from typing import Any

from pydantic import ValidationError

from contactpro_bridge.settings.tenant import TenantSettings


def parse_tenant(body: dict[str, Any]) -> tuple[TenantSettings, list[str]]:
    """Return the settings and the dotted paths of the keys that were ignored; raises ValidationError for the rest."""
    try:
        return TenantSettings.model_validate(body), []
    except ValidationError as problem:
        unknown = [mistake["loc"] for mistake in problem.errors() if mistake["type"] == "extra_forbidden"]
        if not unknown:
            raise
    pruned = copy.deepcopy(body)
    for path in unknown:
        _remove(pruned, path)
    return TenantSettings.model_validate(pruned), [".".join(str(part) for part in path) for path in unknown]


def _remove(body: Any, path: tuple[int | str, ...]) -> None:
    *parents, last = path
    for part in parents:
        body = body[part]
    if isinstance(body, dict):
        body.pop(last, None)
