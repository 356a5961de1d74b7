"""Lists in pages: page sizes, and URL-safe tokens that name the last item seen.

A token names an item, not an offset, so that items that come or go meanwhile neither repeat nor hide others.
Must not know: what is listed.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

from fake_sinch.errors import invalid
from fake_sinch.limits import PageSize

Item = TypeVar("Item")
Key: TypeAlias = tuple[int, str]
"""An item's place in its list: a number and an id."""


def size(asked: str | int, limit: PageSize) -> int:
    """Return the page size to use: absent and 0 mean the default, more than the most means the most."""
    text = str(asked)
    if not text:
        return limit.default
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - an int32
        raise invalid("page_size", f"{text[:40]!r} is not a number of at least 0")
    return min(int(text), limit.most) or limit.default


def token(key: Key) -> str:
    """Return the page token for the items after ``key``; safe in a URL without escapes."""
    return urlsafe_b64encode(f"{key[0]}.{key[1]}".encode()).rstrip(b"=").decode()


def key_of(text: str) -> Key:
    """Return the key in a page token, or refuse the token."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        number, dot, ident = raw.partition(".")
        found = (int(number), ident)
    except (binascii.Error, UnicodeError, ValueError):
        found, dot = (0, ""), ""
    if not dot or token(found) != text:
        raise invalid("page_token", "the page token is not valid")
    return found


def page(
    items: Iterable[Item], key: Callable[[Item], Key], count: int, after: str, *, newest_first: bool = False
) -> tuple[list[Item], str]:
    """Return one page in the order of ``key`` and the token of the next one ("" after the last)."""
    ordered = sorted(items, key=key, reverse=newest_first)
    if after:
        last = key_of(after)
        ordered = [i for i in ordered if (key(i) < last if newest_first else key(i) > last)]
    shown = ordered[:count]
    return shown, token(key(shown[-1])) if len(ordered) > count else ""
