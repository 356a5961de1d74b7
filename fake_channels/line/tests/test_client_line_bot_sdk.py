"""line-bot-sdk for Python, unmodified, against this server: its blocking and its asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest

pytest.importorskip("linebot.v3")

from aiohttp import web
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    AudioMessage,
    BroadcastRequest,
    ButtonsTemplate,
    CarouselColumn,
    CarouselTemplate,
    Configuration,
    ConfirmTemplate,
    FlexBox,
    FlexBubble,
    FlexButton,
    FlexMessage,
    FlexText,
    ImagemapArea,
    ImagemapBaseSize,
    ImagemapMessage,
    ImageMessage,
    LocationAction,
    LocationMessage,
    MarkMessagesAsReadByTokenRequest,
    MessageAction,
    MessageImagemapAction,
    MessagingApi,
    MessagingApiBlob,
    MulticastRequest,
    NarrowcastRequest,
    PostbackAction,
    PushMessageRequest,
    QuickReply,
    QuickReplyItem,
    ReplyMessageRequest,
    RichMenuArea,
    RichMenuBounds,
    RichMenuRequest,
    RichMenuSize,
    SetWebhookEndpointRequest,
    ShowLoadingAnimationRequest,
    StickerMessage,
    TemplateMessage,
    TextMessage,
    URIAction,
    ValidateMessageRequest,
    VideoMessage,
)
from linebot.v3.messaging import TestWebhookEndpointRequest as TryWebhookRequest
from linebot.v3.oauth import ApiClient as OAuthClient
from linebot.v3.oauth import ChannelAccessToken
from linebot.v3.oauth import Configuration as OAuthConfiguration

from fake_channels.core.alone import Alone
from fake_channels.core.faults import Throttle, Where
from fake_channels.core.faults.engine import Order
from fake_channels.core.handset import (
    Action,
    Block,
    Delete,
    OptIn,
    SendLocation,
    SendMedia,
    SendText,
    Tap,
    TapMenu,
    Unblock,
)
from fake_channels.line import CHANNEL, oauth
from fake_channels.line.tests.calls import JPEG, KEY, MP3, MP4, NOBODY, PDF, png
from fake_channels.tests.receiver import Received, Receiver

pytestmark = [pytest.mark.client, pytest.mark.slow]

_START = 1_700_000_000_000
_YES = MessageAction(label="Yes", text="yes")
_BUY = PostbackAction(label="Buy", data="buy=1", displayText="I buy")
_FILES = {"/a.jpg": ("image/jpeg", JPEG), "/a.mp4": ("video/mp4", MP4), "/a.mp3": ("audio/mpeg", MP3)}


class House:
    """The server, a receiver that also serves files, and a friend."""

    def __init__(self, alone: Alone, receiver: Receiver) -> None:
        self.alone, self.receiver = alone, receiver
        self.friend = alone.enrol("Ada Lovelace")
        receiver.respond = self._respond
        self.files = receiver.url.removesuffix("/callback")
        alone.connect(receiver.url)

    @staticmethod
    def _respond(received: Received) -> web.Response:
        mime, data = _FILES.get(received.path, ("text/plain", b""))
        return web.Response(body=data, content_type=mime)

    def configuration(self, token: str = "") -> Configuration:
        """The client's, with another address and nothing else."""
        return Configuration(access_token=token or self.alone.account.access_token, host=self.alone.url)

    async def act(self, action: Action) -> Any:
        """Let the friend act; the item."""
        item = self.alone.act(self.friend, action)
        await self.settle()
        return item

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        assert await self.alone.world.quiet()

    def events(self) -> list[Any]:
        """What the client's own parser reads of the webhooks since the last time."""
        parser = WebhookParser(self.alone.account.channel_secret)
        received, self.receiver.received = self.receiver.received, []
        return [
            event
            for one in received
            if one.method == "POST"
            for event in parser.parse(one.body.decode(), one.headers["x-line-signature"])
        ]

    def shown(self) -> list[str]:
        """Kinds of what the account sent."""
        return [item.kind for item in self.friend.screen if item.author == "business"]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Ada has added the account."""
    async with Receiver() as receiver, Alone(CHANNEL, start=_START) as alone:
        house = House(alone, receiver)
        await house.act(OptIn())
        yield house


def _messages(files: str) -> list[Any]:
    """One of each kind that an account can send."""
    picture, film, sound = f"{files}/a.jpg", f"{files}/a.mp4", f"{files}/a.mp3"
    quick = QuickReply(items=[QuickReplyItem(action=_YES), QuickReplyItem(action=LocationAction(label="Where"))])
    column = CarouselColumn(text="Item", actions=[_BUY])
    bubble = FlexBubble(body=FlexBox(layout="vertical", contents=[FlexText(text="Hello"), FlexButton(action=_BUY)]))
    area = ImagemapArea(x=0, y=0, width=520, height=520)
    return [
        TextMessage(text="Hello 👋", quickReply=quick),
        StickerMessage(packageId="446", stickerId="1988"),
        ImageMessage(originalContentUrl=picture, previewImageUrl=picture),
        VideoMessage(originalContentUrl=film, previewImageUrl=picture, trackingId="t"),
        AudioMessage(originalContentUrl=sound, duration=1_000),
        LocationMessage(title="Office", address="Street 1", latitude=1.5, longitude=2),
        ImagemapMessage(
            baseUrl=f"{files}/map",
            altText="Map",
            baseSize=ImagemapBaseSize(width=1040, height=520),
            actions=[MessageImagemapAction(text="left", area=area)],
        ),
        TemplateMessage(
            altText="?", template=ButtonsTemplate(text="?", actions=[_BUY, URIAction(label="x", uri=picture)])
        ),
        TemplateMessage(altText="?", template=ConfirmTemplate(text="?", actions=[_YES, _BUY])),
        TemplateMessage(altText="?", template=CarouselTemplate(columns=[column, column])),
        FlexMessage(altText="Card", contents=bubble),
    ]


async def test_the_blocking_client_sends_every_kind(house: House) -> None:
    """Pushed in fives; files reach the phone."""

    def send() -> list[str]:
        with ApiClient(house.configuration()) as client:
            api, messages = MessagingApi(client), _messages(house.files)
            ids: list[str] = []
            for start in range(0, len(messages), 5):
                request = PushMessageRequest(to=house.friend.identity, messages=messages[start : start + 5])
                ids += [one.id for one in api.push_message(request).sent_messages]
            return ids

    ids = await asyncio.to_thread(send)
    await house.settle()
    business = [item for item in house.friend.screen if item.author == "business"]
    assert [item.id for item in business] == ids
    assert house.shown() == (
        ["buttons", "sticker", "image", "video", "audio", "location"] + ["buttons"] * 3 + ["carousel", "card"]
    )
    assert [item.media.mime for item in business if item.media] == ["image/jpeg", "video/mp4", "audio/mpeg"]
    assert [item.problem for item in business if item.problem] == []


async def test_the_asynchronous_client_hears_every_kind(house: House) -> None:
    """Parsed by the vendor's own parser; files are downloaded."""
    house.events()
    sent = [
        await house.act(SendText(text="<b>שלום</b> 👨‍👩‍👧‍👦")),
        await house.act(SendMedia(kind="image", mime="image/png", data=png(), name="a.png")),
        await house.act(SendMedia(kind="video", mime="video/mp4", data=MP4, name="a.mp4")),
        await house.act(SendMedia(kind="voice", mime="audio/ogg", data=MP4, name="a.ogg")),
        await house.act(SendMedia(kind="document", mime="application/pdf", data=PDF, name="a.pdf")),
        await house.act(SendMedia(kind="sticker", mime="image/png", data=b"", name="11537/52002734")),
        await house.act(SendLocation(latitude=1.5, longitude=2, name="Office", address="Street 1")),
    ]
    events = house.events()
    assert [event.message.type for event in events] == [
        "text",
        "image",
        "video",
        "audio",
        "file",
        "sticker",
        "location",
    ]
    assert [event.message.id for event in events] == [item.id for item in sent]
    assert events[0].message.text == "<b>שלום</b> 👨‍👩‍👧‍👦"
    assert (events[4].message.file_name, events[4].message.file_size) == ("a.pdf", len(PDF))
    assert (events[5].message.package_id, events[6].message.title) == ("11537", "Office")
    async with AsyncApiClient(house.configuration()) as client:
        blob = AsyncMessagingApiBlob(client)
        files = [bytes(await blob.get_message_content(item.id)) for item in sent[1:5]]
        assert files == [png(), MP4, MP4, PDF]
        assert bytes(await blob.get_message_content_preview(sent[1].id))[:2] == b"\xff\xd8"
        assert (await blob.get_message_content_transcoding_by_message_id(sent[2].id)).status == "succeeded"


