"""Customer-service messages, typing and templates: what may be sent to whom, and when."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.handset import Block, ComeBack, GoOffline, OptIn, OptOut, SendText, Tap, TapMenu, Unblock
from fake_channels.core.instants import HOUR, MINUTE, SECOND
from fake_channels.wechat.tests.calls import JPEG, MP4, PNG, Owner, amr, shown


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


# --- windows and counts -----------------------------------------------------------------------------------------------


def test_a_message_opens_a_window_of_48_hours(owner: Owner) -> None:
    """To the millisecond; a new message opens it anew."""
    customer = owner.follower()
    owner.advance(48 * HOUR - 1)
    owner.token = owner.fetch_token()
    assert owner.text(customer) == 0
    owner.advance(1)
    refused = owner.send(customer, "text", {"content": "x"})
    assert refused["errcode"] == 45015
    assert refused["errmsg"].startswith("response out of time limit or subscription is canceled rid: ")
    owner.act(customer, SendText(text="again"))
    assert owner.text(customer) == 0


def test_five_messages_follow_one_of_the_persons(owner: Owner) -> None:
    """The sixth is one too many; another message of the person's allows five again, not more."""
    customer = owner.follower()
    assert [owner.text(customer) for _ in range(6)] == [0] * 5 + [45047]
    assert owner.send(customer, "text", {"content": "x"})["errmsg"].startswith("out of response count limit rid: ")
    owner.act(customer, SendText(text="one"))
    owner.act(customer, SendText(text="two"))
    assert [owner.text(customer) for _ in range(6)] == [0] * 5 + [45047]


def test_what_is_refused_costs_nothing(owner: Owner) -> None:
    """Only accepted messages count."""
    customer = owner.follower()
    for _ in range(9):
        assert owner.code(customer, "image", {"media_id": "none"}) == 40007
    assert [owner.text(customer) for _ in range(5)] == [0] * 5


def test_a_follow_opens_a_minute_for_three_messages(owner: Owner) -> None:
    """Then it is over, or they are."""
    customer = owner.enrol()
    assert owner.text(customer) == 45015
    owner.act(customer, OptIn())
    assert [owner.text(customer) for _ in range(4)] == [0, 0, 0, 45047]
    owner.advance(MINUTE)
    assert owner.text(customer) == 45015


def test_a_scan_and_a_tap_on_the_menu_open_it_too(owner: Owner) -> None:
    """A tap on a link of the menu does not."""
    owner.post(
        "menu/create",
        {
            "button": [
                {"type": "click", "name": "Help", "key": "HELP"},
                {"type": "view", "name": "Shop", "url": "https://shop.example/"},
                {"type": "scancode_waitmsg", "name": "Scan", "key": "SCAN"},
            ]
        },
    )
    customer = owner.enrol()
    owner.act(customer, OptIn())
    for action in (OptIn(payload="42"), TapMenu(entry="Help"), TapMenu(entry="SCAN")):
        owner.advance(MINUTE)
        assert owner.text(customer) == 45015
        owner.act(customer, action)
        assert owner.text(customer) == 0
    owner.advance(MINUTE)
    owner.act(customer, TapMenu(entry="Shop"))
    assert owner.text(customer) == 45015


def test_the_short_allowance_is_used_before_the_long_one(owner: Owner) -> None:
    """Eight in all, when the person has written and tapped."""
    customer = owner.follower()
    owner.act(customer, OptIn(payload="42"))
    assert [owner.text(customer) for _ in range(9)] == [0] * 8 + [45047]


def test_a_tap_on_a_msgmenu_counts_as_a_tap(owner: Owner) -> None:
    """Three messages within a minute, not five within two days."""
    customer = owner.follower()
    menu = {"head_content": "Happy?", "list": [{"id": "1", "content": "Yes"}, {"id": 2, "content": "No"}]}
    assert owner.code(customer, "msgmenu", {**menu, "tail_content": "Thanks"}) == 0
    item = customer.screen[-1]
    assert (item.kind, item.text, [button.title for button in item.buttons]) == (
        "buttons",
        "Happy?\nThanks",
        ["Yes", "No"],
    )
    owner.advance(48 * HOUR)
    owner.token = owner.fetch_token()
    owner.act(customer, Tap(item=item.id, button="No"))
    told = owner.told()[0]
    assert (told["MsgType"], told["Content"], told["bizmsgmenuid"]) == ("text", "No", "2")
    assert [owner.text(customer) for _ in range(4)] == [0, 0, 0, 45047]


