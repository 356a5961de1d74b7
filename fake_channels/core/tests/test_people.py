"""Invented customers."""

from __future__ import annotations

import re

import pytest

from fake_channels.core import people
from fake_channels.core.ids import Ids


def test_the_same_seed_invents_the_same_people() -> None:
    """Names, numbers and ids."""
    first, second = Ids("a"), Ids("a")
    made = [people.invent(first, index) for index in range(3)]
    assert made == [people.invent(second, index) for index in range(3)]
    assert len({person.msisdn for person in made}) == 3


def test_numbers_are_from_the_range_kept_for_fiction() -> None:
    """1-NXX-555-01XX, and all different."""
    ids = Ids("a")
    numbers = [people._msisdn(ids.seed, index) for index in range(2_000)]
    assert all(re.fullmatch(r"1[2-9]\d\d55501\d\d", number) for number in numbers)
    assert len(set(numbers)) == 2_000


@pytest.mark.parametrize(
    ("locale", "pattern", "count"), [("en_GB", r"447700900\d{3}", 1_000), ("sv_SE", r"4670174\d{4}", 95)]
)
def test_numbers_are_true_to_the_locale_while_there_are_any(locale: str, pattern: str, count: int) -> None:
    """All different; whoever comes too late has one from North America."""
    numbers = [people._msisdn("seed", index, locale) for index in range(count + 5)]
    assert [bool(re.fullmatch(pattern, number)) for number in numbers] == [True] * count + [False] * 5
    assert len(set(numbers)) == count + 5


@pytest.mark.parametrize("locale", people.LOCALES)
def test_names_exist_for_every_offered_locale(locale: str) -> None:
    """With a username in ASCII whatever the script."""
    person = people.invent(Ids("a"), 0, locale)
    assert person.name
    assert (person.locale, person.username.isascii()) == (locale, True)


def test_a_given_name_is_kept_and_none_leaves_the_person_nameless() -> None:
    """First and last name follow from it."""
    ada = people.invent(Ids("a"), 0, name="Ada Byron Lovelace")
    assert (ada.name, ada.first_name, ada.last_name) == ("Ada Byron Lovelace", "Ada", "Byron Lovelace")
    nameless = people.invent(Ids("a"), 0, name=None)
    assert (nameless.name, nameless.first_name, nameless.last_name) == (None, "", "")


@pytest.mark.parametrize("locale", ["xx_XX", "nonsense", "../etc"])
def test_an_unknown_locale_is_refused(locale: str) -> None:
    """With those that would do."""
    with pytest.raises(people.UnknownLocale, match="en_US"):
        people.invent(Ids("a"), 0, locale)
