"""What a business asks a template to be, understood or refused in the vendor's way. Pure; JSON stops here.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any, Final

import msgspec

from fake_channels.core.schemas import checkers
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.limits import Subcode
from fake_channels.whatsapp.state import TemplateButton
from fake_channels.whatsapp.wire import Json, Refused

_CHECKS: Final = checkers("fake_channels.whatsapp", "template.json")
_COMPONENTS: Final = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_FORMAT_OF: Final = {
    "HEADER": limits.HEADER_FORMAT,
    "BODY": limits.BODY_FORMAT,
    "FOOTER": limits.FOOTER_FORMAT,
    "BUTTONS": limits.FIELD_MISSING,
}
_BUTTONS_MOST: Final = {"QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "OTP": 1}
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_WORDS_A_VARIABLE: Final = 3
_CODE: Final = "{{1}} is your verification code."
_WARNING: Final = "For your security, do not share this code."


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it is asked for: what a `Template` keeps of it."""

    name: str
    language: str
    category: str
    parameter_format: str
    components: list[Json]
    header: str = ""
    header_text: str = ""
    header_names: tuple[str, ...] = ()
    body: str = ""
    body_names: tuple[str, ...] = ()
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()


def parse_template(body: Any, handles: Collection[str]) -> Draft:
    """Understand a request for a template; `handles` are those of the files that were uploaded.

    Raises:
        Refused: with code 100, and a subcode where the vendor has one.
    """
    if not isinstance(body, dict):
        raise Refused(limits.INVALID_PARAMETER, "The body must be a JSON object.")
    _check("TEMPLATE", body, None)
    parts: dict[str, Json] = {}
    for component in body["components"]:
        kind = component["type"].upper()
        if kind not in _COMPONENTS or kind in parts:
            raise Refused(limits.INVALID_PARAMETER, f"components: {kind[:40]!r} is unknown or there twice")
        _check(kind, component, _FORMAT_OF[kind])
        parts[kind] = component
    if "BODY" not in parts:
        raise Refused(limits.INVALID_PARAMETER, "components: a BODY is required", limits.FIELD_MISSING)
    named = str(body.get("parameter_format", "POSITIONAL")).upper()
    return Draft(
        name=body["name"],
        language=body["language"],
        category=body["category"],
        parameter_format=named,
        components=body["components"],
        footer=_footer(parts.get("FOOTER")),
        buttons=_buttons(parts.get("BUTTONS")),
        **_body(parts["BODY"], body["category"], named),
        **_header(parts.get("HEADER"), named, handles),
    )


def variables(text: str) -> tuple[str, ...]:
    """The names of a text's variables, each once, in their order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, values: dict[str, str]) -> str:
    """`text` with its variables replaced."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def _check(kind: str, value: Json, subcode: Subcode | None) -> None:
    checker = _CHECKS[kind]
    if checker.accepts(value):
        return
    mistakes = checker.mistakes(value)
    too_long = kind != "TEMPLATE" and any(mistake.rule == "maxLength" for mistake in mistakes)
    says = "; ".join(f"{kind.lower()} {mistake.path}: {mistake.says}" for mistake in mistakes)
    raise Refused(limits.INVALID_PARAMETER, says, limits.FIELD_TOO_LONG if too_long else subcode)


def _body(part: Json, category: str, named: str) -> dict[str, Any]:
    if category == "AUTHENTICATION":
        text = f"{_CODE} {_WARNING}" if part.get("add_security_recommendation") else _CODE
        return {"body": text, "body_names": ("1",)}
    text = part.get("text", "")
    if not text:
        raise Refused(limits.INVALID_PARAMETER, "body: text is required", limits.BODY_FORMAT)
    names = _names(text, named, limits.BODY_FORMAT)
    if names:
        _check_places(text, names)
        if not part.get("example"):
            raise _missing("BODY", "example")
    return {"body": text, "body_names": names}


def _names(text: str, named: str, subcode: Subcode) -> tuple[str, ...]:
    names = variables(text)
    if named == "NAMED":
        right = all(_NAME.fullmatch(name) for name in names)
    else:
        right = names == tuple(str(number) for number in range(1, len(names) + 1))
    if not right or text.count("{{") != len(_VARIABLE.findall(text)):
        raise Refused(limits.INVALID_PARAMETER, f"variables do not fit the format {named}", subcode)
    return names


def _check_places(text: str, names: tuple[str, ...]) -> None:
    bare = text.strip()
    if _VARIABLE.match(bare) or _VARIABLE.fullmatch(bare[bare.rfind("{{") :]):
        raise Refused(limits.INVALID_PARAMETER, "move the variables inwards", limits.VARIABLE_AT_EDGE)
    words = len(_VARIABLE.sub(" ", text).split())
    if words < len(names) * _WORDS_A_VARIABLE - 1 and len(names) > 2:  # noqa: PLR2004  short texts may have two
        raise Refused(limits.INVALID_PARAMETER, "use fewer variables or more words", limits.TOO_MANY_VARIABLES)


def _missing(kind: str, field: str) -> Refused:
    says = f"component of type {kind} is missing expected field(s) ({field})"
    return Refused(limits.INVALID_PARAMETER, says, limits.FIELD_MISSING)


def _header(part: Json | None, named: str, handles: Collection[str]) -> dict[str, Any]:
    if part is None:
        return {}
    shown, example = part["format"], part.get("example") or {}
    if shown == "TEXT":
        names = _names(part["text"], named, limits.HEADER_FORMAT)
        if len(names) > 1:
            raise Refused(limits.INVALID_PARAMETER, "header: at most one variable", limits.HEADER_FORMAT)
        if names and not example:
            raise _missing("HEADER", "example")
        return {"header": shown, "header_text": part["text"], "header_names": names}
    if shown == "LOCATION":
        return {"header": shown}
    given = example.get("header_handle") if isinstance(example, dict) else None
    if not isinstance(given, list) or not given:
        raise _missing("HEADER", "example")
    if not all(isinstance(one, str) and one in handles for one in given):
        raise Refused(limits.INVALID_PARAMETER, "header: unknown header_handle", limits.HEADER_FORMAT)
    return {"header": shown}


def _footer(part: Json | None) -> str:
    if part is None:
        return ""
    minutes = part.get("code_expiration_minutes")
    text = str(part.get("text") or f"This code expires in {minutes} minutes.")
    if "{{" in text:
        raise Refused(limits.INVALID_PARAMETER, "footer: no variables", limits.FOOTER_FORMAT)
    return text


def _buttons(part: Json | None) -> tuple[TemplateButton, ...]:
    if part is None:
        return ()
    made = []
    for button in part["buttons"]:
        kind = str(button["type"]).upper()
        if kind not in _BUTTONS_MOST:
            raise Refused(limits.INVALID_PARAMETER, f"buttons: unknown type {kind[:40]!r}", limits.FIELD_MISSING)
        _check(kind, button, limits.FIELD_MISSING)
        url = button.get("url", "")
        if len(_VARIABLE.findall(url)) > 1 or ("{{" in url and not url.rstrip().endswith("}}")):
            raise Refused(limits.INVALID_PARAMETER, "buttons: a URL takes one variable, at its end")
        text = button.get("text") or "Copy code"
        made.append(TemplateButton(kind, text, url or button.get("phone_number", "")))
    counts = Counter(button.kind for button in made)
    for kind, most in _BUTTONS_MOST.items():
        if counts[kind] > most:
            raise Refused(limits.INVALID_PARAMETER, f"buttons: {counts[kind]} of type {kind}, at most {most}")
    return tuple(made)
