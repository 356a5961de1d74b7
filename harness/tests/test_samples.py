"""Sample files: each is what its name says, and no two share their bytes."""

from __future__ import annotations

import filetype
import pytest

from harness.samples import KINDS, sample

DETECTED = {
    "image": "image/jpeg",
    "png image": "image/png",
    "sticker": "image/webp",
    "document": "application/pdf",
    "video": "video/mp4",
    "audio file": "audio/mpeg",
    "voice note": "audio/ogg",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_what_it_says(kind: str) -> None:
    """A channel that looks inside finds the declared type."""
    made = sample(kind, "mark")
    guessed = filetype.guess(made.content)
    assert guessed is not None
    assert guessed.mime == DETECTED[kind]
    assert made.mime.split(";")[0] == DETECTED[kind]
    assert made.action.startswith("send_")


@pytest.mark.parametrize("kind", KINDS)
def test_the_mark_makes_the_bytes(kind: str) -> None:
    """Same mark, same bytes; another mark, others: a cache cannot hide a mistake. A long mark is cut."""
    assert sample(kind, "one").content == sample(kind, "one").content != sample(kind, "two").content
    assert sample(kind, "x" * 100).content == sample(kind, "x" * 101).content
