"""What control calls mean to the core."""

from __future__ import annotations

import filetype
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.control.actions import SendImage, SendVoiceNote, to_core
from fake_channels.core.control.gallery import SAMPLES, sample


@pytest.mark.parametrize("mime", [mime for mime in SAMPLES if not mime.startswith("text/")])
def test_every_sample_is_what_it_is_called(mime: str) -> None:
    """Its bytes say so."""
    assert filetype.guess_mime(sample(mime)[0]) == mime


def test_a_phone_sends_what_its_app_makes() -> None:
    """A voice note is recorded in the app's own codec; what the app does not make itself is the usual sample."""
    own = {"voice": "audio/amr"}
    voice, picture = to_core(SendVoiceNote(), own), to_core(SendImage(), own)
    assert isinstance(voice, acts.SendMedia)
    assert isinstance(picture, acts.SendMedia)
    assert (voice.mime, voice.name, voice.data[:5]) == ("audio/amr", "voice-note.amr", b"#!AMR")
    assert picture.mime == "image/jpeg"
