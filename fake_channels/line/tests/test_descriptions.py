"""Everything that this server takes, answers and posts is true to the vendor's own API description."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from fake_channels.core.handset import (
    Block,
    Delete,
    Handset,
    SendLocation,
    SendMedia,
    SendText,
    Tap,
    TapMenu,
    Unblock,
)
from fake_channels.core.http import HttpReply, HttpRequest
from fake_channels.line.tests.calls import BOT, JPEG, KEY, MP3, MP4, NOBODY, PDF, Owner, menu, png, text
from fake_channels.line.tests.descriptions import Description
from fake_channels.line.tests.test_oauth import _assertion, _client
from fake_channels.line.tests.test_samples import MESSAGES

_FOLDER = os.environ.get("BRIDGELAB_SPECS", "")
pytestmark = pytest.mark.skipif(
    not _FOLDER, reason="BRIDGELAB_SPECS does not name a folder with the vendor's API descriptions"
)


_NAMES = ("line-messaging-api.yml", "line-channel-access-token.yml", "line-webhook.yml")


@cache
def _described(name: str) -> Description:
    return Description(Path(_FOLDER) / name)


class Checked(Owner):
    """An owner whose every exchange is held against the descriptions."""

    def __init__(self) -> None:
        super().__init__()
        self._api, self._tokens, self._hooks = (_described(name) for name in _NAMES)
        self.seen: set[str] = set()

    def ask(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str], query: str = "") -> HttpReply:
        """One request, checked both ways."""
        reply = super().ask(method, path, body=body, headers=headers, query=query)
        description = self._tokens if "oauth" in path else self._api
        operation = description.operation(method, path)
        assert operation is not None, f"{method} {path} is not described"
        self.seen.add(operation["operationId"])
        is_json = headers.get("content-type") == "application/json"
        if reply.status < 400 and is_json and body:
            description.check_request(operation, HttpRequest(method, path, body=body).json())
        if reply.content_type == "application/json" and "content/" not in path and not path.endswith("/content"):
            description.check_response(operation, reply.status, orjson.loads(reply.body))
        return reply

    def events(self) -> list[Any]:
        """Events, checked with the webhook around them."""
        for call in self.calls:
            if call.method == "POST":
                self._hooks.check("CallbackRequest", orjson.loads(call.body))
        return super().events()


@pytest.fixture
def owner() -> Iterator[Checked]:
    """An owner; at the end every webhook that was posted is checked."""
    owner = Checked()
    yield owner
    owner.events()


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_of_each_kind(owner: Checked, name: str) -> None:
    """Sent in each way that there is."""
    friend = owner.friend()
    message = MESSAGES[name]
    owner.push(friend, message)
    owner.act(friend, SendText(text="hi"))
    owner.ok("POST", "/message/reply", {"replyToken": owner.event()["replyToken"], "messages": [message]})
    owner.ok("POST", "/message/multicast", {"to": [friend.identity], "messages": [message]})
    owner.ok("POST", "/message/broadcast", {"messages": [message]})
    owner.ok("POST", "/message/narrowcast", {"messages": [message]}, status=202)
    for kind in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        owner.ok("POST", f"/message/validate/{kind}", {"messages": [message]})


def test_everything_that_a_person_does(owner: Checked) -> None:
    """Each event, first and redelivered."""
    friend = owner.friend()
    sent = [
        owner.act(friend, SendText(text="hi")),
        owner.act(friend, SendMedia(kind="image", mime="image/jpeg", data=JPEG, name="a.jpg")),
        owner.act(friend, SendMedia(kind="video", mime="video/mp4", data=MP4, name="a.mp4")),
        owner.act(friend, SendMedia(kind="audio", mime="audio/mpeg", data=MP3, name="a.mp3")),
        owner.act(friend, SendMedia(kind="document", mime="application/pdf", data=PDF, name="a.pdf")),
        owner.act(friend, SendMedia(kind="sticker", mime="image/png", data=b"", name="")),
        owner.act(friend, SendLocation(latitude=1, longitude=2, name="a", address="b")),
        owner.act(friend, SendLocation(latitude=1, longitude=2)),
    ]
    for item in sent:
        assert item is not None
        for rest in ("", "/preview", "/transcoding"):
            owner.call("GET", f"{BOT}/message/{item.id}/content{rest}")
        owner.act(friend, Delete(item=item.id))
    _taps(owner, friend)
    owner.act(friend, Block())
    owner.act(friend, Unblock())
    assert len(owner.events()) == 2 * len(sent) + 5


def _taps(owner: Checked, friend: Handset) -> None:
    picker = {"type": "datetimepicker", "label": "When", "data": "d", "mode": "date"}
    actions = [{"type": "postback", "label": "Buy", "data": "x", "displayText": "I buy"}, picker]
    template = {"type": "buttons", "text": "?", "actions": actions}
    (sent,) = owner.push(friend, {"type": "template", "altText": "?", "template": template})
    for button in ("Buy", "When"):
        owner.act(friend, Tap(item=sent["id"], button=button))
    video = {**MESSAGES["video"], "trackingId": "t"}
    (sent,) = owner.push(friend, video)
    owner.act(friend, Tap(item=sent["id"], button="t"))


def test_menus_and_aliases(owner: Checked) -> None:
    """Their whole life."""
    friend = owner.friend()
    owner.ok("POST", "/richmenu/validate", menu({"type": "message", "text": "x"}))
    first = owner.menu({"type": "richmenuswitch", "richMenuAliasId": "second", "data": "d"})
    second = owner.menu({"type": "uri", "uri": "https://example.com"})
    owner.ok("POST", "/richmenu/alias", {"richMenuAliasId": "second", "richMenuId": second})
    owner.ok("POST", "/richmenu/alias/second", {"richMenuId": second})
    for path in (f"/richmenu/{first}", "/richmenu/list", "/richmenu/alias/second", "/richmenu/alias/list"):
        owner.ok("GET", path)
    owner.call("GET", f"{BOT}/richmenu/{first}/content")
    owner.ok("POST", f"/user/all/richmenu/{first}")
    owner.ok("GET", "/user/all/richmenu")
    owner.act(friend, TapMenu(entry="d"))
    owner.ok("POST", f"/user/{friend.identity}/richmenu/{first}")
    owner.ok("GET", f"/user/{friend.identity}/richmenu")
    owner.ok("DELETE", f"/user/{friend.identity}/richmenu")
    owner.ok("POST", "/richmenu/bulk/link", {"richMenuId": first, "userIds": [friend.identity]}, status=202)
    owner.ok("POST", "/richmenu/bulk/unlink", {"userIds": [friend.identity]}, status=202)
    owner.ok("DELETE", "/richmenu/alias/second")
    owner.ok("DELETE", "/user/all/richmenu")
    owner.ok("DELETE", f"/richmenu/{first}")


def test_lookups(owner: Checked) -> None:
    """About the account, its people, its use, and its webhook."""
    friend = owner.friend("Ada")
    paths = ("/info", f"/profile/{friend.identity}", "/followers/ids", "/message/quota", "/message/quota/consumption")
    for path in (*paths, "/message/aggregation/info", "/message/aggregation/list", "/channel/webhook/endpoint"):
        owner.ok("GET", path)
    for kind in ("reply", "push", "multicast", "broadcast"):
        for date in ("20231101", "20231201"):
            owner.ok("GET", f"/message/delivery/{kind}?date={date}")
    accepted = owner.call("POST", f"{BOT}/message/narrowcast", {"messages": [text()]})
    owner.ok("GET", f"/message/progress/narrowcast?requestId={accepted.headers['X-Line-Request-Id']}")
    owner.ok("PUT", "/channel/webhook/endpoint", {"endpoint": "https://bot.example/"})
    owner.ok("POST", "/channel/webhook/test", {})
    owner.ok("POST", "/chat/loading/start", {"chatId": friend.identity, "loadingSeconds": 5}, status=202)
    owner.act(friend, SendText(text="hi"))
    token = owner.events()[-1]["message"]["markAsReadToken"]
    owner.ok("POST", "/chat/markAsRead", {"markAsReadToken": token})
    owner.ok("POST", "/message/markAsRead", {"chat": {"userId": friend.identity}})


def test_errors(owner: Checked) -> None:
    """Of each kind."""
    friend = owner.friend()
    owner.refused("POST", "/message/push", {"to": NOBODY, "messages": [text()]})
    owner.refused("POST", "/message/push", {"to": friend.identity, "messages": [text(""), {"type": "x"}]})
    owner.refused("GET", f"/profile/{NOBODY}")
    for status in (200, 409):
        value = {"to": friend.identity, "messages": [text()]}
        assert owner.call("POST", f"{BOT}/message/push", value, {"x-line-retry-key": KEY}).status == status
    owner.component.change_settings({"quota": 0})
    owner.refused("POST", "/message/push", {"to": friend.identity, "messages": [text()]})
    owner.call("POST", "/bot/pnp/push", {"to": "0" * 64, "messages": [text()]})
    headers = owner.headers(content_type="image/png")
    owner.ask("POST", f"{BOT}/richmenu/richmenu-x/content", body=png(), headers=headers)


def test_tokens(owner: Checked) -> None:
    """Of each kind."""
    short = owner.form("/v2/oauth/accessToken", **_client(owner))[1]["access_token"]
    asserted = owner.form("/oauth2/v2.1/token", **_assertion(owner))[1]["access_token"]
    owner.form("/oauth2/v3/token", **_client(owner))
    owner.form("/oauth2/v3/token", **_assertion(owner))
    owner.form("/v2/oauth/verify", access_token=short)
    owner.form("/v2/oauth/accessToken", **_client(owner, client_secret="x"))
    owner.ask_json("GET", "/oauth2/v2.1/verify", headers={}, access_token=asserted)
    query = {name: value for name, value in _assertion(owner).items() if name != "grant_type"}
    owner.ask_json("GET", "/oauth2/v2.1/tokens/kid", headers={}, **query)
    owner.form("/v2/oauth/revoke", access_token=short)
    owner.form("/oauth2/v2.1/revoke", **_client(owner), access_token=asserted)
    assert len(owner.seen) == 8
