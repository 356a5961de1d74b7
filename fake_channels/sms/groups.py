"""Groups of numbers that a batch may be for.

Source: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Groups
"""

from __future__ import annotations

from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.instants import to_rfc3339
from fake_channels.core.schemas import checkers
from fake_channels.sms import limits, rules, wire
from fake_channels.sms.state import Account, AutoUpdate, Group, Keyword
from fake_channels.sms.wire import Json, Refused

_CHECKS: Final = checkers("fake_channels.sms", "group.json")


def create(account: Account, body: Any, env: Env) -> Group:
    """A new group.

    Raises:
        Refused: it cannot be as asked.
    """
    if len(account.groups) >= limits.GROUPS_MAX:
        raise Refused(limits.CONSTRAINT, f"[request] there are {limits.GROUPS_MAX} groups already")
    group = Group(env.ids.ulid(env.now), env.now, env.now)
    _fill(account, group, _given("GROUP", body))
    account.groups[group.id] = group
    return group


def replace(account: Account, group: Group, body: Any, env: Env) -> None:
    """Make a group what it is asked to be, members included.

    Raises:
        Refused: it cannot be as asked.
    """
    _fill(account, group, _given("GROUP", body))
    group.modified_at = env.now


def update(account: Account, group: Group, body: Any, env: Env) -> None:
    """Add and remove members, also those of other groups; a name of null takes the name away.

    Raises:
        Refused: it cannot be as asked.
    """
    given = _given("UPDATE", body)
    added = dict.fromkeys(wire.recipients(given.get("add", []), field="add"))
    removed = dict.fromkeys(wire.recipients(given.get("remove", []), field="remove"))
    if "add_from_group" in given:
        added |= _other(account, given["add_from_group"], "add_from_group").members
    if "remove_from_group" in given:
        removed |= _other(account, given["remove_from_group"], "remove_from_group").members
    members = {number: None for number in {**group.members, **added} if number not in removed}
    _check_size(members)
    group.members = members
    if "name" in body:
        group.name = body["name"] or ""
    if "auto_update" in given:
        group.auto_update = _auto_update(given["auto_update"])
    group.modified_at = env.now


def _given(kind: str, body: Any) -> Json:
    if not isinstance(body, dict):
        raise Refused(limits.INVALID_FORMAT, "[request] the body must be a JSON object")
    given = {name: value for name, value in body.items() if value is not None}
    checker = _CHECKS[kind]
    if not checker.accepts(given):
        raise wire.refused(checker.mistakes(given))
    return given


def _fill(account: Account, group: Group, given: Json) -> None:
    members = dict.fromkeys(wire.recipients(given.get("members", []), field="members"))
    _check_size(members)
    children = tuple(dict.fromkeys(given.get("child_groups", [])))
    for child in children:
        _other(account, child, "child_groups")
    auto_update = _auto_update(given["auto_update"]) if "auto_update" in given else None
    group.name, group.members = given.get("name", ""), members
    group.child_groups, group.auto_update = children, auto_update


def _check_size(members: dict[str, None]) -> None:
    if len(members) > limits.MEMBERS_MAX:
        raise Refused(limits.CONSTRAINT, f"[members] {len(members)}, at most {limits.MEMBERS_MAX}")


def _other(account: Account, group_id: str, field: str) -> Group:
    group = account.groups.get(group_id)
    if group is None:
        raise Refused(limits.UNKNOWN_GROUP, f"[{field}] there is no group {group_id[:40]!r}")
    return group


def _auto_update(given: Json) -> AutoUpdate:
    to = wire.normalised(given["to"]) or given["to"]
    return AutoUpdate(to, _keyword(given.get("add")), _keyword(given.get("remove")))


def _keyword(given: Json | None) -> Keyword | None:
    return None if given is None else Keyword(given["first_word"], given.get("second_word") or "")


def render(account: Account, group: Group) -> Json:
    """A group as every operation on it answers."""
    told: Json = {
        "id": group.id,
        "name": group.name or None,
        "size": len(rules.members_of(account, group)),
        "created_at": to_rfc3339(group.created_at),
        "modified_at": to_rfc3339(group.modified_at),
        "child_groups": list(group.child_groups) or None,
        "auto_update": None if group.auto_update is None else _render_rule(group.auto_update),
    }
    return {name: value for name, value in told.items() if value is not None}


def _render_rule(rule: AutoUpdate) -> Json:
    told: Json = {"to": rule.to}
    for name, keyword in (("add", rule.add), ("remove", rule.remove)):
        if keyword is not None:
            told[name] = {"first_word": keyword.first_word}
            if keyword.second_word:
                told[name]["second_word"] = keyword.second_word
    return told
