"""Who may be written to, when and how fast; echoes; sender actions; cards' pictures."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.instants import DAY, HOUR, SECOND
from fake_channels.meta.tests.calls import JPEG, PNG, Business, code_of, serving, shown

TAGGED = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def _window(business: Business) -> tuple[int, int, int | None]:
    return {"messenger": (400, 10, 2018278), "instagram": (403, 10, 2534022)}[business.platform]


def _nobody(business: Business) -> tuple[int, int, int | None]:
    return {"messenger": (400, 100, 2018001), "instagram": (400, 100, 2534014)}[business.platform]


def test_a_text_arrives_and_its_answer_names_person_and_message(business: Business) -> None:
    """By the id under which the phone shows it."""
    customer = business.writer()
    status, answer = business.post(customer, {"text": "Hello 👋"}, messaging_type="RESPONSE")
    assert status == 200
    assert set(answer) == {"recipient_id", "message_id"}
    (item,) = shown(customer)
    assert (item.id, item.text, item.at, item.state) == (answer["message_id"], "Hello 👋", business.now, "delivered")


def test_the_window_closes_exactly_24_hours_after_the_last_message(business: Business) -> None:
    """To the millisecond; then nothing but a human agent gets through, for seven days."""
    customer = business.writer()
    business.advance(DAY - 1)
    business.text(customer)
    business.advance(1)
    assert code_of(business.post(customer, {"text": "late"})) == _window(business)
    business.text(customer, **TAGGED)
    business.advance(6 * DAY - 1)
    business.text(customer, **TAGGED)
    business.advance(1)
    assert code_of(business.post(customer, {"text": "late"}, **TAGGED)) == _window(business)
    business.act(customer, acts.SendText(text="again"))
    business.text(customer)


def test_somebody_who_never_wrote_is_nobody(business: Business) -> None:
    """As is an id that belongs to nobody."""
    assert code_of(business.post(business.enrol(), {"text": "hello"})) == _nobody(business)
    assert code_of(business.post("1234567", {"text": "hello"})) == _nobody(business)
    assert business.told() == []


def test_a_blocked_business_is_told_so(business: Business) -> None:
    """As a person who is not available; after the block is gone, messages go through."""
    customer = business.writer()
    business.act(customer, acts.Block())
    assert code_of(business.post(customer, {"text": "hello"}, **TAGGED)) == (400, 551, 1545041)
    assert code_of(business.action(customer, "typing_on")) == (400, 551, 1545041)
    business.act(customer, acts.Unblock())
    business.text(customer)


def test_an_echo_tells_what_was_sent(business: Business) -> None:
    """From the business to the person, with the app and the metadata."""
    customer = business.writer()
    mid = business.send(customer, {"text": "Hello", "metadata": "m1"})
    (event,) = [event for event in business.events() if event.get("message", {}).get("is_echo")]
    assert event["sender"] == {"id": business.account.owner_id}
    assert event["recipient"] == {"id": customer.identity}
    told = event["message"]
    assert (told["mid"], told["text"], told["metadata"]) == (mid, "Hello", "m1")
    assert told["app_id"] == int(business.account.app_id)


def test_echoes_of_files_and_templates_carry_attachments(business: Business) -> None:
    """A file under our own URL, a template as it was sent."""
    customer = business.writer()
    business.answer = serving(PNG, "image/png")
    business.file(customer, "image")
    card = {"template_type": "generic", "elements": [{"title": "Shoes"}]}
    business.send(customer, {"attachment": {"type": "template", "payload": card}})
    file, template = (one["attachments"][0] for one in business.heard("message"))
    assert business.download(file["payload"]["url"]).body == PNG
    assert (file["type"], template["type"], template["payload"]) == ("image", "template", card)


def test_a_reply_names_the_message_it_answers(business: Business) -> None:
    """Of either side; an unknown one is refused."""
    customer = business.writer()
    item = business.act(customer, acts.SendText(text="Which one?"))
    assert item is not None
    business.told()
    business.text(customer, "The red one", reply_to={"mid": item.id})
    assert shown(customer)[0].reply_to == item.id
    assert [one["reply_to"] for one in business.heard("message")] == [{"mid": item.id}]
    assert code_of(business.post(customer, {"text": "x"}, reply_to={"mid": "m_nobody"}))[:2] == (400, 100)


def test_a_phone_without_connection_gets_everything_later(business: Business) -> None:
    """In order; the echo comes at once."""
    customer = business.writer()
    business.act(customer, acts.GoOffline())
    business.answer = serving(PNG, "image/png")
    mids = [business.text(customer, "one"), business.file(customer, "image")[1]["message_id"]]
    assert [event["message"]["mid"] for event in business.events()] == mids
    assert shown(customer) == []
    business.act(customer, acts.ComeBack())
    assert [item.id for item in shown(customer)] == mids
    assert shown(customer)[1].media is not None
    business.act(customer, acts.ComeBack())
    assert len(shown(customer)) == 2


def test_a_phone_that_is_away_for_long_forgets_the_oldest(business: Business) -> None:
    """No more waits for it than its screen holds, files included."""
    customer = business.writer()
    customer.cap = 3
    business.act(customer, acts.GoOffline())
    business.answer = serving(PNG, "image/png")
    mids = [business.file(customer, "image")[1]["message_id"] for _ in range(5)]
    assert [item.id for item in customer.waiting] == list(customer.media) == mids[2:]


# --- rates ------------------------------------------------------------------------------------------------------------


def test_texts_come_too_fast_after_a_second_s_worth(business: Business) -> None:
    """The answer says so and in which time it ends; time alone helps."""
    customer = business.writer()
    most = {"messenger": 300, "instagram": 100}[business.platform]
    for number in range(most):
        business.text(customer, str(number))
    answer = business.post(customer, {"text": "one too many"})
    assert code_of(answer)[:2] == (400, 613)
    business.advance(-(-SECOND // most))
    business.text(customer)
    assert code_of(business.post(customer, {"text": "again"}))[:2] == (400, 613)
    business.advance(SECOND)
    for number in range(most):
        business.text(customer, str(number))


def test_recordings_have_a_rate_of_their_own(business: Business) -> None:
    """Ten a second; texts go on beside them. The usage header is the documented one."""
    customer = business.writer()
    attachment_id = business.upload("video", b"\x00\x00\x00\x18ftypmp42" + bytes(60), "video/mp4")[1]["attachment_id"]
    video = {"attachment": {"type": "video", "payload": {"attachment_id": attachment_id}}}
    for _ in range(10):
        business.send(customer, video)
    body = orjson.dumps({"recipient": {"id": customer.identity}, "message": video})
    headers = {"authorization": f"Bearer {business.token}", "content-type": "application/json"}
    reply = business.ask("POST", "/me/messages", body=body, headers=headers)
    assert orjson.loads(reply.body)["error"]["code"] == 613
    ((usage,),) = orjson.loads(reply.headers["X-Business-Use-Case-Usage"]).values()
    assert (usage["type"], usage["call_count"]) == (business.platform, 100)
    assert usage["estimated_time_to_regain_access"] == 1
    business.text(customer)


def test_a_world_may_lift_the_rates(business: Business) -> None:
    """For load tests."""
    customer = business.writer()
    business.component._limited = False
    for number in range(400):
        business.text(customer, str(number))


# --- sender actions ---------------------------------------------------------------------------------------------------


def test_typing_is_shown_for_twenty_seconds(business: Business) -> None:
    """Showing it anew begins anew."""
    customer = business.writer()
    assert business.action(customer, "typing_on") == (200, {"recipient_id": customer.identity})
    business.advance(15 * SECOND)
    business.action(customer, "typing_on")
    seen = []
    for milliseconds in (0, 20 * SECOND - 1, 1):
        business.advance(milliseconds)
        seen.append(customer.typing)
    assert seen == [True, True, False]


@pytest.mark.parametrize("ends", ["typing_off", "a message"])
def test_typing_ends_before(business: Business, ends: str) -> None:
    """When it is taken back, or a message comes."""
    customer = business.writer()
    business.action(customer, "typing_on")
    if ends == "typing_off":
        business.action(customer, ends)
    else:
        business.text(customer)
    assert not customer.typing


def test_mark_seen_reads_what_the_person_wrote(business: Business) -> None:
    """All of it."""
    customer = business.writer()
    business.act(customer, acts.SendText(text="again"))
    business.action(customer, "mark_seen")
    assert [item.state for item in customer.screen] == ["read", "read"]


def test_the_business_reacts_by_name_or_emoji(business: Business) -> None:
    """And takes it back; a message that is not there is refused, and no echo tells of it."""
    customer = business.writer()
    item = customer.screen[0]
    for reaction, emoji in (("love", "❤️"), ("👍", "👍"), ("🦊", "🦊")):
        payload = {"message_id": item.id, "reaction": reaction}
        assert business.action(customer, "react", payload=payload)[0] == 200
        assert item.vendor["reaction"] == emoji
    business.action(customer, "unreact", payload={"message_id": item.id})
    assert item.vendor["reaction"] == ""
    nothing: Any = {"message_id": "m_nothing", "reaction": "love"}
    assert code_of(business.action(customer, "react", payload=nothing))[:2] == (400, 100)
    assert business.events() == []


def test_sender_actions_end_with_the_window(business: Business) -> None:
    """As messages do."""
    customer = business.writer()
    business.advance(25 * HOUR)
    assert code_of(business.action(customer, "typing_on")) == _window(business)


# --- pictures of cards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "mime", "status", "seen"),
    [
        (PNG, "image/png", 200, "image/png"),
        (JPEG, "application/octet-stream", 200, "image/jpeg"),
        (PNG, "image/png", 404, None),
        (b"<html>", "text/html", 200, None),
    ],
)
def test_a_cards_picture_is_fetched_by_the_phone(
    business: Business, data: bytes, mime: str, status: int, seen: str | None
) -> None:
    """After the send was accepted; one that cannot be had is simply not shown."""
    customer = business.writer()
    business.answer = serving(data, mime, status=status)
    elements = [{"title": "Shoes"}, {"title": "Hats", "image_url": "https://x.example/hat.png?v=1"}]
    card = {"template_type": "generic", "elements": elements}
    business.send(customer, {"attachment": {"type": "template", "payload": card}})
    (item,) = shown(customer)
    assert (item.media.mime if item.media else None) == seen
    assert item.media is None or item.media.name == "hat.png"
