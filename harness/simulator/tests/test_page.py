"""The page in a real browser: what a person can do on an evening with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fake_channels.core.control import gallery
from fake_channels.core.tables import Support
from fake_channels.registry import CHANNELS
from harness.simulator.tests.conftest import Shown

expect = pytest.importorskip("playwright.sync_api", reason="the browser extra is not installed").expect
expect.set_options(timeout=20_000)  # a bound for busy machines; nothing waits longer than it must
pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = Path(gallery.__file__).with_name("gallery_files")
TITLES = {
    "image": "Image",
    "video": "Video",
    "audio": "Audio",
    "voice": "Voice note",
    "document": "Document",
    "sticker": "Sticker",
    "location": "Location",
    "contact": "Contact",
}
REFUSED = {"error": {"code": "impossible", "message": "the app does not do that", "hint": "look elsewhere"}}
MANY: list[dict[str, Any]] = [
    {
        "id": f"c{number}",
        "channel": "WHATSAPP",
        "identity": str(number),
        "customer_name": f"a person with quite a long name {number}",
        "state": "in_process" if number % 2 else "in_queue",
        "attached_data": {},
        "window": None,
    }
    for number in range(250)
]
"""More chats than fit, as the desk tells of them."""


def phone(shown: Shown, channel: str):  # type: ignore[no-untyped-def]  # noqa: ANN201  playwright's own locator
    """A handset on the page."""
    return shown.page.locator(f".phone[data-channel={channel}]")


def say(shown: Shown, channel: str, text: str) -> None:
    """Type on a phone and send."""
    phone(shown, channel).get_by_placeholder("Message").fill(text)
    phone(shown, channel).get_by_role("button", name="Send", exact=True).click()


def accept(shown: Shown) -> None:
    """Take the chat that the chosen customer just opened."""
    names = [shown.page.locator("#customer option:checked").inner_text()]
    names += shown.page.locator(".phone .bar .quiet").all_inner_texts()  # where a channel tells no name, the identity
    expect(shown.page.locator(".chat-head b")).to_have_text(re.compile("|".join(map(re.escape, names))))
    shown.page.get_by_role("button", name="Accept chat").click()
    expect(shown.page.get_by_placeholder("Answer")).to_be_visible()


def answer(shown: Shown, text: str) -> None:
    """Type at the desk and send."""
    shown.page.get_by_placeholder("Answer").fill(text)
    shown.page.locator("#desk").get_by_role("button", name="Send", exact=True).click()


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
def test_a_text_goes_to_the_desk_and_an_answer_comes_back(shown: Shown, channel: str) -> None:
    """Both ways on every channel, live, without a reload."""
    say(shown, channel, f"hello over {channel}")
    expect(shown.page.locator("#desk .bubble.customer .text")).to_have_text([f"hello over {channel}"])
    accept(shown)
    answer(shown, "and hello to you")
    expect(phone(shown, channel).locator(".bubble.business .text")).to_have_text("and hello to you")
    assert shown.complaints == []


def test_what_a_customer_writes_is_never_read_as_html(shown: Shown) -> None:
    """Markup in a message is shown as it was written, on phone and desk and wire, and runs nowhere."""
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    say(shown, "whatsapp", hostile)
    expect(shown.page.locator("#desk .bubble.customer .text")).to_have_text([hostile])  # one text, not the last chat's
    expect(phone(shown, "whatsapp").locator(".bubble .text")).to_have_text(hostile)
    shown.page.locator("#hops summary").last.click()
    assert shown.page.title() == "bridgelab simulator"
    assert shown.page.locator("#desk img, #hops img").count() == 0


def test_image_voice_note_and_location_reach_the_desk(shown: Shown) -> None:
    """Files are on the bridge's share, the place with its coordinates."""
    for title in ("Image", "Voice note", "Location"):
        phone(shown, "whatsapp").get_by_role("button", name=title, exact=True).click()
    desk = shown.page.locator("#desk")
    expect(desk.get_by_role("link", name="2087 bytes")).to_be_visible()
    expect(desk.locator("audio")).to_have_count(1)
    expect(desk.locator(".place")).to_contain_text("60.1699")
    expect(phone(shown, "whatsapp").locator(".bubble audio")).to_have_count(1)


def test_a_file_from_the_desk_is_on_the_phone(shown: Shown) -> None:
    """The channel fetched the bridge's public link and the phone shows the picture."""
    say(shown, "whatsapp", "send me the drawing")
    accept(shown)
    shown.page.locator("#desk input[type=file]").set_input_files(FILES / "drawing.png")
    picture = phone(shown, "whatsapp").locator(".bubble.business img")
    expect(picture).to_have_count(1)
    shown.page.wait_for_function(
        "() => [...document.querySelectorAll('.bubble.business img')].every(i => i.naturalWidth === 160)"
    )


