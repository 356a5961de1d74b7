"""wechatpy, unmodified, against this server: its client calls, its parsers read, its replies answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("wechatpy")

from aiohttp import web
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, parse_message  # type: ignore[import-untyped]
from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]
from wechatpy.exceptions import APILimitedException, InvalidSignatureException, WeChatClientException  # type: ignore[import-untyped]
from wechatpy.replies import ArticlesReply, ImageReply, MusicReply, TextReply, VideoReply, VoiceReply  # type: ignore[import-untyped]
from wechatpy.utils import check_signature  # type: ignore[import-untyped]

from fake_channels.core.alone import Alone
from fake_channels.core.handset import OptIn, OptOut, SendLocation, SendMedia, SendText, SendUnsupported, Tap, TapMenu
from fake_channels.core.instants import HOUR, MINUTE
from fake_channels.tests.receiver import Received, Receiver
from fake_channels.wechat import CHANNEL, limits
from fake_channels.wechat.tests.calls import JPEG, MP4, PNG, amr, shown

pytestmark = [pytest.mark.client, pytest.mark.slow]

_START = 1_700_000_000_000


class _ToLab(HTTPAdapter):
    """Sends what is meant for the vendor's host to the lab."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Only the host changes."""
        request.url = request.url.replace("https://api.weixin.qq.com", self._url)
        return super().send(request, *args, **kwargs)


