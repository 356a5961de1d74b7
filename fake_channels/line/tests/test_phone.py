"""The person with LINE in hand: each action, what the account hears of it, and what LINE does not offer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.handset import (
    Block,
    ComeBack,
    Delete,
    Edit,
    GoOffline,
    Impossible,
    Item,
    MentionInStory,
    OptIn,
    OptOut,
    React,
    Read,
    Rename,
    ReplyToStory,
    SendContact,
    SendLocation,
    SendMedia,
    SendText,
    SendUnsupported,
    Tap,
    TapMenu,
    Type,
    Unblock,
)
from fake_channels.line.tests.calls import JPEG, MP3, MP4, PDF, Owner, shown, text

_ASK = {"type": "postback", "label": "Buy", "data": "buy=1", "displayText": "I buy"}


def _buttons(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "template", "altText": "?", "template": {"type": "buttons", "text": "?", "actions": list(actions)}}


def _quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return text("?", quickReply={"items": [{"type": "action", "action": action} for action in actions]})


# --- what a person sends ----------------------------------------------------------------------------------------------


def test_a_text_is_told_with_its_tokens() -> None:
    """And a quoted message by its id."""
    owner = Owner()
    friend = owner.friend()
    item = owner.act(friend, SendText(text="hi"))
    event = owner.event()
    assert item is not None
    assert (event["type"], event["message"]["type"], event["message"]["text"]) == ("message", "text", "hi")
    assert event["message"]["id"] == item.id
    assert {"quoteToken", "markAsReadToken"} <= set(event["message"])
    assert "quotedMessageId" not in event["message"]
    (sent,) = owner.push(friend, text("hello"))
    owner.act(friend, SendText(text="yes", reply_to=sent["id"]))
    assert owner.event()["message"]["quotedMessageId"] == sent["id"]
    with pytest.raises(Impossible, match="nothing with id"):
        owner.act(friend, SendText(text="yes", reply_to="1"))


@pytest.mark.parametrize("said", ["", "  ", "x" * 5_001, "👋" * 2_501])
def test_the_app_sends_one_to_five_thousand_characters(said: str) -> None:
    """As UTF-16 counts them."""
    owner = Owner()
    with pytest.raises(Impossible, match="1 to 5000"):
        owner.act(owner.friend(), SendText(text=said))


@pytest.mark.parametrize(
    ("kind", "mime", "data", "told"),
    [
        ("image", "image/jpeg", JPEG, {"type": "image", "contentProvider": {"type": "line"}}),
        ("video", "video/mp4", MP4, {"type": "video", "contentProvider": {"type": "line"}, "duration": 1_000}),
        ("audio", "audio/mpeg", MP3, {"type": "audio", "contentProvider": {"type": "line"}, "duration": 1_000}),
        ("voice", "audio/ogg", MP4, {"type": "audio", "contentProvider": {"type": "line"}, "duration": 1_000}),
        ("document", "application/pdf", PDF, {"type": "file", "fileName": "a.bin", "fileSize": len(PDF)}),
    ],
)
def test_each_kind_of_file_is_told_in_its_own_way(kind: Any, mime: str, data: bytes, told: dict[str, Any]) -> None:
    """Quotable ones with a quote token."""
    owner = Owner()
    friend = owner.friend()
    item = owner.act(friend, SendMedia(kind=kind, mime=mime, data=data, name="a.bin"))
    assert item is not None
    assert item.media is not None
    assert friend.media[item.media.id] == data
    message = owner.event()["message"]
    assert {key: message[key] for key in told} == told
    assert ("quoteToken" in message) is (kind in {"image", "video"})


def test_files_that_line_cannot_send_are_impossible() -> None:
    """Empty, with a caption, as an answer, or of another kind than they are said to be."""
    owner = Owner()
    friend = owner.friend()
    picture = SendMedia(kind="image", mime="image/jpeg", data=JPEG, name="a")
    for wrong, why in (
        (msgspec.structs.replace(picture, data=b""), "empty"),
        (msgspec.structs.replace(picture, caption="hi"), "captions"),
        (msgspec.structs.replace(picture, reply_to="1"), "text or a sticker only"),
        (msgspec.structs.replace(picture, data=PDF), "application/pdf"),
    ):
        with pytest.raises(Impossible, match=why):
            owner.act(friend, wrong)
    assert owner.events() == []
    assert owner.account.contents == {}


def test_a_sticker_is_told_by_its_numbers() -> None:
    """Those in its name, or else a well-known one's; it can quote."""
    owner = Owner()
    friend = owner.friend()
    (sent,) = owner.push(friend, text())
    owner.act(
        friend, SendMedia(kind="sticker", mime="image/png", data=JPEG, name="11537/52002734", reply_to=sent["id"])
    )
    owner.act(friend, SendMedia(kind="sticker", mime="image/png", data=b"", name="smile"))
    named, usual = (event["message"] for event in owner.events())
    assert (named["packageId"], named["stickerId"], named["quotedMessageId"]) == ("11537", "52002734", sent["id"])
    assert (usual["packageId"], usual["stickerId"], usual["stickerResourceType"]) == ("446", "1988", "STATIC")


