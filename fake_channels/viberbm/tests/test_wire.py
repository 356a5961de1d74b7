"""The shapes of Viber Business Messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fake_channels.viberbm import limits, wire
from fake_channels.viberbm.wire import Refused, parse_send

_SAMPLES: dict[str, Any] = orjson.loads((Path(__file__).parents[1] / "samples" / "requests.json").read_bytes())


def _changed(sample: str, path: str, value: Any) -> dict[str, Any]:
    """A sample with one value changed; None takes it away."""
    body: dict[str, Any] = orjson.loads(orjson.dumps(_SAMPLES[sample]))
    *parents, name = path.split(".")
    part: Any = body
    for parent in parents:
        part = part[int(parent) if isinstance(part, list) else parent]
    if value is None:
        del part[name]
    else:
        part[name] = value
    return body


_REFUSED: list[tuple[str, str, Any, int]] = [
    ("206", "dest", None, 6),
    ("206", "seq", None, 6),
    ("206", "type", None, 6),
    ("206", "message", None, 6),
    ("206", "message.#txt", None, 6),
    ("206", "message.#tracking_data", None, 6),
    ("109", "message.#tracking_data", "", 6),
    ("206", "type", 1, 5),
    ("206", "type", "206", 5),
    ("206", "type", True, 5),
    ("206", "dest", "hello", 27),
    ("206", "dest", 15550100, 27),
    ("206", "label", None, 18),
    ("206", "label", "marketing", 18),
    ("206", "ttl", 29, 20),
    ("206", "ttl", 1_209_601, 20),
    ("206", "ttl", "60", 20),
    ("206", "message.#txt", "x" * 1_001, 3),
    ("206", "message.#txt", "", 3),
    ("206", "message", [], 3),
    ("206", "seq", -1, 3),
    ("208", "message.#caption", "x" * 31, 6),
    ("208", "message.#action", "javascript:1", 3),
    ("208", "message.#img", "ftp://a/a.jpg", 3),
    ("208", "message.#img", "https://[a/a.jpg", 3),
    ("220", "file_type", "exe", 28),
    ("220", "file_type", None, 6),
    ("220", "message.#fileName", "x" * 26, 29),
    ("231", "message.#thumbnail", "https://a/" + "x" * 1_000, 30),
    ("231", "file_size", 200 * 1_048_576 + 1, 31),
    ("231", "duration", 601, 32),
    ("231", "duration", None, 6),
    ("231", "message.#action", None, 6),
    ("233", "message.#media", None, 6),
    ("801", "survey.options", ["one"], 40),
    ("801", "survey.options", ["x"] * 2, 40),
    ("801", "survey.options", [str(number) for number in range(11)], 40),
    ("801", "survey.options", ["a", "x" * 51], 40),
    ("801", "message.#txt", "x" * 86, 3),
    ("901", "carousel.items", [], 41),
    ("901", "carousel.items.0.title", "x", 41),
    ("901", "carousel.items.0.title", "x" * 39, 41),
    ("901", "carousel.items.1.primaryButton.label", "x" * 11, 41),
    ("901", "carousel.items.1.secondaryButton.label", "x" * 13, 41),
    ("901", "carousel.items.1.secondaryButton.actionUrl", "nowhere", 41),
    ("1702", "templateId", None, 6),
    ("1702", "templateParams.pin", 1, 39),
    ("1702", "templateParams.pin", "x" * 126, 39),
]


@pytest.mark.parametrize(("sample", "path", "value", "status"), _REFUSED)
def test_a_mistake_has_its_status_and_names_its_place(sample: str, path: str, value: Any, status: int) -> None:
    """Each part of a message has a status of its own, and what is missing has another."""
    with pytest.raises(Refused) as caught:
        parse_send(_changed(sample, path, value))
    assert caught.value.error.code == status, caught.value.details
    assert path.split(".", maxsplit=1)[0] in caught.value.details


def test_all_mistakes_are_told_at_once() -> None:
    """And the first in the table of blame gives the status."""
    body = {**_changed("206", "message.#txt", 5), "ttl": 1, "dest": "x", "seq": None}
    with pytest.raises(Refused) as caught:
        parse_send(body)
    assert caught.value.error.code == 20
    assert all(name in caught.value.details for name in ("ttl", "dest", "#txt", "seq"))


def test_a_line_feed_at_the_end_is_refused_like_any_mistake() -> None:
    """Two readings of a pattern's end differ there."""
    message = {"#txt": "x", "#caption": "c", "#action": "https://x.example/\n", "#img": "https://x.example/a.png"}
    body = {"service_id": 1, "dest": "4670000001", "seq": 1, "type": 208, "label": "promotion"}
    with pytest.raises(Refused) as refused:
        parse_send({**body, "message": {**message, "#tracking_data": ""}})
    assert refused.value.error is limits.BAD_DATA


@pytest.mark.parametrize("body", [None, 1, "x", [], [{}]])
def test_what_is_no_object_is_bad_data(body: Any) -> None:
    """Status 3."""
    with pytest.raises(Refused) as caught:
        parse_send(body)
    assert caught.value.error.code == 3


@given(some.text(min_size=1, max_size=50), some.text(max_size=20))
def test_a_text_and_its_tracking_data_are_kept_as_they_are(text: str, tracking: str) -> None:
    """Not one character changes."""
    sending = parse_send({**_SAMPLES["206"], "message": {"#txt": text, "#tracking_data": tracking}})
    assert (sending.item.text, sending.tracking) == (text, tracking)


@given(some.text(min_size=1), some.integers(min_value=1), some.integers(0, 2**53))
def test_a_callback_leaves_out_what_is_not_there(text: str, service: int, at: int) -> None:
    """And keeps the rest."""
    told = wire.render_event("message", service, "15550100", at, text=text, media=None)
    assert told == {"event": "message", "service_id": service, "msisdn": "15550100", "ts": at, "text": text}


@pytest.mark.parametrize(
    ("sample", "kind", "text", "buttons"),
    [
        ("206", "text", "Hello", []),
        ("109", "text", "Sale", []),
        ("7", "image", "", []),
        ("208", "image", "Sale", [("Shop now", "url", "https://a.example")]),
        ("220", "document", "", []),
        ("231", "video", "Film", []),
        ("233", "video", "Film", [("More", "url", "https://a.example")]),
        ("801", "list", "How was it?", [("Great", "row", ""), ("Okay", "row", "")]),
        (
            "901",
            "buttons",
            "Two\nOne\nTwo",
            [
                ("Buy", "url", "https://a.example/1"),
                ("Buy", "url", "https://a.example/2"),
                ("Look", "url", "https://a.example/2#"),
            ],
        ),
    ],
)
def test_what_the_phone_shows(sample: str, kind: str, text: str, buttons: list[tuple[str, str, str]]) -> None:
    """Of every content."""
    item = parse_send(_SAMPLES[sample]).item
    shown = [(button.title, button.kind, button.value) for button in item.buttons]
    assert (item.kind, item.text, shown) == (kind, text, buttons)


def test_a_video_s_file_stands_in_one_of_two_places() -> None:
    """By its type."""
    for sample in ("231", "233"):
        media = parse_send(_SAMPLES[sample]).media
        assert media is not None
        assert (media.url, media.name) == ("https://a.example/a.mp4", "a.mp4")


def test_a_message_lives_two_weeks_unless_it_says_otherwise() -> None:
    """In milliseconds."""
    assert parse_send(_SAMPLES["206"]).ttl_ms == 60_000
    assert parse_send(_SAMPLES["225"]).ttl_ms == 1_209_600_000
