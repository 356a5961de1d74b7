"""What a person can do in WeChat, and what the account hears of it."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import Impossible
from fake_channels.wechat import limits
from fake_channels.wechat.tests.calls import JPEG, MP4, OGG, PNG, Owner, amr


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def _media(kind: Any, data: bytes, mime: str, name: str = "a.bin", caption: str = "") -> acts.SendMedia:
    return acts.SendMedia(kind=kind, data=data, mime=mime, name=name, caption=caption)


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_text_is_numbered_upwards(owner: Owner) -> None:
    """Its number is the item's id on the phone."""
    customer = owner.follower()
    items = [owner.act(customer, acts.SendText(text=text)) for text in ("one", "two")]
    told = owner.told()
    assert [fields["Content"] for fields in told] == ["one", "two"]
    assert [item.id for item in items if item] == [fields["MsgId"] for fields in told]
    assert int(told[1]["MsgId"]) == int(told[0]["MsgId"]) + 1


def test_a_picture_can_be_fetched_by_id_and_by_url(owner: Owner) -> None:
    """For three days."""
    customer = owner.follower()
    owner.act(customer, _media("image", JPEG, "image/jpeg", "me.jpg"))
    told = owner.told()[0]
    assert told["MsgType"] == "image"
    page = owner.fetch(told["PicUrl"])
    assert (page.status, page.content_type, page.body) == (200, "image/jpeg", JPEG)
    query = f"access_token={owner.token}&media_id={told['MediaId']}"
    assert owner.ask("GET", "/cgi-bin/media/get", headers={}, query=query).body == JPEG
    owner.advance(limits.MEDIA_LIFE_MS)
    assert owner.fetch(told["PicUrl"]).status == 404


def test_a_voice_note_says_what_it_is(owner: Owner) -> None:
    """AMR in life."""
    customer = owner.follower()
    owner.act(customer, _media("voice", amr(), "audio/amr"))
    owner.act(customer, _media("voice", OGG, "audio/ogg"))
    assert [(fields["MsgType"], fields["Format"]) for fields in owner.told()] == [("voice", "amr"), ("voice", "ogg")]


def test_a_video_comes_with_a_thumbnail(owner: Owner) -> None:
    """Both are media; the video's own is a URL."""
    customer = owner.follower()
    owner.act(customer, _media("video", MP4, "video/mp4"))
    told = owner.told()[0]
    url = owner.get("media/get", media_id=told["MediaId"])["video_url"]
    assert owner.fetch(url).body == MP4
    query = f"access_token={owner.token}&media_id={told['ThumbMediaId']}"
    thumb = owner.ask("GET", "/cgi-bin/media/get", headers={}, query=query)
    assert thumb.content_type == "image/jpeg"


def test_a_file_is_only_named(owner: Owner) -> None:
    """With its hash and length."""
    customer = owner.follower()
    owner.act(customer, _media("document", b"%PDF-1.7", "application/pdf", "a.pdf"))
    told = owner.told()[0]
    assert (told["MsgType"], told["Title"], told["FileTotalLen"]) == ("file", "a.pdf", "8")
    assert told["FileMd5"] == md5(b"%PDF-1.7", usedforsecurity=False).hexdigest()


def test_a_place_is_latitude_then_longitude(owner: Owner) -> None:
    """With its name and address as the label."""
    customer = owner.follower()
    owner.act(customer, acts.SendLocation(latitude=-59.5, longitude=18.25, name="Hotel", address="Main St"))
    told = owner.told()[0]
    assert (told["Location_X"], told["Location_Y"], told["Label"]) == ("-59.500000", "18.250000", "Hotel Main St")


@pytest.mark.parametrize(
    "action",
    [
        acts.SendContact(name="Ada", phone="+15550100"),
        acts.SendUnsupported(type="poll"),
        acts.SendMedia(kind="sticker", data=b"RIFF", mime="image/webp", name="s.webp"),
    ],
)
def test_what_cannot_be_carried_is_said_to_be_so(owner: Owner, action: acts.Action) -> None:
    """As a text in the vendor's words."""
    customer = owner.follower()
    owner.act(customer, action)
    assert [(fields["MsgType"], fields["Content"]) for fields in owner.told()] == [("text", limits.UNSHOWABLE)]