def test_a_place_is_told_without_what_it_lacks() -> None:
    """Absent values are left out, never null."""
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, SendLocation(latitude=35.6, longitude=139.7, name="Office", address="Street 1"))
    owner.act(friend, SendLocation(latitude=0, longitude=-1.5))
    full, bare = (event["message"] for event in owner.events())
    assert (full["title"], full["address"], full["latitude"]) == ("Office", "Street 1", 35.6)
    assert not {"title", "address"} & set(bare)


# --- friends ----------------------------------------------------------------------------------------------------------


def test_adding_blocking_and_unblocking_are_told_once_each() -> None:
    """Unfollow has no reply token; a return says that it is one."""
    owner = Owner()
    person = owner.enrol()
    for action in (OptIn(), OptIn(), Block(), Block(), OptOut(), Unblock(), Unblock(), Block(), OptIn()):
        owner.act(person, action)
    events = owner.events()
    told = [(event["type"], event.get("follow", {}).get("isUnblocked")) for event in events]
    assert told == [("follow", False), ("unfollow", None), ("follow", True), ("unfollow", None), ("follow", True)]
    assert ["replyToken" in event for event in events] == [True, False, True, False, True]
    assert owner.account.replies[events[0]["replyToken"]].user_id == person.identity


def test_who_blocked_the_account_cannot_write_or_tap() -> None:
    """Until they unblock it."""
    owner = Owner()
    friend = owner.friend()
    (sent,) = owner.push(friend, _buttons(_ASK))
    owner.act(friend, SendText(text="mine"))
    mine = friend.screen[-1].id
    owner.act(friend, Block())
    owner.events()
    for action in (
        SendText(text="hi"),
        SendMedia(kind="image", mime="image/jpeg", data=JPEG, name="a"),
        Tap(item=sent["id"], button="Buy"),
        Delete(item=mine),
    ):
        with pytest.raises(Impossible, match="blocked"):
            owner.act(friend, action)
    assert owner.events() == []
    assert owner.account.contents == {}


# --- buttons ----------------------------------------------------------------------------------------------------------


def _tap(owner: Owner, message: dict[str, Any], button: str) -> tuple[Item | None, list[Any]]:
    friend = owner.friend()
    (sent,) = owner.push(friend, message)
    item = owner.act(friend, Tap(item=sent["id"], button=button))
    return item, owner.events()


def test_a_message_action_says_its_text() -> None:
    """As if it had been typed."""
    item, (event,) = _tap(Owner(), _buttons({"type": "message", "label": "Yes", "text": "I agree"}), "Yes")
    assert item is not None
    assert (item.text, event["message"]["text"]) == ("I agree", "I agree")


def test_a_postback_tells_its_data_and_shows_its_text() -> None:
    """No message event comes of what is shown."""
    item, (event,) = _tap(Owner(), _buttons(_ASK), "buy=1")
    assert item is not None
    assert item.text == "I buy"
    assert (event["type"], event["postback"]) == ("postback", {"data": "buy=1"})
    assert event["replyToken"]
    silent, _ = _tap(Owner(), _buttons({"type": "postback", "label": "Buy", "data": "x"}), "Buy")
    assert silent is None