async def test_the_asynchronous_client_answers_taps_and_reads(house: House) -> None:
    """A whole conversation: reply, buttons, loading, quote, read, unsend, block."""
    async with AsyncApiClient(house.configuration()) as client:
        api = AsyncMessagingApi(client)
        (followed,) = house.events()
        assert followed.follow.is_unblocked is False
        template = TemplateMessage(altText="?", template=ButtonsTemplate(text="?", actions=[_BUY]))
        await api.reply_message(ReplyMessageRequest(replyToken=followed.reply_token, messages=[template]))
        with pytest.raises(ApiException) as used:
            await api.reply_message(ReplyMessageRequest(replyToken=followed.reply_token, messages=[template]))
        assert (used.value.status, used.value.body) == (400, '{"message":"Invalid reply token"}')
        await house.act(Tap(item=house.friend.screen[-1].id, button="Buy"))
        (tapped,) = house.events()
        assert (tapped.type, tapped.postback.data) == ("postback", "buy=1")
        item = await house.act(SendText(text="How long?"))
        (asked,) = house.events()
        await api.mark_messages_as_read_by_token(
            MarkMessagesAsReadByTokenRequest(markAsReadToken=asked.message.mark_as_read_token)
        )
        assert item.state == "read"
        await api.show_loading_animation(ShowLoadingAnimationRequest(chatId=house.friend.identity, loadingSeconds=5))
        assert house.friend.typing
        answer = TextMessage(text="A day", quoteToken=asked.message.quote_token)
        await api.push_message(PushMessageRequest(to=house.friend.identity, messages=[answer]))
        assert house.friend.screen[-1].reply_to == item.id
        await house.act(Delete(item=item.id))
        await house.act(Block())
        await house.act(Unblock())
        unsent, left, back = house.events()
        assert (unsent.unsend.message_id, left.type, back.follow.is_unblocked) == (item.id, "unfollow", True)
        assert all(event.delivery_context.is_redelivery is False for event in (unsent, left, back))