def test_a_tapped_button_is_an_answer(shown: Shown) -> None:
    """Quick replies from the desk become buttons, and a tap comes back as what was chosen."""
    say(shown, "whatsapp", "hi")
    accept(shown)
    shown.page.locator("#desk").get_by_role("button", name="Quick replies").click()
    phone(shown, "whatsapp").get_by_role("button", name="Invoice").click()
    expect(shown.page.locator("#desk .bubble.customer").last).to_contain_text("Invoice")


def test_after_a_day_whatsapp_is_closed(shown: Shown) -> None:
    """Moving the clock closes the window: free text is refused with the reason, a template is not."""
    say(shown, "whatsapp", "good evening")
    accept(shown)
    desk = shown.page.locator("#desk")
    expect(desk.locator(".window.open")).to_be_visible()
    shown.page.get_by_role("button", name="+1 day").click()
    expect(desk.locator(".window.template_only")).to_be_visible()
    answer(shown, "still there?")
    expect(shown.page.get_by_role("alert")).to_contain_text("24 hours")
    assert phone(shown, "whatsapp").locator(".bubble.business").count() == 0
    desk.get_by_role("button", name="Template").click()
    expect(phone(shown, "whatsapp").locator(".bubble.business .text")).to_contain_text("1042")


def test_what_is_typed_while_a_message_goes_out_stays(shown: Shown) -> None:
    """An answer that comes late empties nothing: on the phone and at the desk the next message is kept."""
    handset = phone(shown, "whatsapp").get_by_placeholder("Message")
    desk = shown.page.get_by_placeholder("Answer")

    def late(field: Any) -> Any:
        def meanwhile(route: Any) -> None:
            field.fill("next")
            route.continue_()

        return meanwhile

    shown.page.route(re.compile(r"/actions$"), late(handset))
    shown.page.route(re.compile(r"/messages$"), late(desk))
    say(shown, "whatsapp", "now")
    expect(phone(shown, "whatsapp").locator(".bubble .text")).to_have_text("now")
    expect(handset).to_have_value("next")
    accept(shown)
    answer(shown, "now too")
    expect(phone(shown, "whatsapp").locator(".bubble.business .text")).to_have_text("now too")
    expect(desk).to_have_value("next")


def test_an_agent_who_types_is_not_disturbed(shown: Shown) -> None:
    """What arrives meanwhile redraws the transcript; focus and cursor stay in the answer."""
    say(shown, "whatsapp", "one")
    accept(shown)
    field = shown.page.get_by_placeholder("Answer")
    field.fill("so far")
    field.press("Home")
    form = phone(shown, "whatsapp").locator("form")
    form.evaluate("form => { form.querySelector('input').value = 'two'; form.requestSubmit(); }")
    expect(shown.page.locator("#desk .bubble.customer")).to_have_count(2)
    shown.page.keyboard.type("and ")
    expect(field).to_have_value("and so far")


def test_the_wire_follows_one_message(shown: Shown) -> None:
    """A tap on a message's time shows its hops and no others, with headers and bodies; credentials are masked."""
    say(shown, "whatsapp", "first")
    say(shown, "whatsapp", "second")
    expect(shown.page.locator("#desk .bubble.customer")).to_have_count(2)
    phone(shown, "whatsapp").locator(".bubble", has_text="first").locator(".when").click()
    hops = shown.page.locator("#hops summary b")
    expect(hops).to_have_text(["phone → whatsapp", "whatsapp → Conversation API", "Conversation API → bridge"])
    shown.page.locator("#hops summary").last.click()
    expect(shown.page.locator("#hops pre").last).to_be_visible()
    expect(shown.page.locator("#hops details").last).to_contain_text("x-sinch-webhook-signature")
    expect(shown.page.locator("#sequence svg")).to_have_attribute("role", "img")


def test_the_page_works_at_phone_width_and_by_keyboard(shown: Shown) -> None:
    """Nothing is cut off on a narrow screen, and a message can be sent without a mouse."""
    shown.page.set_viewport_size({"width": 390, "height": 800})
    wide = shown.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    shown.page.get_by_label("Message on sms").focus()
    shown.page.keyboard.type("by keyboard")
    shown.page.keyboard.press("Enter")
    expect(phone(shown, "sms").locator(".bubble .text")).to_have_text("by keyboard")


