"""The files in every simulated gallery: real codecs, tiny, made by `make_gallery.py`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

SAMPLES: Final = {
    "image/jpeg": "photo.jpg",
    "image/png": "drawing.png",
    "image/webp": "sticker.webp",
    "video/mp4": "clip.mp4",
    "audio/mpeg": "tune.mp3",
    "audio/ogg": "voice-note.ogg",
    "audio/amr": "voice-note.amr",
    "audio/mp4": "voice-note.m4a",
    "application/pdf": "invoice.pdf",
    "text/plain": "note.txt",
}
"""Media type to file name."""


@cache
def sample(mime: str) -> tuple[bytes, str]:
    """Bytes and name of the sample of this type."""
    name = SAMPLES[mime]
    return files("fake_channels.core.control").joinpath("gallery_files", name).read_bytes(), name