async def test_a_redelivered_event_says_so(house: House) -> None:
    """To the vendor's own parser, with the same event id."""
    house.events()
    house.receiver.respond = None
    house.receiver.script = [500]
    await house.act(SendText(text="hi"))
    await house.alone.world.advance(house.alone.world.now + 60_000)
    first, again = house.events()
    assert (first.delivery_context.is_redelivery, again.delivery_context.is_redelivery) == (False, True)
    assert first.webhook_event_id == again.webhook_event_id
    with pytest.raises(InvalidSignatureError):
        WebhookParser("another secret").parse("{}", "x")


async def test_the_blocking_client_asks_and_sets(house: House) -> None:
    """Profile, account, quota, webhook, many at once, validation."""

    def ask() -> None:
        with ApiClient(house.configuration()) as client:
            api = MessagingApi(client)
            assert api.get_profile(house.friend.identity).display_name == "Ada Lovelace"
            assert api.get_bot_info().user_id == house.alone.account.bot_user_id
            assert api.get_followers().user_ids == [house.friend.identity]
            assert api.get_message_quota().type == "limited"
            messages = [TextMessage(text="all")]
            api.multicast(MulticastRequest(to=[house.friend.identity], messages=messages))
            api.broadcast(BroadcastRequest(messages=messages))
            accepted = api.narrowcast_with_http_info(NarrowcastRequest(messages=messages))
            request_id = accepted.headers["X-Line-Request-Id"]
            assert api.get_narrowcast_progress(request_id=request_id).phase == "succeeded"
            assert api.get_message_quota_consumption().total_usage == 3
            api.validate_push(ValidateMessageRequest(messages=messages))
            endpoint = api.get_webhook_endpoint().endpoint
            api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint=endpoint))
            tested = api.test_webhook_endpoint(TryWebhookRequest(endpoint=endpoint))
            assert (tested.success, tested.reason, tested.status_code) == (True, "OK", 200)

    await asyncio.to_thread(ask)
    assert house.shown() == ["text"] * 3