def test_a_link_and_a_reported_position(owner: Owner) -> None:
    """Two things that other channels lack."""
    customer = owner.follower()
    owner.act(customer, acts.SendUnsupported(type="link"))
    owner.act(customer, acts.SendUnsupported(type="report_location"))
    link, position = owner.told()
    assert (link["MsgType"], link["Url"]) == ("link", "https://shop.example/page")
    assert (position["Event"], position["Precision"]) == ("LOCATION", "30.000000")
    assert -90 < float(position["Latitude"]) < 90


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (acts.SendText(text=" "), "empty message"),
        (_media("image", b"", "image/png"), "empty"),
        (_media("image", MP4, "image/png"), "it is video/mp4"),
        (_media("image", PNG, "image/png", caption="x"), "without a caption"),
        (_media("audio", b"ID3", "audio/mpeg"), "no audio files"),
        (acts.React(item="1", emoji="x"), "no reactions"),
        (acts.Edit(item="1", text="x"), "change a message"),
        (acts.Delete(item="1"), "not told"),
        (acts.ReplyToStory(text="x"), "no stories"),
        (acts.MentionInStory(), "no stories"),
        (acts.SendText(text="x", reply_to="none"), "nothing with id"),
        (acts.TapMenu(entry="Help"), "no menu"),
    ],
)
def test_what_the_app_does_not_offer_is_impossible(owner: Owner, action: acts.Action, why: str) -> None:
    """With a sentence, and nobody hears of it."""
    customer = owner.follower()
    with pytest.raises(Impossible, match=why):
        owner.act(customer, action)
    assert owner.told() == []


def test_a_quotation_is_not_told(owner: Owner) -> None:
    """The account gets the text alone."""
    customer = owner.follower()
    item = owner.act(customer, acts.SendText(text="that", reply_to=customer.screen[0].id))
    assert item is not None
    assert item.reply_to == customer.screen[0].id
    assert set(owner.told()[0]) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"}


# --- following --------------------------------------------------------------------------------------------------------


def test_to_follow_and_to_leave_are_events(owner: Owner) -> None:
    """Without a message number; leaving twice is impossible."""
    customer = owner.enrol()
    owner.act(customer, acts.OptIn())
    owner.act(customer, acts.OptIn())
    owner.act(customer, acts.OptOut())
    told = owner.told()
    assert [(fields["Event"], fields["EventKey"]) for fields in told] == [("subscribe", ""), ("unsubscribe", "")]
    for action in (
        acts.OptOut(),
        acts.SendText(text="x"),
        _media("image", PNG, "image/png"),
        acts.TapMenu(entry="x"),
        acts.SendUnsupported(type="report_location"),
    ):
        with pytest.raises(Impossible, match="follow"):
            owner.act(customer, action)
    assert owner.told() == []


def test_a_qr_code_tells_what_it_carries(owner: Owner) -> None:
    """With a prefix when the person follows by it, without when they follow already."""
    customer = owner.enrol()
    owner.act(customer, acts.OptIn(payload="shop-7"))
    owner.act(customer, acts.OptIn(payload="shop-8"))
    followed, scanned = owner.told()
    assert (followed["Event"], followed["EventKey"]) == ("subscribe", "qrscene_shop-7")
    assert (scanned["Event"], scanned["EventKey"]) == ("SCAN", "shop-8")
    assert followed["Ticket"] != scanned["Ticket"]


def test_whoever_writes_first_follows_without_an_event(owner: Owner) -> None:
    """From then on."""
    customer = owner.enrol()
    assert owner.get("user/info", openid=customer.identity)["subscribe"] == 0
    owner.act(customer, acts.SendText(text="hi"))
    assert [fields["MsgType"] for fields in owner.told()] == ["text"]
    assert owner.get("user/info", openid=customer.identity)["subscribe"] == 1


def test_what_happens_on_the_phone_stays_there(owner: Owner) -> None:
    """Reading, typing, refusing messages, a new name."""
    customer = owner.follower()
    owner.text(customer)
    for action in (acts.Read(), acts.Type(), acts.Block(), acts.Unblock(), acts.Rename(name="New")):
        owner.act(customer, action)
    assert owner.told() == []
    assert customer.screen[-1].state == "read"
    assert customer.name == "New"


def test_a_phone_that_is_offline_sends_nothing(owner: Owner) -> None:
    """Until it is back."""
    customer = owner.follower()
    owner.act(customer, acts.GoOffline())
    with pytest.raises(Impossible, match="offline"):
        owner.act(customer, acts.SendText(text="x"))
    owner.act(customer, acts.ComeBack())
    owner.act(customer, acts.SendText(text="x"))
    assert len(owner.told()) == 1


