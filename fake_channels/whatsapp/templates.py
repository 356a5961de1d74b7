"""Message templates: made, reviewed on the world's clock, paused, deleted, and filled by a send.

Every function takes the account, what was asked and the surroundings, changes the account, and returns what is to be
done. Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_channels.core.contract import Env
from fake_channels.core.effects import Effect, Wake
from fake_channels.core.handset import Button, Item
from fake_channels.whatsapp import drafts, limits, notices
from fake_channels.whatsapp.drafts import Draft
from fake_channels.whatsapp.hooks import post
from fake_channels.whatsapp.state import Account, ReviewDue, Template, TemplateButton
from fake_channels.whatsapp.wire import ButtonCall, Json, MediaSource, Parameter, Refused, TemplateCall, lines

_EDITABLE: Final = frozenset({"APPROVED", "REJECTED", "PAUSED"})
_LATE: Final = {"PAUSED": limits.TEMPLATE_PAUSED, "DISABLED": limits.TEMPLATE_DISABLED}
_BUTTON_KINDS: Final = {"QUICK_REPLY": "reply", "PHONE_NUMBER": "call"}
"""What a tap does; taps on all others open or copy something."""
_MEDIA_HEADERS: Final = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})


# --- life -------------------------------------------------------------------------------------------------------------


def create(account: Account, body: Any, env: Env) -> tuple[Json, list[Effect]]:
    """Take a template for review.

    Raises:
        Refused: it cannot be, or there is one of its name and language, or has been until lately.
    """
    draft = drafts.parse_template(body, account.handles)
    key = f"{draft.name}/{draft.language}"
    account.deleted = {name: until for name, until in account.deleted.items() if until > env.now}
    if key in account.deleted:
        says = f"{draft.language} content cannot be added while the former content is being deleted"
        raise Refused(limits.INVALID_PARAMETER, says, limits.BEING_DELETED)
    if key in account.templates:
        says = f"there is {draft.language} content for this template already"
        raise Refused(limits.INVALID_PARAMETER, says, limits.LANGUAGE_EXISTS)
    if len(account.templates) >= limits.TEMPLATES_MAX:
        raise Refused(limits.INVALID_PARAMETER, f"{limits.TEMPLATES_MAX} templates", limits.TOO_MANY_TEMPLATES)
    template = Template(id=env.ids.digits("whatsapp.template", 15), **msgspec.structs.asdict(draft))
    account.templates[key] = template
    told = {"id": template.id, "status": template.status, "category": template.category}
    return told, [_review(account, template, env)]


def edit(account: Account, template: Template, body: Any, env: Env) -> list[Effect]:
    """Change a template; it is reviewed anew.

    Raises:
        Refused: it is under review, or cannot be as asked.
    """
    if not isinstance(body, dict):
        raise Refused(limits.INVALID_PARAMETER, "The body must be a JSON object.")
    if template.status not in _EDITABLE:
        raise Refused(limits.INVALID_PARAMETER, f"a template that is {template.status} cannot be edited")
    wanted = {key: body[key] for key in ("category", "components", "parameter_format") if key in body}
    kept = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "parameter_format": template.parameter_format,
        "components": template.components,
    }
    _take(template, drafts.parse_template({**kept, **wanted}, account.handles))
    template.status, template.reason, template.round = "PENDING", "NONE", template.round + 1
    return [_review(account, template, env)]


def _take(template: Template, draft: Draft) -> None:
    for field, value in msgspec.structs.asdict(draft).items():
        setattr(template, field, value)


def _review(account: Account, template: Template, env: Env, step: int = 0) -> Wake:
    return Wake(env.now + account.settings.review_ms, ReviewDue(template.key, template.round, step))


def on_review(account: Account, event: ReviewDue, env: Env) -> list[Effect]:
    """A review is over: the next step of what its name stands for."""
    template = account.templates.get(event.key)
    if template is None or template.round != event.round:
        return []
    steps = next((steps for word, steps in limits.REVIEWS.items() if word in template.name), ("APPROVED",))
    effects = change(account, template, steps[event.step], env)
    if event.step + 1 < len(steps):
        effects.append(_review(account, template, env, event.step + 1))
    return effects


def change(account: Account, template: Template, status: str, env: Env) -> list[Effect]:
    """Give a template another status and tell the business."""
    template.status, template.changed_at = status, env.now
    template.reason = limits.REJECTION if status == "REJECTED" else "NONE"
    payload = notices.render_template_status(account.waba_id, template, env.now)
    url = account.callback(of_number=False)
    return post(account, url, "templates", "message_template_status_update", payload, (template.id,), env)


def delete(account: Account, name: str, template_id: str, env: Env) -> None:
    """Delete a template in all its languages, or the one with this id.

    Raises:
        Refused: there is none.
    """
    found = [
        one for one in account.templates.values() if one.name == name and (not template_id or one.id == template_id)
    ]
    if not found:
        raise Refused(limits.INVALID_PARAMETER, f"there is no message template {name!r}")
    for template in found:
        del account.templates[template.key]
        account.deleted[template.key] = env.now + limits.TEMPLATE_NAME_FREE_MS


def by_id(account: Account, template_id: str) -> Template | None:
    """The template with this id."""
    return next((one for one in account.templates.values() if one.id == template_id), None)


# --- sends ------------------------------------------------------------------------------------------------------------


def fill(account: Account, call: TemplateCall, item: Item, to: str) -> tuple[Template, MediaSource | None]:
    """Make `item` what the person will see; returns the template and the file of its header.

    Raises:
        Refused: no such template, one that may not be sent now, or values that do not fit.
    """
    template = account.templates.get(f"{call.name}/{call.language}")
    if template is None or template.status in {"PENDING", "REJECTED"}:
        raise Refused(limits.TEMPLATE_MISSING, f"template name ({call.name}) does not exist in {call.language}")
    if template.status in _LATE:
        raise Refused(_LATE[template.status], f"template ({call.name}) is {template.status.lower()}")
    if template.category == "AUTHENTICATION" and not to.isdecimal():
        raise Refused(limits.USER_ID_NOT_ALLOWED, "authentication templates go to phone numbers only")
    media = _header_file(template, call)
    header = drafts.filled(template.header_text, _values(template, "header", template.header_names, call.header))
    body = drafts.filled(template.body, _values(template, "body", template.body_names, call.body))
    if len(body) > limits.TEMPLATE_BODY_MAX:
        raise Refused(limits.TEMPLATE_TOO_LONG, f"body: {len(body)} characters, at most {limits.TEMPLATE_BODY_MAX}")
    item.text = lines(header, body, template.footer)
    item.buttons = _buttons(template, call.buttons) if template.buttons or call.buttons else ()
    item.vendor = {"template": template.name}
    return template, media


def _values(template: Template, part: str, names: tuple[str, ...], given: tuple[Parameter, ...]) -> dict[str, str]:
    texts = given if part == "body" or template.header == "TEXT" else ()
    if len(texts) != len(names):
        says = f"{part}: number of localizable_params ({len(texts)}) does not match the expected number of params"
        raise Refused(limits.TEMPLATE_PARAMETERS, f"{says} ({len(names)})")
    for parameter in texts:
        if parameter.kind not in {"text", "currency", "date_time"}:
            raise _mismatch(part, "TEXT", parameter.kind)
        if not parameter.text:
            raise Refused(limits.PARAMETER_MISSING, f"{part}: a parameter of type {parameter.kind} has no text")
    if template.parameter_format != "NAMED":
        return {name: parameter.text for name, parameter in zip(names, texts, strict=True)}
    values = {parameter.name: parameter.text for parameter in texts}
    if set(values) != set(names):
        raise Refused(limits.INVALID_PARAMETER, f"{part}: Parameter name is missing or empty")
    return values


def _mismatch(part: str, expected: str, received: str) -> Refused:
    says = f"{part}: Format mismatch, expected {expected}, received {received.upper()}"
    return Refused(limits.TEMPLATE_FORMAT, says)


def _header_file(template: Template, call: TemplateCall) -> MediaSource | None:
    if template.header not in _MEDIA_HEADERS:
        if not template.header and call.header:
            raise _mismatch("header", "NONE", call.header[0].kind)
        return None
    given = call.header[0] if call.header else None
    if given is None or given.media is None or given.kind.upper() != template.header:
        raise _mismatch("header", template.header, given.kind if given else "UNKNOWN")
    return given.media


def _buttons(template: Template, calls: tuple[ButtonCall, ...]) -> tuple[Button, ...]:
    values = {call.index: call.parameters[0].text for call in calls if call.parameters}
    strange = [index for index in values if index >= len(template.buttons)]
    if strange:
        raise Refused(limits.TEMPLATE_PARAMETER, f"buttons: there is no button at index {strange[0]}")
    return tuple(_button(index, button, values.get(index, "")) for index, button in enumerate(template.buttons))


def _button(index: int, button: TemplateButton, given: str) -> Button:
    needs = "{{" in button.value or button.kind in {"OTP", "COPY_CODE"}
    if needs and not given:
        says = f"buttons: Button at index {index} of type {button.kind.title()} requires a parameter"
        raise Refused(limits.PARAMETER_MISSING, says)
    if button.kind == "QUICK_REPLY":
        return Button(given or button.text, button.text)
    value = drafts.filled(button.value, dict.fromkeys(drafts.variables(button.value), given)) or given
    return Button(f"{button.kind.lower()}:{index}", button.text, _kind(button.kind), value)


def _kind(kind: str) -> Any:
    return _BUTTON_KINDS.get(kind, "url")
