"""Make the files of every gallery: `python -m fake_channels.core.control.make_gallery` (needs the `media` extra)."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

FOLDER = Path(__file__).with_name("gallery_files")
_SIZE = (160, 120)


def _picture(colour: str, text: str) -> Image.Image:
    image = Image.new("RGB", _SIZE, colour)
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 20, 120, 100), fill="white")
    draw.text((58, 54), text, fill="black")
    return image


def _sound(path: Path, codec: str, rate: int, layout: str, bit_rate: int = 24_000) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{codec} is no audio codec")
        stream.bit_rate = bit_rate
        wave = np.array([math.sin(2 * math.pi * 440 * n / rate) * 0.3 for n in range(rate)], dtype=np.float32)
        step = stream.codec_context.frame_size or 960
        for start in range(0, rate - step, step):
            frame = av.AudioFrame.from_ndarray(wave[start : start + step].reshape(1, -1), format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _film(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for number in range(10):
            picture = _picture("teal", str(number))
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _pdf(lines: list[bytes]) -> bytes:
    text = b"BT /F1 18 Tf 40 120 Td " + b" 0 -24 Td ".join(b"(" + line + b") Tj" for line in lines) + b" ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 180]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(body)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    )


def main() -> None:
    """Write every sample anew."""
    FOLDER.mkdir(exist_ok=True)
    _picture("steelblue", "photo").save(FOLDER / "photo.jpg", quality=70)
    _picture("darkorange", "drawing").save(FOLDER / "drawing.png", optimize=True)
    _picture("gold", "sticker").resize((128, 96)).save(FOLDER / "sticker.webp", quality=60)
    _film(FOLDER / "clip.mp4")
    _sound(FOLDER / "tune.mp3", "mp3", 24_000, "mono")
    _sound(FOLDER / "voice-note.ogg", "libopus", 48_000, "mono")
    _sound(FOLDER / "voice-note.amr", "libopencore_amrnb", 8_000, "mono", 12_200)
    _sound(FOLDER / "voice-note.m4a", "aac", 16_000, "mono")
    (FOLDER / "invoice.pdf").write_bytes(_pdf([b"Invoice 2026-11", b"Total 42.00"]))
    (FOLDER / "note.txt").write_text("A note from the customer.\n", encoding="utf-8")


if __name__ == "__main__":
    main()
