"""What surrounds the talk: who somebody is, how they look, the bot's commands, and the end of its session."""

from __future__ import annotations

import re
from typing import Final

from fake_channels.core import portraits
from fake_channels.core.contract import Env
from fake_channels.core.http import Outcome
from fake_channels.core.instants import SECOND
from fake_channels.core.media import Media
from fake_channels.telegram import files, limits, wire
from fake_channels.telegram.rules import Ask, done
from fake_channels.telegram.state import Account, Chat, Command, File
from fake_channels.telegram.wire import Json, Refused

_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES_MOST: Final = 100


def get_chat(account: Account, ask: Ask, env: Env) -> Outcome:
    """Who somebody is, and their picture.

    Raises:
        Refused: no such chat.
    """
    chat = wire.find_chat(account, ask.args.get("chat_id", ""))
    told = wire.render_full_chat(chat.handset)
    sizes = _portrait(account, chat, env)
    if sizes:
        small, big = sizes[0], sizes[-1]
        told["photo"] = {
            "small_file_id": small.id,
            "small_file_unique_id": small.unique_id,
            "big_file_id": big.id,
            "big_file_unique_id": big.unique_id,
        }
    return done(told)


def get_photos(account: Account, ask: Ask, env: Env) -> Outcome:
    """The pictures of a person: each has one.

    Raises:
        Refused: no such person.
    """
    chat = account.chats.get(str(ask.args.get("user_id", "")))
    if chat is None:
        raise Refused(limits.USER_NOT_FOUND)
    sizes = _portrait(account, chat, env)
    if not sizes:
        return done({"total_count": 0, "photos": []})
    shown = not ask.args.get("offset", 0) and ask.args.get("limit", 1) > 0
    photos = [wire.render_photo(sizes)["photo"]] if shown else []
    return done({"total_count": 1, "photos": photos})


def _portrait(account: Account, chat: Chat, env: Env) -> list[File]:
    """A person's picture in its sizes; it becomes a file when somebody first looks."""
    if not account.settings.portraits:
        return []
    file = account.files.get(chat.portrait)
    if file is None:
        media = Media(portraits.portrait(chat.handset.person.id), portraits.MIME, "portrait.png")
        file = files.add(account, "photo", media, env)
        chat.portrait = file.id
    return [*(account.files[size] for size in file.smaller), file]


# --- commands ---------------------------------------------------------------------------------------------------------


def _scope(ask: Ask) -> str:
    scope = ask.args.get("scope") or {}
    kind = scope.get("type", "default") if isinstance(scope, dict) else "default"
    place = f":{scope['chat_id']}" if isinstance(scope, dict) and "chat_id" in scope else ""
    return f"{kind}{place}/{ask.args.get('language_code', '')}"


def set_commands(account: Account, ask: Ask, _: Env) -> Outcome:
    """Say what the bot's menu offers.

    Raises:
        Refused: a command is wrong, or there are too many.
    """
    given = ask.args.get("commands", [])
    if len(given) > limits.COMMANDS_MAX:
        raise Refused(limits.COMMANDS_TOO_MANY)
    made = [Command(_named(one), str(one.get("description", ""))) for one in given if isinstance(one, dict)]
    if any(not 1 <= len(one.description) <= limits.COMMAND_DESCRIPTION_MAX for one in made):
        raise Refused(limits.COMMAND_DESCRIPTION)
    if len(account.commands) >= _SCOPES_MOST and _scope(ask) not in account.commands:
        raise Refused(limits.COMMANDS_TOO_MANY)
    account.commands[_scope(ask)] = made
    return done(result=True)


def _named(given: Json) -> str:
    name = str(given.get("command", "")).removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise Refused(limits.COMMAND_INVALID)
    return name


def get_commands(account: Account, ask: Ask, _: Env) -> Outcome:
    """The commands of exactly this scope and language."""
    return done(
        [{"command": one.name, "description": one.description} for one in account.commands.get(_scope(ask), [])]
    )


def delete_commands(account: Account, ask: Ask, _: Env) -> Outcome:
    """Forget them."""
    account.commands.pop(_scope(ask), None)
    return done(result=True)


# --- the end of a session ---------------------------------------------------------------------------------------------


def close(account: Account, _: Ask, env: Env) -> Outcome:
    """Close the bot before it is moved to another server.

    Raises:
        Refused: it has been launched within the last ten minutes.
    """
    left = account.launched_at + limits.RELAUNCH_MS - env.now
    if left > 0:
        seconds = -(-left // SECOND)
        raise Refused(limits.TOO_MANY, seconds, seconds=seconds)
    account.launched_at = env.now
    return done(result=True)


def log_out(account: Account, _: Ask, env: Env) -> Outcome:
    """Leave the cloud: for ten minutes the token opens nothing."""
    account.logged_out_until = env.now + limits.RELAUNCH_MS
    return done(result=True)