def test_who_leaves_or_refuses_gets_nothing(owner: Owner) -> None:
    """And who comes back has the windows of a follower."""
    customer = owner.follower()
    owner.act(customer, Block())
    assert owner.text(customer) == 48002
    owner.act(customer, Unblock())
    assert owner.text(customer) == 0
    owner.act(customer, OptOut())
    assert owner.text(customer) == 45015
    owner.act(customer, OptIn())
    assert [owner.text(customer) for _ in range(4)] == [0, 0, 0, 45047]


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_every_kind_is_shown(owner: Owner) -> None:
    """As far as a phone can."""
    customer = owner.follower()
    owner.component._limited = False
    thumb = owner.media_id("thumb", JPEG)
    card = {"title": "T", "description": "D", "url": "https://shop.example/"}
    for kind, part in (
        ("text", {"content": "Hello"}),
        ("image", {"media_id": owner.media_id("image", PNG)}),
        ("voice", {"media_id": owner.media_id("voice", amr())}),
        ("video", {"media_id": owner.media_id("video", MP4), "thumb_media_id": thumb, "title": "T"}),
        ("music", {"title": "T", "musicurl": "https://m.example/", "hqmusicurl": "", "thumb_media_id": thumb}),
        ("news", {"articles": [{**card, "picurl": "https://shop.example/p.png"}]}),
        ("link", {**card, "thumb_url": "https://shop.example/p.png"}),
        (
            "miniprogrampage",
            {"title": "M", "appid": "wx0123456789abcdef", "pagepath": "pages/index", "thumb_media_id": thumb},
        ),
    ):
        assert owner.code(customer, kind, part) == 0, kind
    assert shown(customer) == [
        ("text", "Hello"),
        ("image", ""),
        ("voice", ""),
        ("video", "T"),
        ("link", "T"),
        ("link", "T\nD"),
        ("link", "T\nD"),
        ("link", "M"),
    ]
    view = customer.screen[2].media
    assert view is not None
    assert customer.media[view.id] == PNG
    assert next(button.value for item in customer.screen for button in item.buttons) == "https://m.example/"


@pytest.mark.parametrize(
    ("kind", "part", "code"),
    [
        ("text", {"content": ""}, 44004),
        ("text", {}, 44004),
        ("text", {"content": "é" * 1_025}, 45002),
        ("text", None, 40035),
        ("image", {}, 41006),
        ("image", {"media_id": ""}, 40007),
        ("image", {"media_id": "none"}, 40007),
        ("news", {"articles": []}, 44003),
        ("news", {"articles": [{"title": "a"}, {"title": "b"}]}, 45008),
        ("news", {"articles": [{"title": "a" * 300}]}, 45002),
        ("msgmenu", {"list": []}, 40035),
        ("mpnews", {"media_id": "m"}, 40007),
        ("mpnewsarticle", {"article_id": "a"}, 53600),
        ("wxcard", {"card_id": "c"}, 40073),
        ("location", {"latitude": 1}, 40008),
        ("file", {"media_id": "m"}, 40008),
        ("", {}, 40008),
    ],
)
def test_wrong_parts_have_codes_of_their_own(owner: Owner, kind: str, part: Any, code: int) -> None:
    """And nothing is shown."""
    customer = owner.follower()
    assert owner.code(customer, kind, part) == code
    assert shown(customer) == []


def test_all_mistakes_are_told_at_once(owner: Owner) -> None:
    """Each with its path, behind the code of the first."""
    told = owner.post("message/custom/send", {"msgtype": "msgmenu", "msgmenu": {"list": [{"id": []}]}})
    assert told["errcode"] == 40003
    for part in ("touser: ", "msgmenu.list.0.content: ", "msgmenu.list.0.id: "):
        assert part in told["errmsg"]


def test_a_medium_goes_only_as_what_it_was_uploaded(owner: Owner) -> None:
    """A picture may stand for a thumbnail."""
    customer = owner.follower()
    image, voice = owner.media_id("image", PNG), owner.media_id("voice", amr())
    assert owner.code(customer, "voice", {"media_id": image}) == 40007
    assert owner.code(customer, "image", {"media_id": voice}) == 40007
    video = {"media_id": owner.media_id("video", MP4)}
    assert owner.code(customer, "video", {**video, "thumb_media_id": voice}) == 40007
    assert owner.code(customer, "video", {**video, "thumb_media_id": image}) == 0


def test_recipients_and_senders_must_exist(owner: Owner) -> None:
    """Of this account."""
    customer = owner.follower()
    assert owner.text("o" + "x" * 27) == 40003
    content = {"content": "x"}
    assert owner.code(customer, "text", content, customservice={"kf_account": owner.account.kf_account}) == 0
    assert owner.code(customer, "text", content, customservice={"kf_account": "nobody@x"}) == 65401
    assert owner.get("customservice/getkflist")["kf_list"][0]["kf_account"] == owner.account.kf_account


def test_links_in_a_text_can_be_tapped(owner: Owner) -> None:
    """Those to weixin://bizmsgmenu answer as a menu does, others open a page."""
    customer = owner.follower()
    text = (
        '<a href="weixin://bizmsgmenu?msgmenucontent=Yes%20please&msgmenuid=7">Yes</a> or '
        '<a href="https://shop.example/">shop</a>'
    )
    assert owner.text(customer, text) == 0
    item = customer.screen[-1]
    assert item.text == text
    owner.act(customer, Tap(item=item.id, button="shop"))
    assert owner.told() == []
    owner.act(customer, Tap(item=item.id, button="Yes"))
    told = owner.told()[0]
    assert (told["Content"], told["bizmsgmenuid"]) == ("Yes please", "7")


