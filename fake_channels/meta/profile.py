"""The messenger profile: Get Started button, greeting, persistent menu, ice breakers, and what a person sees of them.

Source: https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api
"""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core.handset import Button
from fake_channels.core.schemas import Checker, load
from fake_channels.core.tables import KnownBy, VendorError
from fake_channels.meta.inbox import Inbox
from fake_channels.meta.platform import Platform, Problem, Refused
from fake_channels.meta.sending import refused

Json = dict[str, Any]

PROPERTIES: Final = (
    "account_linking_url",
    "get_started",
    "greeting",
    "home_url",
    "ice_breakers",
    "persistent_menu",
    "whitelisted_domains",
)
NO_GET_STARTED: Final = Problem(
    VendorError(
        100,
        400,
        "You must set a Get Started button if you also wish to use persistent menu",
        "https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api/persistent-menu",
        KnownBy.SAMPLE,
    ),
    2018145,
)
_SCHEMA: Final = Checker(load("fake_channels.meta", "profile.json"))


def change(inbox: Inbox, parameters: Json, platform: Platform) -> None:
    """Set properties.

    Raises:
        Refused: with all mistakes at once; a menu needs a Get Started button, where there are such.
    """
    wanted = {name: value for name, value in parameters.items() if name != "platform"}
    unknown = sorted(set(wanted) - set(PROPERTIES))
    if unknown or not wanted:
        why = f'Invalid keys "{", ".join(unknown)}" were found in param "messenger_profile".'
        raise Refused(
            platform.problems.invalid, why=why if unknown else "Requires one of the params: " + ", ".join(PROPERTIES)
        )
    if not _SCHEMA.accepts(wanted):
        raise refused(_SCHEMA.mistakes(wanted), platform)
    _check({**inbox.profile, **wanted}, platform)
    inbox.profile = {**inbox.profile, **wanted}


def delete(inbox: Inbox, names: tuple[str, ...], platform: Platform) -> None:
    """Remove properties.

    Raises:
        Refused: none or an unknown one is named, or the menu would be left without its Get Started button.
    """
    if not names or not set(names) <= set(PROPERTIES):
        why = f"Param fields must be some of {{{', '.join(PROPERTIES).upper()}}}"
        raise Refused(platform.problems.invalid, why=why)
    left = {name: value for name, value in inbox.profile.items() if name not in names}
    _check(left, platform)
    inbox.profile = left


def read(inbox: Inbox, names: tuple[str, ...], platform: Platform) -> list[Json]:
    """The properties that are set, as one object.

    Raises:
        Refused: none or an unknown one is asked for.
    """
    if not names or not set(names) <= set(PROPERTIES):
        why = f"Param fields must be some of {{{', '.join(PROPERTIES).upper()}}}"
        raise Refused(platform.problems.invalid, why=why)
    found = {name: inbox.profile[name] for name in names if name in inbox.profile}
    return [found] if found else []


def _check(wanted: Json, platform: Platform) -> None:
    if platform.menu_needs_get_started and wanted.get("persistent_menu") and "get_started" not in wanted:
        raise Refused(NO_GET_STARTED)


def menu(inbox: Inbox, locale: str) -> tuple[Button, ...]:
    """The entries of the menu that this person sees, nested ones included."""
    chosen = _menu(inbox, locale)
    return tuple(_entries(chosen.get("call_to_actions") or ()))


def may_type(inbox: Inbox, locale: str) -> bool:
    """False where the menu takes the place of the composer."""
    return not _menu(inbox, locale).get("composer_input_disabled")


def _menu(inbox: Inbox, locale: str) -> Json:
    menus: list[Json] = inbox.profile.get("persistent_menu") or []
    by_locale = {one.get("locale", "default"): one for one in menus}
    return by_locale.get(locale) or by_locale.get("default") or {}


def _entries(actions: Any) -> list[Button]:
    found: list[Button] = []
    for one in actions:
        if one["type"] == "nested":
            found += _entries(one["call_to_actions"])
        elif one["type"] == "web_url":
            found.append(Button(one["url"], one["title"], "url", one["url"]))
        else:
            found.append(Button(one["payload"], one["title"]))
    return found


def ice_breakers(inbox: Inbox) -> tuple[Button, ...]:
    """The questions that somebody who never wrote may tap."""
    questions: list[Json] = []
    for one in inbox.profile.get("ice_breakers") or ():
        questions += one.get("call_to_actions") or [one]
    return tuple(Button(one["payload"], one["question"]) for one in questions)
