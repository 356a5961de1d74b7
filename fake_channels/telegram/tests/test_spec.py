"""Everything that is said both ways, held to the vendor's own description of its API.

The description is not part of this project: name its folder in BRIDGELAB_SPECS. It is the file `telegram-bot-api.json`
of https://github.com/PaulSonOfLars/telegram-bot-api-spec.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Handset
from fake_channels.telegram.parameters import METHODS
from fake_channels.telegram.tests.calls import GIF, MP4, PDF, Bot, ogg, png

_FOLDER = os.environ.get("BRIDGELAB_SPECS", "")
pytestmark = pytest.mark.skipif(not _FOLDER, reason="BRIDGELAB_SPECS names no folder with the vendor's description")

_OLDER = {"reply_to_message_id", "allow_sending_without_reply", "disable_web_page_preview"}
"""Parameters that the server still takes and the description no longer names."""
_PLAIN = {
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
}


class Spec:
    """The description, asked what is wrong with a value."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.methods, self.types = document["methods"], document["types"]

    def problems(self, value: Any, kinds: list[str], path: str = "") -> list[str]:
        """What keeps `value` from being of any of these kinds; the shortest list of complaints."""
        found = [self._problems(value, kind, path) for kind in kinds]
        return min(found, key=len)

    def _problems(self, value: Any, kind: str, path: str) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{path}: not a list but {value!r}"]
            inner = [kind.removeprefix("Array of ")]
            return [one for number, item in enumerate(value) for one in self.problems(item, inner, f"{path}[{number}]")]
        if kind in _PLAIN:
            return [] if _PLAIN[kind](value) else [f"{path}: {value!r} is no {kind}"]
        described = self.types[kind]
        if described.get("subtypes"):
            return self.problems(value, described["subtypes"], path)
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no {kind}"]
        fields = {field["name"]: field for field in described.get("fields", [])}
        wrong = [f"{path}.{name} is missing" for name, one in fields.items() if one["required"] and name not in value]
        wrong += [f"{path}.{name} is unknown to {kind}" for name in value if name not in fields]
        for name, one in value.items():
            if name in fields:
                wrong += self.problems(one, fields[name]["types"], f"{path}.{name}")
        return wrong


@pytest.fixture(scope="module")
def spec() -> Spec:
    """The description."""
    return Spec(orjson.loads(Path(_FOLDER, "telegram-bot-api.json").read_bytes()))


