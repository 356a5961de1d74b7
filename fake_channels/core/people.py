"""Invented customers: names true to their locale, numbers from ranges that nobody owns."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from fake_channels.core.handset import Person
from fake_channels.core.ids import Ids

if TYPE_CHECKING:
    from faker import Faker

LOCALES: Final = ("en_US", "en_GB", "de_DE", "fr_FR", "sv_SE", "fi_FI", "ja_JP", "ar_SA", "pt_BR")

# In North America 555-0100 to 555-0199 of every area code is kept for fiction.
# https://nationalnanpa.com/number_resource_info/555_numbers.html
_AREAS: Final = tuple(code for code in range(201, 990) if code % 100 != 11 and code % 10 != 9)  # noqa: PLR2004
_PER_AREA: Final = 100
_KEPT: Final = {
    # First number and count of what a regulator gives to nobody. Other countries keep none: people there have a North
    # American number, and so has everybody beyond the count.
    # Ofcom: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
    "en_GB": (447_700_900_000, 1_000),
    # Bundesnetzagentur, notice 148/2021, Berlin: https://www.bundesnetzagentur.de
    "de_DE": (493_023_125_000, 1_000),
    # Arcep, decision 2009-1089: https://www.arcep.fr
    "fr_FR": (33_639_980_000, 10_000),
    # PTS: https://www.pts.se
    "sv_SE": (46_701_740_605, 95),
}


class UnknownLocale(ValueError):
    """There are no names for this locale."""


def invent(ids: Ids, index: int, locale: str = "", name: str | None = "") -> Person:
    """The `index`-th person of a world; an empty `name` invents one, None leaves the person nameless.

    Raises:
        UnknownLocale: `locale` is none that names exist for.
    """
    chosen = locale or LOCALES[0]
    faker = _faker(chosen)
    faker.seed_instance(int.from_bytes(ids.octets("person", 8), "big"))
    invented = f"{faker.first_name()} {faker.last_name()}"
    shown = invented if name == "" else name
    return Person(
        id=ids.ulid(index),
        name=shown,
        username=_username(shown or invented, index),
        locale=chosen,
        msisdn=_msisdn(ids.seed, index, chosen),
    )


@functools.cache
def _faker(locale: str) -> Faker:
    from faker import Faker  # noqa: PLC0415  costs a third of a second, and many worlds have no customers

    try:
        return Faker(locale)
    except (AttributeError, ImportError, ValueError):
        raise UnknownLocale(f"no names for locale {locale!r}: use one such as {', '.join(LOCALES)}") from None


@functools.lru_cache(maxsize=4_096)
def _start(seed: str) -> int:
    return int.from_bytes(Ids(seed).octets("msisdn", 8), "big")


def _msisdn(seed: str, index: int, locale: str = "") -> str:
    first, count = _KEPT.get(locale, (0, 0))
    if index < count:
        return str(first + (_start(seed) + index) % count)
    place = (_start(seed) + index) % (len(_AREAS) * _PER_AREA)
    return f"1{_AREAS[place // _PER_AREA]}55501{place % _PER_AREA:02d}"


def _username(name: str, index: int) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{re.sub(r'[^a-z0-9]+', '_', plain).strip('_') or 'customer'}_{index}"
