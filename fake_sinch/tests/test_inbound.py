"""Inbound as playbooks: vendors' callbacks in, callbacks to the app and calls to vendors out."""

from typing import Any

import orjson
import pytest

from fake_sinch.tests.scene import Headers, Request
from fake_sinch.tests.stage import ADA, PAT, SECRET, Stage, change

IMAGE = {"type": "image", "image": {"id": "M1", "mime_type": "image/jpeg"}}
LINK = {"url": "http://wa.test/bytes/M1"}


def test_what_is_sent_twice_is_told_once() -> None:
    """A vendor's repeat is answered 200 and told no second time."""
    stage = Stage()
    for _ in range(3):
        assert stage.whatsapp(type="text", text={"body": "hi"}).status == 200
    assert len(stage.hear("message")) == 1


def test_text_waits_for_the_image_before_it() -> None:
    """A text never overtakes the image before it, however long that takes to fetch."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "what is this?"})
    assert stage.hear("message") == []
    first = stage.call()
    assert (first.url, first.target) == ("http://wa.test/v23.0/M1", "whatsapp")
    stage.reply_to(first, 200, LINK)
    second = stage.call()
    assert (second.url, second.headers["authorization"]) == ("http://wa.test/bytes/M1", "Bearer t")
    stage.reply_to(second, 200, b"jpg", content_type="image/jpeg")
    image, text = stage.hear("message")
    assert "media_message" in image["contact_message"]
    assert text["contact_message"] == {"text_message": {"text": "what is this?"}}


def test_other_customers_do_not_wait() -> None:
    """Only the same customer on the same channel waits."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.telegram(text="hi")
    stage.whatsapp(**{"id": "wamid.2", "from": "46700000002", "type": "text", "text": {"body": "hi"}})
    assert [message["channel_identity"]["identity"] for message in stage.hear("message")] == [PAT, "46700000002"]


def fetched(stage: Stage, **media: Any) -> dict[str, Any]:
    """Let an image with these fields arrive whole; return the contact message."""
    stage.whatsapp(type="image", image={"id": "M1", "mime_type": "image/jpeg", **media})
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    (message,) = stage.hear("message")
    content: dict[str, Any] = message["contact_message"]
    return content


def test_file_is_served_from_an_unguessable_link() -> None:
    """The file lies under the gateway's own address, with its type, until its time is over."""
    stage = Stage()
    url = fetched(stage)["media_message"]["url"]
    path = url.removeprefix("http://127.0.0.1:8601")
    assert path.startswith("/media/")
    assert len(path.split("/")[2]) >= 32
    served = stage.raw("GET", path)
    assert (served.status, served.body, served.headers["content-type"]) == (200, b"jpg", "image/jpeg")
    stage.advance(7 * 86_400_000)
    assert stage.raw("GET", path).status == 404


def test_caption_makes_a_media_card() -> None:
    """A captioned file is a media card."""
    content = fetched(Stage(), caption="look")
    assert content["media_card_message"]["caption"] == "look"


def test_file_name_is_kept() -> None:
    """A document's own name is told, and stands at the end of the link."""
    stage = Stage()
    stage.whatsapp(type="document", document={"id": "M1", "filename": "a b.pdf", "mime_type": "application/pdf"})
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"pdf", content_type="application/pdf")
    (message,) = stage.hear("message")
    media = message["contact_message"]["media_message"]
    assert media["filename_override"] == "a b.pdf"
    assert media["url"].endswith("/a%20b.pdf")


def test_expired_link_is_asked_for_again() -> None:
    """When the second hop fails the first is made again: the link may have expired."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 404)
    assert stage.calls == []
    stage.advance(2_000)
    assert stage.call().url == "http://wa.test/v23.0/M1"
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    assert "media_message" in stage.hear("message")[0]["contact_message"]


def test_lost_file_becomes_a_fallback_and_lets_the_next_pass() -> None:
    """A file that cannot be had is told as a fallback after some tries; what waited behind it follows."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "there?"})
    tries = 0
    while stage.calls:
        tries += 1
        stage.reply_to(stage.call(), 503)
        stage.advance(60_000)
    lost, text = stage.hear("message")
    assert tries == 6
    fallback = lost["contact_message"]["fallback_message"]
    assert fallback["reason"]["code"] == "MEDIA_NOT_REACHABLE"
    assert orjson.loads(fallback["raw_message"])["image"]["id"] == "M1"
    assert text["contact_message"] == {"text_message": {"text": "there?"}}
    assert stage.wakes == []


