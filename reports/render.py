"""Writes everything a run folder should hold beside its ``run.jsonl``.

Each file appears whole or not at all. Pictures and HAR files of scenarios that are no longer in the run are removed
from their two folders; nothing else is touched.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson

from reports.badge import badge
from reports.har import har
from reports.html import html
from reports.junit import junit
from reports.matrix import as_json
from reports.model import Run
from reports.names import stems
from reports.reader import load
from reports.sequence import sequence_file
from reports.summary import summary

HAR_FOLDER = "har"
PICTURE_FOLDER = "sequences"


def render(run_file: Path, out_dir: Path) -> list[Path]:
    """Render a run file into a folder, which is made if need be; returns what was written.

    Raises:
        reports.reader.RunError: the run file is missing, empty, truncated or invalid; nothing was written.
        OSError: the folder cannot be written.
    """
    run = load(run_file)
    written = [_write(out_dir / name, content) for name, content in _documents(run)]
    _forget_others(out_dir / HAR_FOLDER, ".har", written)
    _forget_others(out_dir / PICTURE_FOLDER, ".svg", written)
    return written


def _documents(run: Run) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, one at a time."""
    yield "report.html", _bytes(html(run))
    yield "junit.xml", _bytes(junit(run))
    yield "summary.md", _bytes(summary(run))
    yield "matrix.json", orjson.dumps(as_json(run), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    yield "badge.svg", _bytes(badge(run))
    for scenario, stem in zip(run.scenarios, stems(run), strict=True):
        if not scenario.trace:
            continue
        yield f"{HAR_FOLDER}/{stem}.har", orjson.dumps(har(run, scenario), option=orjson.OPT_INDENT_2)
        if picture := sequence_file(run, scenario):
            yield f"{PICTURE_FOLDER}/{stem}.svg", _bytes(picture)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def _forget_others(folder: Path, suffix: str, written: list[Path]) -> None:
    for old in set(folder.glob(f"*{suffix}")) - set(written):
        old.unlink(missing_ok=True)
