"""Identifiers: the types that keep them apart, and where fresh ones come from.

Contact Pro's own ids are 32 upper-case hex digits; everything that protects data is drawn from ``secrets``.
"""

import re
import secrets
from typing import Final, NewType

TenantId = NewType("TenantId", str)
ChatId = NewType("ChatId", str)
EntryId = NewType("EntryId", str)
AttachmentId = NewType("AttachmentId", str)
JobId = NewType("JobId", str)

RESERVED_TENANTS: Final = frozenset({"agent", "admin", "health", "ready", "metrics", "docs", "static"})
_TENANT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
_HEX32: Final = re.compile(r"[0-9A-F]{32}")


def hex32() -> str:
    """Return a fresh id: 128 random bits as 32 upper-case hex digits."""
    return secrets.token_hex(16).upper()


def is_hex32(text: str) -> bool:
    """Say whether ``text`` has the form of one of our ids."""
    return _HEX32.fullmatch(text) is not None


def is_tenant_name(text: str) -> bool:
    """Say whether ``text`` may name a tenant: safe in a path and a storage key, and none of our own first segments."""
    return _TENANT.fullmatch(text) is not None and text.lower() not in RESERVED_TENANTS