class Described(Bot):
    """A bot whose every answer and update is held to the description."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        self.used: set[str] = set()

    def call(self, method: str, to: Handset | None = None, /, **args: Any) -> tuple[int, Any]:
        """One call, its parameters and its result checked."""
        fields = {field["name"]: field["types"] for field in self.spec.methods[method].get("fields", [])}
        for name, value in args.items():
            if name not in _OLDER:
                assert self.spec.problems(value, fields[name], name) == []
        status, told = super().call(method, to, **args)
        self._check(method, told)
        return status, told

    def form(self, method: str, fields: dict[str, str], files: dict[str, tuple[str, str, bytes]]) -> tuple[int, Any]:
        """The same for a form."""
        status, told = super().form(method, fields, files)
        self._check(method, told)
        return status, told

    def _check(self, method: str, told: Any) -> None:
        self.used.add(method)
        if told["ok"]:
            assert self.spec.problems(told["result"], self.spec.methods[method]["returns"], method) == []
        else:
            parameters = told.get("parameters", {})
            assert self.spec.problems(parameters, ["ResponseParameters"], "parameters") == []

    def updates(self) -> list[Any]:
        """The updates so far, checked."""
        updates = super().updates()
        for update in updates:
            assert self.spec.problems(update, ["Update"], "update") == []
        return updates


def test_methods_and_parameters_are_the_vendors(spec: Spec) -> None:
    """None is invented, and of those that are required none is unknown here."""
    for method, casts in METHODS.items():
        fields = {field["name"]: field for field in spec.methods[method].get("fields", [])}
        assert set(casts) - _OLDER <= set(fields), method
        assert {name for name, one in fields.items() if one["required"]} <= set(casts), method


KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://x.example"}]]}
COMMANDS = [{"command": "help", "description": "What I can do"}]


def test_every_answer_is_as_described(spec: Spec) -> None:
    """Each method at least once, and refusals too."""
    bot = Described(spec)
    bot.component._limited = False
    customer = bot.starter("Ada Lovelace")
    text = bot.ok("sendMessage", customer, text="<b>Hi</b> /help", parse_mode="HTML", reply_markup=KEYBOARD)
    number = text["message_id"]
    bot.ok("sendMessage", customer, text="x", reply_parameters={"message_id": number})
    bot.ok("sendMessage", customer, text="x", link_preview_options={"is_disabled": True})
    chat = {"chat_id": customer.identity}
    for method, field, name, mime, data in (
        ("sendPhoto", "photo", "a.png", "image/png", png()),
        ("sendDocument", "document", "a.pdf", "application/pdf", PDF),
        ("sendVideo", "video", "a.mp4", "video/mp4", MP4),
        ("sendAnimation", "animation", "a.gif", "image/gif", GIF),
        ("sendAudio", "audio", "a.mp3", "audio/mpeg", b"ID3" + bytes(99)),
        ("sendVoice", "voice", "a.ogg", "audio/ogg", ogg()),
        ("sendVideoNote", "video_note", "a.mp4", "video/mp4", MP4),
        ("sendSticker", "sticker", "a.webp", "image/webp", b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(20)),
    ):
        status, told = bot.form(method, chat, {field: (name, mime, data)})
        assert status == 200, told
    photo = bot.form("sendPhoto", {**chat, "caption": "c"}, {"photo": ("a.png", "image/png", png())})[1]["result"]
    file_id = photo["photo"][-1]["file_id"]
    bot.ok("sendMediaGroup", customer, media=[{"type": "photo", "media": file_id, "caption": "c"}] * 2)
    bot.ok("sendLocation", customer, latitude=1.5, longitude=2.5)
    bot.ok("sendVenue", customer, latitude=1.5, longitude=2.5, title="T", address="A")
    bot.ok("sendContact", customer, phone_number="1", first_name="Ada")
    bot.ok("sendChatAction", customer, action="typing")
    bot.ok("setMessageReaction", customer, message_id=number, reaction=[{"type": "emoji", "emoji": "👍"}])
    bot.ok("editMessageText", customer, message_id=number, text="new", reply_markup=KEYBOARD)
    bot.ok("editMessageReplyMarkup", customer, message_id=number)
    bot.ok("editMessageCaption", customer, message_id=photo["message_id"], caption="new")
    bot.ok("deleteMessage", customer, message_id=number)
    bot.ok("deleteMessages", customer, message_ids=[number + 1])
    bot.ok("getMe")
    bot.ok("getChat", customer)
    bot.ok("getUserProfilePhotos", user_id=int(customer.identity))
    bot.ok("getFile", file_id=file_id)
    bot.ok("setMyCommands", commands=COMMANDS)
    bot.ok("getMyCommands")
    bot.ok("deleteMyCommands")
    bot.ok("getWebhookInfo")
    bot.ok("deleteWebhook")
    bot.act(customer, acts.SendText(text="polled"))
    assert len(bot.ok("getUpdates")) == 1
    bot.advance(2_000)
    bot.ok("setWebhook", url="https://owner.example/", allowed_updates=["message"])
    bot.refused("setWebhook", url="https://owner.example/2")
    bot.refused("answerCallbackQuery", callback_query_id="1")
    bot.refused("close")
    bot.ok("logOut")
    assert set(METHODS) == bot.used


def test_every_update_is_as_described(spec: Spec) -> None:
    """Whatever a person can do."""
    bot = Described(spec)
    bot.ok("setWebhook", url="https://owner.example/", allowed_updates=[*_ALLOWED])
    customer = bot.starter("Ada Lovelace")
    bot.ok("sendMessage", customer, text="?", reply_markup=KEYBOARD)
    asked = customer.screen[-1].id
    said = bot.act(customer, acts.SendText(text="https://x.example #tag", reply_to=asked))
    assert said is not None
    for action in (
        acts.SendMedia(kind="image", data=png(), mime="image/png", name="a.png", caption="c"),
        acts.SendMedia(kind="video", data=MP4, mime="video/mp4", name="a.mp4"),
        acts.SendMedia(kind="audio", data=b"ID3" + bytes(99), mime="audio/mpeg", name="a.mp3"),
        acts.SendMedia(kind="voice", data=ogg(), mime="audio/ogg", name="a.ogg"),
        acts.SendMedia(kind="document", data=PDF, mime="application/pdf", name="a.pdf"),
        acts.SendMedia(kind="sticker", data=b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(20), mime="image/webp", name="s"),
        acts.SendLocation(latitude=1, longitude=2),
        acts.SendLocation(latitude=1, longitude=2, name="Here", address="There"),
        acts.SendContact(name="Ada Byron", phone="+1555"),
        acts.SendUnsupported(type="poll"),
        acts.SendUnsupported(type="dice"),
        acts.Edit(item=said.id, text="edited"),
        acts.React(item=asked, emoji="👍"),
        acts.Tap(item=asked, button="Yes"),
        acts.Block(),
        acts.OptIn(payload="again"),
    ):
        bot.act(customer, action)
    kinds = {kind for update in bot.updates() for kind in update}
    assert kinds == {"update_id", *_ALLOWED}


_ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