class Owner:
    """A service account and its owner's client."""

    def __init__(self, alone: Alone, receiver: Receiver) -> None:
        self.alone, self.receiver = alone, receiver
        self.customer = alone.enrol("Ada Lovelace")
        account = alone.account
        self.client = WeChatClient(account.appid, account.secret)
        self.client._http.mount("https://api.weixin.qq.com/", _ToLab(alone.url))
        self.client._http.trust_env = False
        self.heard: list[Any] = []
        self.make_reply: Callable[[Any], Any] = lambda _: None
        receiver.respond = self._respond

    async def call(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """One call of the blocking client."""
        return await asyncio.to_thread(function, *args, **named)

    async def act(self, action: Any) -> None:
        """Let the customer act and everything that follows happen."""
        self.alone.act(self.customer, action)
        assert await self.alone.world.quiet()

    def crypto(self) -> Any:
        """The library's own cipher."""
        account = self.alone.account
        return WeChatCrypto(account.token, account.aes_key, account.appid)

    def _respond(self, received: Received) -> web.Response:
        """As the library's documentation tells receivers to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(received.path).query).items()}
        check_signature(self.alone.account.token, query["signature"], query["timestamp"], query["nonce"])
        if received.method == "GET":
            return web.Response(text=query["echostr"])
        sealed = query.get("encrypt_type") == "aes"
        body = received.body.decode()
        if sealed:
            body = self.crypto().decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(body)
        self.heard.append(message)
        reply = self.make_reply(message)
        if reply is None:
            return web.Response(text="success")
        xml = reply.render()
        if sealed:
            xml = self.crypto().encrypt_message(xml, query["nonce"], query["timestamp"])
        return web.Response(text=xml, content_type="text/xml")


@pytest.fixture(params=["plaintext", "compatible", "safe"])
async def owner(request: pytest.FixtureRequest) -> AsyncIterator[Owner]:
    """In each of the three modes."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        alone.account.mode = request.param
        alone.connect(receiver.url)
        owner = Owner(alone, receiver)
        yield owner
        owner.client._http.close()


async def test_every_kind_is_received(owner: Owner) -> None:
    """And every medium can be fetched."""
    await owner.act(OptIn(payload="shop-7"))
    for action in (
        SendText(text="你好 👋🏽 <b>]]></b>"),
        SendMedia(kind="image", data=JPEG, mime="image/jpeg", name="a.jpg"),
        SendMedia(kind="voice", data=amr(), mime="audio/amr", name="a.amr"),
        SendMedia(kind="video", data=MP4, mime="video/mp4", name="a.mp4"),
        SendMedia(kind="document", data=b"%PDF-1.7", mime="application/pdf", name="a.pdf"),
        SendLocation(latitude=59.5, longitude=18.25, name="Hotel"),
        SendUnsupported(type="link"),
        SendUnsupported(type="report_location"),
        OptIn(payload="shop-8"),
        OptOut(),
    ):
        await owner.act(action)
    followed, text, image, voice, video, file, place, link, position, scan, left = owner.heard
    assert (followed.event, followed.scene_id) == ("subscribe_scan", "shop-7")
    assert (text.type, text.content, text.source) == ("text", "你好 👋🏽 <b>]]></b>", owner.customer.identity)
    fetched = await owner.call(owner.client.media.download, image.media_id)
    assert fetched.content == JPEG
    assert (await owner.call(owner.client._http.get, image.image)).content == JPEG
    assert voice.format == "amr"
    assert (await owner.call(owner.client.media.download, voice.media_id)).content == amr()
    told = await owner.call(owner.client.media.download, video.media_id)
    assert (await owner.call(owner.client._http.get, told["video_url"])).content == MP4
    assert (file.type, file._data["Title"]) == ("unknown", "a.pdf")
    assert (place.location, place.label) == (("59.500000", "18.250000"), "Hotel")
    assert link.url == "https://shop.example/page"
    assert position.event == "location"
    assert (scan.event, scan.scene_id) == ("scan", "shop-8")
    assert left.event == "unsubscribe"


async def test_every_kind_is_sent(owner: Owner) -> None:
    """By the library's own methods, with uploads."""
    await owner.act(SendText(text="hi"))
    client, openid = owner.client, owner.customer.identity

    async def media_id(kind: str, data: bytes, name: str) -> str:
        file = BytesIO(data)
        file.name = name
        told = await owner.call(client.media.upload, kind, file)
        return str(told.get("media_id") or told["thumb_media_id"])

    image, voice = await media_id("image", PNG, "a.png"), await media_id("voice", amr(), "a.amr")
    video, thumb = await media_id("video", MP4, "a.mp4"), await media_id("thumb", JPEG, "a.jpg")
    article = {"title": "T", "description": "D", "url": "https://u.example/", "image": "https://p.example/"}
    assert (await owner.call(client.message.send_text, openid, "你好"))["errcode"] == 0
    await owner.call(client.message.send_image, openid, image)
    await owner.call(client.message.send_voice, openid, voice)
    await owner.call(client.message.send_video, openid, video, "T", "D")
    await owner.call(client.message.send_articles, openid, [article])
    with pytest.raises(WeChatClientException) as caught:
        await owner.call(client.message.send_text, openid, "one too many")
    assert caught.value.errcode == 45047
    await owner.act(OptIn(payload="again"))
    await owner.call(client.message.send_music, openid, "https://m.example/", "https://m.example/", thumb, "M", "")
    await owner.call(client.message.send_link, openid, article)
    await owner.call(client.message.send_text, openid, "Hi", account=owner.alone.account.kf_account)
    assert shown(owner.customer) == [
        ("text", "你好"),
        ("image", ""),
        ("voice", ""),
        ("video", "T\nD"),
        ("link", "T\nD"),
        ("link", "M"),
        ("link", "T\nD"),
        ("text", "Hi"),
    ]


async def test_replies_are_shown(owner: Owner) -> None:
    """Of every kind, encrypted where the mode wants it."""
    client = owner.client
    image = (await owner.call(client.media.upload, "image", ("a.png", PNG)))["media_id"]
    voice = (await owner.call(client.media.upload, "voice", ("a.amr", amr())))["media_id"]
    video = (await owner.call(client.media.upload, "video", ("a.mp4", MP4)))["media_id"]
    thumb = (await owner.call(client.media.upload, "thumb", ("a.jpg", JPEG)))["thumb_media_id"]
    article = {"title": "T", "description": "D", "image": "https://p.example/", "url": "https://u.example/"}
    for make in (
        lambda message: TextReply(message=message, content="Hello ]]&gt; 👋🏽"),
        lambda message: ImageReply(message=message, media_id=image),
        lambda message: VoiceReply(message=message, media_id=voice),
        lambda message: VideoReply(message=message, media_id=video, title="T", description="D"),
        lambda message: MusicReply(message=message, title="M", music_url="https://m.example/", thumb_media_id=thumb),
        lambda message: ArticlesReply(message=message, articles=[article]),
    ):
        owner.make_reply = make
        await owner.act(SendText(text="hi"))
    assert [kind for kind, _ in shown(owner.customer)] == ["text", "image", "voice", "video", "link", "link"]
    assert shown(owner.customer)[0] == ("text", "Hello ]]&gt; 👋🏽")


async def test_menus_templates_and_followers(owner: Owner) -> None:
    """What an owner sets up and looks up."""
    client, openid = owner.client, owner.customer.identity
    assert await owner.call(client.menu.get) is None
    await owner.call(client.menu.create, {"button": [{"type": "click", "name": "今日", "key": "TODAY"}]})
    assert (await owner.call(client.menu.get))["menu"]["button"][0]["name"] == "今日"
    await owner.act(OptIn())
    await owner.act(TapMenu(entry="今日"))
    assert (owner.heard[-1].event, owner.heard[-1].key) == ("click", "TODAY")
    await owner.call(client.menu.delete)
    templates = (await owner.call(client.template.get_all_private_template))["template_list"]
    data = {"thing1": {"value": "Ada"}, "time2": {"value": "12:00"}}
    sent = await owner.call(client.message.send_template, openid, templates[1]["template_id"], data)
    assert await owner.alone.world.quiet()
    assert (owner.heard[-1].event, owner.heard[-1].id) == ("templatesendjobfinish", sent["msgid"])
    assert shown(owner.customer) == [("template", "Appointment\nName: Ada\nTime: 12:00")]
    assert (await owner.call(client.user.get, openid))["subscribe"] == 1
    assert [one["openid"] for one in await owner.call(client.user.get_batch, [openid])] == [openid]
    assert await owner.call(lambda: list(client.user.iter_followers())) == [openid]
    assert "127.0.0.1" in await owner.call(client.misc.get_wechat_ips)
    assert (await owner.call(client.media.upload_image, ("a.png", PNG))).startswith(f"{owner.alone.url}/mmbiz/")


async def test_errors_are_the_librarys_own(owner: Owner) -> None:
    """An old token is renewed, a used-up day is an exception of its own."""
    client, openid = owner.client, owner.customer.identity
    with pytest.raises(WeChatClientException) as caught:
        await owner.call(client.message.send_text, openid, "x")
    assert caught.value.errcode == 45015
    stale = client.access_token
    await owner.alone.world.advance(owner.alone.world.now + 2 * HOUR + MINUTE)
    assert (await owner.call(client.user.get, openid))["subscribe"] == 0
    assert client.access_token != stale
    owner.alone.account.quotas.calls["/cgi-bin/user/get"] = limits.DAILY_CALLS["/cgi-bin/user/get"]
    with pytest.raises(APILimitedException):
        await owner.call(client.user.get_followers)
    stranger = WeChatClient(owner.alone.account.appid, "wrong")
    stranger._http.mount("https://api.weixin.qq.com/", _ToLab(owner.alone.url))
    with pytest.raises(WeChatClientException) as refused:
        await owner.call(stranger.user.get, openid)
    stranger._http.close()
    assert refused.value.errcode == 40125


async def test_a_tap_on_a_msgmenu_and_a_forged_callback(owner: Owner) -> None:
    """The tap says which entry; a wrong signature is noticed."""
    await owner.act(SendText(text="hi"))
    body = {
        "touser": owner.customer.identity,
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": "?", "list": [{"id": "101", "content": "Yes"}], "tail_content": ""},
    }
    await owner.call(owner.client.post, "message/custom/send", data=body)
    await owner.act(Tap(item=owner.customer.screen[-1].id, button="Yes"))
    assert (owner.heard[-1].content, owner.heard[-1]._data["bizmsgmenuid"]) == ("Yes", "101")
    with pytest.raises(InvalidSignatureException):
        check_signature("another token", "0" * 40, "1", "2")


async def test_the_consoles_check_is_passed_by_the_librarys_receiver(owner: Owner) -> None:
    """It echoes what it was sent, under the new settings."""
    account = owner.alone.account
    settings = {"appid": account.appid, "secret": account.secret, "url": owner.receiver.url, "mode": "safe"}
    told = await owner.call(owner.client._http.post, f"{owner.alone.url}/console/server", json=settings)
    assert told.json() == {"errcode": 0, "errmsg": "ok"}
    await owner.act(SendText(text="hi"))
    assert owner.heard[-1].content == "hi"