async def test_a_rich_menu_from_picture_to_tap(house: House) -> None:
    """Made, pictured and shown by the blocking client, tapped by the friend."""

    def make() -> str:
        with ApiClient(house.configuration()) as client:
            api, blob = MessagingApi(client), MessagingApiBlob(client)
            area = RichMenuArea(bounds=RichMenuBounds(x=0, y=0, width=800, height=300), action=_BUY)
            size = RichMenuSize(width=800, height=300)
            request = RichMenuRequest(size=size, selected=True, name="menu", chatBarText="Menu", areas=[area])
            menu_id: str = api.create_rich_menu(request).rich_menu_id
            blob.set_rich_menu_image(menu_id, body=png(), _headers={"Content-Type": "image/png"})
            assert bytes(blob.get_rich_menu_image(menu_id)) == png()
            api.set_default_rich_menu(menu_id)
            return menu_id

    assert (await asyncio.to_thread(make)).startswith("richmenu-")
    house.events()
    await house.act(TapMenu(entry="Buy"))
    (tapped,) = house.events()
    assert tapped.postback.data == "buy=1"


async def test_errors_and_retries_as_the_client_sees_them(house: House) -> None:
    """A wrong message, nobody, the same retry key, too many requests, a wrong token."""
    async with AsyncApiClient(house.configuration()) as client:
        api = AsyncMessagingApi(client)

        async def refused(to: str, said: str, key: str | None = None) -> ApiException:
            with pytest.raises(ApiException) as caught:
                await api.push_message(PushMessageRequest(to=to, messages=[TextMessage(text=said)]), key)
            error: ApiException = caught.value
            return error

        me = house.friend.identity
        wrong = await refused(me, "")
        assert (wrong.status, "messages[0].text" in wrong.body) == (400, True)
        assert "Failed to send" in (await refused(NOBODY, "hi")).body
        await api.push_message(PushMessageRequest(to=me, messages=[TextMessage(text="once")]), KEY)
        again = await refused(me, "once", KEY)
        assert (again.status, "X-Line-Accepted-Request-Id" in again.headers) == (409, True)
        house.alone.world.faults.add(Order(Throttle(rate_per_second=1, burst=1), Where(target="line")), "throttle")
        await api.get_bot_info()
        with pytest.raises(ApiException) as many:
            await api.get_bot_info()
        assert many.value.status == 429
        house.alone.world.faults.rules.clear()
    async with AsyncApiClient(house.configuration("wrong")) as client:
        with pytest.raises(ApiException) as stranger:
            await AsyncMessagingApi(client).get_bot_info()
        assert stranger.value.status == 401
    assert house.shown() == ["text"]


async def test_the_token_client_gets_tokens_of_each_kind(house: House) -> None:
    """And each works."""
    account = house.alone.account

    def issue() -> list[str]:
        with OAuthClient(OAuthConfiguration(host=house.alone.url)) as client:
            api = ChannelAccessToken(client)
            named = {"client_id": account.channel_id, "client_secret": account.channel_secret}
            short = api.issue_channel_token("client_credentials", **named)
            claims = {
                "iss": account.channel_id,
                "sub": account.channel_id,
                "aud": "https://api.line.me/",
                "exp": _START // 1_000 + 600,
                "token_exp": 86_400,
            }
            key = jwt.PyJWK({**oauth.ASSERTION_KEY, "alg": "RS256"}).key
            assertion = jwt.encode(claims, key, "RS256", {"kid": account.assertion_kid})
            asserted = api.issue_channel_token_by_jwt("client_credentials", oauth.ASSERTION_TYPE, assertion)
            kids = api.gets_all_valid_channel_access_token_key_ids(oauth.ASSERTION_TYPE, assertion)
            assert kids.kids == [asserted.key_id]
            stateless = api.issue_stateless_channel_token(grant_type="client_credentials", **named)
            assert api.verify_channel_token(short.access_token).client_id == account.channel_id
            assert api.verify_channel_token_by_jwt(asserted.access_token).expires_in == 86_400
            return [short.access_token, asserted.access_token, stateless.access_token]

    for token in await asyncio.to_thread(issue):
        async with AsyncApiClient(house.configuration(token)) as client:
            assert (await AsyncMessagingApi(client).get_bot_info()).display_name == "Acme Support"
