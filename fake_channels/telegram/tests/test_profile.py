"""Who somebody is, the bot's menu, and the end of a session."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_channels.core.handset import Impossible, TapMenu
from fake_channels.core.instants import MINUTE
from fake_channels.telegram.tests.calls import Bot


@pytest.fixture
def bot() -> Bot:
    """A bot with a webhook."""
    return Bot()


def test_everybody_has_one_picture(bot: Bot) -> None:
    """In its sizes, always the same, another for another person; it can be downloaded and is a PNG."""
    customer, other = bot.starter("Ada"), bot.starter("Bo")
    shown = bot.ok("getUserProfilePhotos", user_id=int(customer.identity))
    (sizes,) = shown["photos"]
    assert [size["width"] for size in sizes] == [90, 160]
    assert bot.ok("getUserProfilePhotos", user_id=int(customer.identity)) == shown
    chat = bot.ok("getChat", customer)
    assert chat["photo"]["big_file_id"] == sizes[-1]["file_id"]
    data = bot.download(bot.ok("getFile", file_id=sizes[-1]["file_id"])["file_path"]).body
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    another = bot.ok("getChat", other)["photo"]["big_file_id"]
    assert bot.download(bot.ok("getFile", file_id=another)["file_path"]).body != data


def test_pages_of_pictures_and_people_without(bot: Bot) -> None:
    """The second page is empty; by a setting nobody shows a picture."""
    customer = bot.starter()
    user = int(customer.identity)
    assert bot.ok("getUserProfilePhotos", user_id=user, offset=1) == {"total_count": 1, "photos": []}
    bot.account.settings = msgspec.structs.replace(bot.account.settings, portraits=False)
    assert bot.ok("getUserProfilePhotos", user_id=user) == {"total_count": 0, "photos": []}
    assert "photo" not in bot.ok("getChat", customer)
    assert bot.refused("getUserProfilePhotos", user_id=5) == "Bad Request: user not found"


# --- commands ---------------------------------------------------------------------------------------------------------

HELP = {"command": "help", "description": "What I can do"}


def test_commands_are_kept_by_scope_and_language(bot: Bot) -> None:
    """And forgotten when told."""
    bot.ok("setMyCommands", commands=[HELP])
    bot.ok("setMyCommands", commands=[{**HELP, "command": "/hilfe"}], language_code="de")
    assert bot.ok("getMyCommands") == [HELP]
    assert bot.ok("getMyCommands", language_code="de") == [{**HELP, "command": "hilfe"}]
    assert bot.ok("getMyCommands", scope={"type": "all_private_chats"}) == []
    bot.ok("deleteMyCommands")
    assert bot.ok("getMyCommands") == []


@pytest.mark.parametrize(
    ("commands", "description"),
    [
        ([{"command": "Not a command", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "x", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([HELP] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
def test_wrong_commands_are_refused(bot: Bot, commands: list[Any], description: str) -> None:
    """Names, descriptions, and their number."""
    assert bot.refused("setMyCommands", commands=commands) == f"Bad Request: {description}"


def test_the_menu_types_its_command(bot: Bot) -> None:
    """By name or by description; what it does not offer is impossible."""
    customer = bot.starter()
    with pytest.raises(Impossible, match="offers nothing"):
        bot.act(customer, TapMenu(entry="help"))
    bot.ok("setMyCommands", commands=[HELP])
    for entry in ("/help", "What I can do"):
        bot.act(customer, TapMenu(entry=entry))
    assert [message["text"] for message in bot.messages()] == ["/help"] * 2
    with pytest.raises(Impossible, match="no 'settings'; it offers /help"):
        bot.act(customer, TapMenu(entry="settings"))


# --- the end of a session ---------------------------------------------------------------------------------------------


def test_a_bot_is_closed_ten_minutes_after_its_launch(bot: Bot) -> None:
    """Not before, and then ten minutes after that; the refusal says how long."""
    bot.ok("getMe")
    status, told = bot.call("close")
    assert (status, told["parameters"]) == (429, {"retry_after": 600})
    bot.advance(10 * MINUTE)
    assert bot.ok("close") is True
    assert bot.call("close")[0] == 429


def test_a_bot_that_logged_out_has_no_token_for_ten_minutes(bot: Bot) -> None:
    """Then it may come back."""
    assert bot.ok("logOut") is True
    assert bot.refused("getMe") == "Unauthorized"
    bot.advance(10 * MINUTE)
    bot.ok("getMe")