def test_phones_can_be_chosen_by_channel(shown: Shown) -> None:
    """One choice hides the others, a second one joins it, none shows all; it stays with the next customer."""
    chips, phones = shown.page.locator("#channels"), shown.page.locator("#handsets .phone:visible")
    everybody = phones.count()
    chips.get_by_role("button", name="SMS", exact=True).click()
    expect(phones).to_have_count(1)
    chips.get_by_role("button", name="Telegram", exact=True).click()
    expect(phones).to_have_count(2)
    shown.page.get_by_role("button", name="New customer").click()
    expect(phones).to_have_count(2)
    for name in ("SMS", "Telegram"):
        chips.get_by_role("button", name=name, exact=True).click()
    expect(phones).to_have_count(everybody)
    chips.get_by_role("button", name="SMS", exact=True).click()
    chips.get_by_role("button", name="All", exact=True).click()
    expect(phones).to_have_count(everybody)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_a_phone_offers_what_its_channel_can_send(shown: Shown, channel: str) -> None:
    """The channel's table decides: what it carries has a button, what it rejects has the reason instead."""
    rows = CHANNELS[channel].tables.kinds
    here = {title: next(r for r in rows if (r.kind, r.direction) == (kind, "MO")) for kind, title in TITLES.items()}
    offered = [
        title + " ~" * (row.support is Support.DEGRADES)
        for title, row in here.items()
        if row.support is not Support.REJECTED
    ]
    assert sorted(phone(shown, channel).locator(".attachments button").all_inner_texts()) == sorted(offered)
    if missing := {title: row.becomes for title, row in here.items() if row.support is Support.REJECTED}:
        phone(shown, channel).locator(".lacks summary").click()
        for title, reason in missing.items():
            said = phone(shown, channel).locator(".lacks p", has_text=title.lower())
            expect(said.filter(has_text=reason)).to_be_visible()


def test_what_is_impossible_is_said_where_it_is_seen(shown: Shown) -> None:
    """A refusal of a phone's stays in view on a narrow screen, without a program's hint, until it is dismissed."""
    shown.page.set_viewport_size({"width": 390, "height": 800})
    shown.page.route(re.compile(r"/actions$"), lambda route: route.fulfill(status=409, json=REFUSED))
    handset = phone(shown, max(CHANNELS))
    handset.get_by_placeholder("Message").fill("hi")
    handset.get_by_placeholder("Message").press("Enter")
    notice = shown.page.get_by_role("alert")
    expect(notice).to_be_in_viewport()
    expect(notice.locator("span")).to_have_text("the app does not do that")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()


def test_long_lists_of_chats_stay_usable(shown: Shown) -> None:
    """Chats can be searched, who waits is on top, names are cut instead of states, and one transcript is fetched."""
    asked: list[str] = []
    shown.page.on("request", lambda request: asked.append(request.url) if "/desk/v1/chats" in request.url else None)
    shown.page.route(re.compile(r"/desk/v1/chats$"), lambda route: route.fulfill(json={"chats": MANY}))
    shown.page.route(re.compile(r"/transcript$"), lambda route: route.fulfill(json={"entries": []}))
    tabs = shown.page.locator(".chat-tab")
    expect(tabs).to_have_count(100)
    expect(tabs.first).to_contain_text("WhatsApp · in queue")
    expect(shown.page.locator("#chats p")).to_have_text("150 more: write above what to look for.")
    room = "tabs => tabs.every(tab => tab.scrollWidth <= tab.clientWidth)"
    assert tabs.evaluate_all(room)
    shown.page.get_by_label("Find a chat").fill("name 123")
    expect(tabs).to_have_count(1)
    asked.clear()
    with shown.page.expect_response(re.compile(r"/transcript$")):
        tabs.click()
    expect(shown.page.locator(".chat-head b")).to_have_text(MANY[123]["customer_name"])
    assert {url.rpartition("/v1/")[2] for url in asked} <= {"chats", "chats/c123/transcript"}


def test_a_narrow_page_leads_to_its_parts(shown: Shown) -> None:
    """Ten phones above the desk are no way to it: links at the top are."""
    shown.page.set_viewport_size({"width": 390, "height": 800})
    desk = shown.page.get_by_role("heading", name="Agent desk")
    expect(desk).not_to_be_in_viewport()
    shown.page.get_by_role("link", name="Agent desk").click()
    expect(desk).to_be_in_viewport()


def test_the_wire_fits_a_new_width(shown: Shown) -> None:
    """The picture is drawn again when the window changes."""
    say(shown, "whatsapp", "hi")
    phone(shown, "whatsapp").locator(".bubble").locator(".when").click()  # everything may have too many lanes to fit
    expect(shown.page.locator("#wire-about")).to_contain_text("following")
    expect(shown.page.locator("#sequence svg")).to_be_visible()
    shown.page.set_viewport_size({"width": 1100, "height": 800})
    shown.page.wait_for_function(
        "() => { const box = document.getElementById('sequence'); return box.scrollWidth <= box.clientWidth; }"
    )
