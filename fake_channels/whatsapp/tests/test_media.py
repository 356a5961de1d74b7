"""Files: what they are declared as, and what they are."""

from __future__ import annotations

import pytest

from fake_channels.whatsapp.tests.calls import MP4, OGG, Business


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


@pytest.mark.parametrize(
    ("data", "mime", "fits"),
    [
        (MP4, "video/mp4", True),
        (MP4, "audio/mp4", True),
        (MP4, "video/3gpp", True),
        (MP4, "audio/ogg", False),
        (OGG, "audio/mpeg", False),
        (b"anything", "audio/mpeg", True),
        (b"anything", "video/mp4", False),
        (b"anything", "image/webp", False),
        (b"anything", "application/zip", True),
    ],
)
def test_bytes_are_what_they_are_declared_as(business: Business, data: bytes, mime: str, *, fits: bool) -> None:
    """Types of one container pass for each other, documents may be anything, and an MP3 may begin with anything."""
    status, answer = business.upload(data, mime)
    assert status == (200 if fits else 400), answer


def test_whoever_names_a_number_gets_its_files_only(business: Business) -> None:
    """To look at, and to delete."""
    path, own = f"/{business.upload(MP4, 'video/mp4')[1]['id']}", business.account.phone_number_id
    assert business.call("GET", path, phone_number_id="1")[1]["error"]["error_subcode"] == 33
    assert business.call("DELETE", path, phone_number_id="1")[1]["error"]["error_subcode"] == 33
    assert business.call("GET", path, phone_number_id=own)[0] == 200
    assert business.call("DELETE", path, phone_number_id=own) == (200, {"success": True})