def test_messages_wait_for_a_phone_that_is_offline(owner: Owner) -> None:
    """In order, as many as a screen holds."""
    customer = owner.follower()
    owner.component._limited = False
    owner.act(customer, GoOffline())
    customer.cap = 2
    media_id = owner.media_id("image", PNG)
    assert owner.code(customer, "image", {"media_id": media_id}) == 0
    assert [owner.text(customer, text) for text in ("one", "two")] == [0, 0]
    assert shown(customer) == []
    assert customer.media == {}
    owner.act(customer, ComeBack())
    assert shown(customer) == [("text", "one"), ("text", "two")]


# --- typing -----------------------------------------------------------------------------------------------------------


def _typing(owner: Owner, openid: str, command: str = "Typing") -> int:
    return int(owner.post("message/custom/typing", {"touser": openid, "command": command})["errcode"])


def test_typing_is_shown_for_fifteen_seconds(owner: Owner) -> None:
    """Unless it is taken back, or a message comes."""
    customer, seen = owner.follower(), []
    assert _typing(owner, customer.identity) == 0
    seen.append(customer.typing)
    assert _typing(owner, customer.identity) == 45081
    owner.advance(15 * SECOND)
    seen.append(customer.typing)
    assert _typing(owner, customer.identity) == 0
    assert _typing(owner, customer.identity, "CancelTyping") == 0
    seen.append(customer.typing)
    assert _typing(owner, customer.identity) == 0
    seen.append(customer.typing)
    owner.text(customer)
    seen.append(customer.typing)
    assert seen == [True, False, False, True, False]


def test_a_late_end_of_typing_does_not_end_a_new_one(owner: Owner) -> None:
    """Each is shown for as long as it is."""
    customer = owner.follower()
    _typing(owner, customer.identity)
    _typing(owner, customer.identity, "CancelTyping")
    owner.advance(SECOND)
    _typing(owner, customer.identity)
    owner.advance(14 * SECOND)
    assert customer.typing
    owner.advance(SECOND)
    assert not customer.typing


def test_typing_needs_a_person_who_was_there_just_now(owner: Owner) -> None:
    """Within thirty seconds."""
    customer = owner.follower()
    assert _typing(owner, customer.identity, "Dance") == 45072
    assert _typing(owner, owner.enrol().identity) == 45080
    assert _typing(owner, "o") == 40003
    owner.advance(30 * SECOND)
    assert _typing(owner, customer.identity) == 0
    owner.advance(15 * SECOND)
    assert _typing(owner, customer.identity) == 45080


# --- templates --------------------------------------------------------------------------------------------------------


def _template(owner: Owner, openid: str, **more: Any) -> Any:
    body = {
        "touser": openid,
        "template_id": next(iter(owner.account.templates)),
        "data": {"character_string1": {"value": "1001"}, "thing2": {"value": "sent", "color": "#173177"}},
        **more,
    }
    return owner.post("message/template/send", body)


def test_a_template_needs_no_window_and_is_reported(owner: Owner) -> None:
    """What it lacks is blank; its link opens a page."""
    customer = owner.enrol()
    owner.act(customer, OptIn())
    owner.advance(HOUR)
    owner.told()
    told = _template(owner, customer.identity, url="https://shop.example/")
    assert (told["errcode"], told["errmsg"]) == (0, "ok")
    assert shown(customer) == [("template", "Order update\nOrder: 1001\nStatus: sent\nTime: ")]
    event = owner.told()[0]
    assert (event["Event"], event["MsgID"], event["Status"]) == (
        "TEMPLATESENDJOBFINISH",
        str(told["msgid"]),
        "success",
    )
    owner.act(customer, Tap(item=customer.screen[-1].id, button="Details"))
    assert owner.told() == []


def test_a_template_to_who_refuses_fails_afterwards(owner: Owner) -> None:
    """So does one that a fault orders to fail."""
    customer = owner.follower()
    owner.act(customer, Block())
    assert _template(owner, customer.identity)["errcode"] == 0
    assert [event["Status"] for event in owner.told()] == ["failed:user block"]
    owner.act(customer, Unblock())
    owner.failing = Refusal(0, "failed: system failed")
    assert _template(owner, customer.identity)["errcode"] == 0
    assert [event["Status"] for event in owner.told()] == ["failed: system failed"]
    assert shown(customer) == []


def test_wrong_templates_are_refused(owner: Owner) -> None:
    """By the vendor's codes."""
    customer = owner.follower()
    assert _template(owner, customer.identity, template_id="none")["errcode"] == 40037
    assert _template(owner, "o")["errcode"] == 40003
    assert _template(owner, customer.identity, data={"thing2": "sent"})["errcode"] == 47003
    owner.act(customer, OptOut())
    assert _template(owner, customer.identity)["errcode"] == 43004
    listed = owner.get("template/get_all_private_template")["template_list"]
    assert [one["title"] for one in listed] == ["Order update", "Appointment"]