def test_refused_file_is_not_asked_for_again() -> None:
    """A file that the channel does not have is given up at once."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    stage.reply_to(stage.call(), 400, {"error": {"code": 100, "error_subcode": 33}})
    assert stage.calls == []
    assert "fallback_message" in stage.hear("message")[0]["contact_message"]


def test_fetch_survives_a_snapshot() -> None:
    """A world restored between the hops, or between tries, still tells the messages in order."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "next"})
    stage.restart()
    stage.reply_to(stage.call(), 503)
    stage.restart()
    stage.advance(2_000)
    stage.reply_to(stage.call(), 200, LINK)
    stage.restart()
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    assert [next(iter(m["contact_message"])) for m in stage.hear("message")] == ["media_message", "text_message"]


def test_unsigned_callbacks_are_refused() -> None:
    """With a callback secret only the vendor's own signature is believed; nothing is told otherwise."""
    stage = Stage()
    stage.service.state.apps[stage.app_id].credentials[0].callback_secret = SECRET
    try:
        body = change(messages=[{"from": ADA, "id": "w", "timestamp": "1", "type": "text", "text": {"body": "hi"}}])
        assert stage.vendor("WHATSAPP", body).status == 401
        assert stage.vendor("WHATSAPP", body, secret="other").status == 401
        assert stage.hear("message") == []
        assert stage.vendor("WHATSAPP", body, secret=SECRET).status == 200
        assert len(stage.hear("message")) == 1
    finally:
        stage.service.state.apps[stage.app_id].credentials[0].callback_secret = ""


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"{}", b'{"entry":[1]}', b'{"entry":[{"changes":[{"field":"messages","value":[]}]}]}'],
)
def test_nonsense_is_refused(body: bytes) -> None:
    """A body that is not the vendor's gets a 400 and changes nothing."""
    stage = Stage()
    assert stage.vendor("WHATSAPP", body).status == 400
    assert stage.heard == []


@pytest.mark.parametrize("stamp", ["9" * 20, "9" * 400, "9" * 5_000, "32503680000"])
def test_a_time_beyond_the_calendar_is_refused(stamp: str) -> None:
    """It could be neither kept nor told."""
    stage = Stage()
    assert stage.whatsapp(type="text", text={"body": "hi"}, timestamp=stamp).status == 400
    assert stage.telegram(text="hi", date=1e30).status == 400
    stage.restart()


def test_callbacks_of_unknown_apps_and_channels() -> None:
    """Nobody answers for an app or a channel that is not there."""
    stage = Stage()
    path = f"/adapter/v1/VIBER/{stage.app_id}/callback"
    assert stage.raw("POST", path, b"{}").status == 404
    assert stage.raw("POST", "/adapter/v1/WHATSAPP/nobody/callback", b"{}").status == 404


def test_handshake() -> None:
    """Graph's check of the callback URL is answered with its challenge."""
    stage = Stage()
    query = {"hub.mode": "subscribe", "hub.verify_token": "x", "hub.challenge": "42"}
    path = f"/adapter/v1/WHATSAPP/{stage.app_id}/callback"
    outcome = stage.service.request(Request("GET", path, query=query, headers=Headers()), stage.now)
    assert (outcome.reply.status, outcome.reply.body) == (200, b"42")


def test_repeats_are_remembered_within_bounds() -> None:
    """The memory of what arrived does not grow without end."""
    stage = Stage()
    stage.service.state.traffic.seen = {str(n): 0 for n in range(20_000)}
    stage.whatsapp(type="text", text={"body": "hi"})
    assert len(stage.service.state.traffic.seen) == 20_000
    assert len(stage.hear("message")) == 1


def test_idle_summary_names_waiting_customers() -> None:
    """Who waits for a file is said in a sentence."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    assert any(ADA in line for line in stage.service.idle_summary())


def test_credentials_lost_on_the_way_do_not_hold_the_customer_up() -> None:
    """When the app loses the channel while a file is fetched, the message goes without it, and the next follows."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "there?"})
    app = stage.service.state.apps[stage.app_id]
    app.credentials = [credential for credential in app.credentials if credential.channel != "WHATSAPP"]
    stage.reply_to(stage.call(), 200, LINK)
    kinds = [next(iter(message["contact_message"])) for message in stage.hear("message")]
    assert kinds == ["fallback_message", "text_message"]
    assert stage.calls == []
    assert stage.service.state.traffic.arrivals == {}


def test_app_deleted_on_the_way_tells_nothing() -> None:
    """When the app is deleted while a file is fetched, what waited is dropped."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    stage.heard.clear()
    del stage.service.state.apps[stage.app_id]
    stage.reply_to(stage.call(), 200, LINK)
    assert stage.heard == []
    assert stage.service.state.traffic.arrivals == {}


def test_outdated_timers_and_answers_are_ignored() -> None:
    """A timer or an answer of an earlier step changes nothing."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    first = stage.call()
    stage.reply_to(first, 503)
    (wake,) = stage.wakes
    stage.advance(2_000)
    second = stage.call()
    stage.take(stage.service.on_event(wake.event, stage.now))
    stage.calls.append(first)
    stage.reply_to(first, 200, LINK)
    assert stage.calls == [second]
