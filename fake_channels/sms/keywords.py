"""Words that a customer's text may begin with: STOP, START and HELP, and those by which groups are joined and left."""

from __future__ import annotations

from fake_channels.sms import limits
from fake_channels.sms.state import Account, Inbound, Keyword


def heard(account: Account, inbound: Inbound, now: int) -> None:
    """Take note of a text: a group is joined or left, and, where the platform minds, sending stops or starts."""
    words = inbound.body.upper().split()[:2]
    for group in account.groups.values():
        rule = group.auto_update
        if rule is None or rule.to != inbound.to:
            continue
        if _is(words, rule.add) and len(group.members) < limits.MEMBERS_MAX:
            group.members[inbound.sender] = None
            group.modified_at = now
        elif _is(words, rule.remove) and inbound.sender in group.members:
            del group.members[inbound.sender]
            group.modified_at = now
    if not account.settings.keywords:
        return
    word = _word(inbound.body)
    if word in limits.STOP_WORDS:
        account.stopped[inbound.sender] = now
    elif word in limits.START_WORDS:
        account.stopped.pop(inbound.sender, None)


def _is(words: list[str], keyword: Keyword | None) -> bool:
    if keyword is None:
        return False
    wanted = [word.upper() for word in (keyword.first_word, keyword.second_word) if word]
    return words[: len(wanted)] == wanted


def answer(account: Account, text: str) -> str:
    """What the platform answers by itself; empty for nothing."""
    if not account.settings.keywords:
        return ""
    word, settings = _word(text), account.settings
    if word in limits.STOP_WORDS:
        return settings.stop_text
    if word in limits.START_WORDS:
        return settings.start_text
    return settings.help_text if word in limits.HELP_WORDS else ""


def _word(text: str) -> str:
    return text.strip().upper()