@pytest.mark.parametrize(
    ("mode", "initial", "picked"),
    [
        ("date", None, "2023-11-14"),
        ("time", None, "22:13"),
        ("datetime", None, "2023-11-14T22:13"),
        ("datetime", "2017-12-25t00:00", "2017-12-25T00:00"),
    ],
)
def test_a_picker_tells_what_was_picked(mode: str, initial: str | None, picked: str) -> None:
    """What it offers first, or the time in the world."""
    action = {"type": "datetimepicker", "label": "When", "data": "when", "mode": mode}
    _, (event,) = _tap(Owner(), _buttons(action | ({"initial": initial} if initial else {})), "When")
    assert event["postback"] == {"data": "when", "params": {mode: picked}}


@pytest.mark.parametrize(
    "action",
    [
        {"type": "uri", "label": "Go", "uri": "https://example.com"},
        {"type": "uri", "label": "Go", "uri": "tel:15550100"},
        {"type": "clipboard", "label": "Go", "clipboardText": "3B48740B"},
    ],
)
def test_a_link_or_copy_tells_nothing(action: dict[str, Any]) -> None:
    """The account hears of neither."""
    assert _tap(Owner(), _buttons(action), "Go") == (None, [])


def test_the_end_of_a_tracked_video_is_told() -> None:
    """By its tracking id; an untracked one has no such button."""
    video = {"type": "video", "originalContentUrl": "https://x.example/v", "previewImageUrl": "https://x.example/p"}
    _, (event,) = _tap(Owner(), {**video, "trackingId": "track-1"}, "track-1")
    assert (event["type"], event["videoPlayComplete"]) == ("videoPlayComplete", {"trackingId": "track-1"})
    with pytest.raises(Impossible, match="no buttons"):
        _tap(Owner(), video, "track-1")


@pytest.mark.parametrize("kind", ["camera", "cameraRoll", "location"])
def test_what_opens_a_part_of_the_app_is_answered_by_hand(kind: str) -> None:
    """With a picture or a place."""
    with pytest.raises(Impossible, match="to answer this request"):
        _tap(Owner(), _quick({"type": kind, "label": "Show"}), "Show")


def test_quick_replies_go_away() -> None:
    """After a tap on one, or when something newer is shown; buttons of a template stay."""
    owner = Owner()
    friend = owner.friend()
    yes = {"type": "message", "label": "Yes", "text": "yes"}
    quick, template = owner.push(friend, _quick(yes), {**_buttons(_ASK), "quickReply": _quick(yes)["quickReply"]})
    with pytest.raises(Impossible, match="went away"):
        owner.act(friend, Tap(item=quick["id"], button="Yes"))
    owner.act(friend, Tap(item=template["id"], button="Yes"))
    assert [button.title for button in friend.find(template["id"]).buttons] == ["Buy"]
    with pytest.raises(Impossible, match="no button"):
        owner.act(friend, Tap(item=template["id"], button="Yes"))
    owner.act(friend, Tap(item=template["id"], button="Buy"))
    assert [event["type"] for event in owner.events()] == ["message", "postback"]


# --- the menu ---------------------------------------------------------------------------------------------------------


def test_the_menu_does_what_its_areas_say() -> None:
    """Found by label, text or data."""
    owner = Owner()
    friend = owner.friend()
    with pytest.raises(Impossible, match="no menu"):
        owner.act(friend, TapMenu(entry="Buy"))
    menu_id = owner.menu(
        _ASK, {"type": "message", "text": "help"}, {"type": "uri", "label": "Shop", "uri": "https://x"}
    )
    owner.ok("POST", f"/user/all/richmenu/{menu_id}")
    for entry in ("Buy", "help", "Shop"):
        owner.act(friend, TapMenu(entry=entry))
    postback, message = owner.events()
    assert (postback["postback"]["data"], message["message"]["text"]) == ("buy=1", "help")
    with pytest.raises(Impossible, match=r"shows 'Buy', 'help', 'Shop'"):
        owner.act(friend, TapMenu(entry="Sell"))