# --- taps -------------------------------------------------------------------------------------------------------------


def test_the_menu_tells_what_was_tapped(owner: Owner) -> None:
    """By key, by URL, by what was scanned."""
    owner.post(
        "menu/create",
        {
            "button": [
                {"type": "click", "name": "Help", "key": "HELP"},
                {
                    "name": "More",
                    "sub_button": [
                        {"type": "view", "name": "Shop", "url": "https://shop.example/"},
                        {"type": "scancode_push", "name": "Scan", "key": "SCAN"},
                        {"type": "miniprogram", "name": "App", "url": "https://a.example/", "pagepath": "p/1"},
                        {"type": "media_id", "name": "Song", "media_id": "x"},
                    ],
                },
            ]
        },
    )
    customer = owner.follower()
    for entry in ("Help", "HELP", "Shop", "Scan", "App"):
        owner.act(customer, acts.TapMenu(entry=entry))
    told = owner.told()
    assert [(fields["Event"], fields["EventKey"]) for fields in told] == [
        ("CLICK", "HELP"),
        ("CLICK", "HELP"),
        ("VIEW", "https://shop.example/"),
        ("scancode_push", "SCAN"),
        ("view_miniprogram", "p/1"),
    ]
    assert told[3]["ScanCodeInfo"]["ScanType"] == "qrcode"
    with pytest.raises(Impossible, match="'Help', 'Shop'"):
        owner.act(customer, acts.TapMenu(entry="More"))
    with pytest.raises(Impossible, match="media_id are not emulated"):
        owner.act(customer, acts.TapMenu(entry="Song"))


@pytest.mark.parametrize("kind", ["pic_sysphoto", "pic_photo_or_album", "pic_weixin"])
def test_a_menu_button_for_a_picture_tells_of_it_and_sends_it(owner: Owner, kind: str) -> None:
    """The event holds the picture's hash."""
    owner.post("menu/create", {"button": [{"type": kind, "name": "Photo", "key": "PHOTO"}]})
    customer = owner.follower()
    owner.act(customer, acts.TapMenu(entry="Photo"))
    event, message = owner.told()
    assert (event["Event"], event["EventKey"]) == (kind, "PHOTO")
    picture = customer.media[next(iter(customer.media))]
    told = md5(picture, usedforsecurity=False).hexdigest()
    assert event["SendPicsInfo"] == {"Count": "1", "PicList": {"item": {"PicMd5Sum": told}}}
    assert (message["MsgType"], customer.screen[-1].kind) == ("image", "image")


def test_a_menu_button_for_a_place_tells_of_it_and_sends_it(owner: Owner) -> None:
    """Both name the same place."""
    owner.post("menu/create", {"button": [{"type": "location_select", "name": "Where", "key": "WHERE"}]})
    customer = owner.follower()
    owner.act(customer, acts.TapMenu(entry="Where"))
    event, message = owner.told()
    assert (event["Event"], event["EventKey"], message["MsgType"]) == ("location_select", "WHERE", "location")
    for name in ("Location_X", "Location_Y", "Scale", "Label"):
        assert event["SendLocationInfo"][name] == message[name]


def test_old_buttons_still_answer(owner: Owner) -> None:
    """However long ago they were shown; what was never shown does not."""
    customer = owner.follower()
    owner.send(customer, "msgmenu", {"list": [{"id": "1", "content": "Yes"}]})
    item = customer.screen[-1]
    owner.advance(limits.MEDIA_LIFE_MS)
    owner.act(customer, acts.Tap(item=item.id, button="1"))
    assert owner.told()[0]["bizmsgmenuid"] == "1"
    with pytest.raises(Impossible, match="no button 'No'"):
        owner.act(customer, acts.Tap(item=item.id, button="No"))


def test_a_snapshot_goes_on_where_it_was(owner: Owner) -> None:
    """Windows, tokens and media included."""
    customer = owner.follower()
    media_id = owner.media_id("image", PNG)
    assert owner.text(customer) == 0
    owner.restart()
    twin = owner.component.handsets()[customer.identity]
    assert owner.code(twin, "image", {"media_id": media_id}) == 0
    assert [owner.text(twin) for _ in range(4)] == [0, 0, 0, 45047]