@pytest.mark.parametrize(
    ("alias", "status"),
    [("second", "SUCCESS"), ("gone", "RICHMENU_NOTFOUND"), ("unknown", "RICHMENU_ALIAS_ID_NOTFOUND")],
)
def test_a_switch_shows_another_menu_and_is_told(alias: str, status: str) -> None:
    """Or that it did not."""
    owner = Owner()
    friend = owner.friend()
    second, gone = owner.menu({"type": "message", "text": "second"}), owner.menu()
    for name, menu_id in (("second", second), ("gone", gone)):
        owner.ok("POST", "/richmenu/alias", {"richMenuAliasId": name, "richMenuId": menu_id})
    owner.ok("DELETE", f"/richmenu/{gone}")
    first = owner.menu({"type": "richmenuswitch", "richMenuAliasId": alias, "data": "switched"})
    owner.ok("POST", f"/user/all/richmenu/{first}")
    owner.act(friend, TapMenu(entry="switched"))
    params = {"newRichMenuAliasId": alias, "status": status}
    assert owner.event()["postback"] == {"data": "switched", "params": params}
    found = owner.account.menu_of(owner.account.customers[friend.identity])
    assert found is not None
    assert found[0] == (second if status == "SUCCESS" else first)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_a_message_can_be_unsent_once() -> None:
    """Only one's own; nothing of it stays on the screen."""
    owner = Owner()
    friend = owner.friend()
    item = owner.act(friend, SendLocation(latitude=1, longitude=2, name="Here"))
    assert item is not None
    owner.events()
    owner.act(friend, Delete(item=item.id))
    event = owner.event()
    assert (event["type"], event["unsend"]) == ("unsend", {"messageId": item.id})
    assert "replyToken" not in event
    assert (item.kind, item.text, item.location) == ("unsent", "", None)
    with pytest.raises(Impossible, match="already"):
        owner.act(friend, Delete(item=item.id))
    (sent,) = owner.push(friend, text())
    with pytest.raises(Impossible, match="your own"):
        owner.act(friend, Delete(item=sent["id"]))


def test_reading_and_typing_are_told_to_nobody() -> None:
    """The person's own screen shows what was read."""
    owner = Owner()
    friend = owner.friend()
    owner.push(friend, text())
    owner.act(friend, Read())
    owner.act(friend, Type())
    assert [item.state for item in shown(friend)] == ["read"]
    assert owner.events() == []


def test_a_new_name_is_seen_in_the_profile() -> None:
    """A person without one shows a blank: the field is required."""
    owner = Owner()
    friend = owner.friend("Ada")
    owner.act(friend, Rename(name="<b>Ада</b> 👋"))
    assert owner.ok("GET", f"/profile/{friend.identity}")["displayName"] == "<b>Ада</b> 👋"
    owner.act(friend, Rename(name=None))
    assert owner.ok("GET", f"/profile/{friend.identity}")["displayName"] == " "


@pytest.mark.parametrize(
    "action",
    [
        SendContact(name="Ada", phone="15550100"),
        SendUnsupported(),
        React(item="1", emoji="👍"),
        Edit(item="1", text="x"),
        ReplyToStory(text="x"),
        MentionInStory(),
    ],
)
def test_what_line_does_not_offer_is_impossible_with_a_sentence(action: acts.Action) -> None:
    """Which says what is missing."""
    owner = Owner()
    with pytest.raises(Impossible, match=r"LINE|official account"):
        owner.act(owner.friend(), action)


def test_an_offline_phone_can_only_come_back() -> None:
    """Whatever else is tried."""
    owner = Owner()
    friend = owner.friend()
    owner.act(friend, GoOffline())
    with pytest.raises(Impossible, match="offline"):
        owner.act(friend, SendText(text="hi"))
    owner.act(friend, ComeBack())
    owner.act(friend, SendText(text="hi"))
    assert owner.event()["message"]["text"] == "hi"
