"""Files that are kept for a while."""

from __future__ import annotations

from fake_channels.core import shelf
from fake_channels.core.media import Media
from fake_channels.core.shelf import Stored

MANY = 1_000


def stored(data: bytes, expires_at: int = MANY) -> Stored:
    """A file with these bytes."""
    return Stored(Media(data, "text/plain", "a.txt"), expires_at)


def test_a_file_is_gone_at_the_end_of_its_time() -> None:
    """Exactly then; who was never kept is not found either."""
    files = {"a": stored(b"a", expires_at=10)}
    assert shelf.find(files, "a", 9) == files["a"].media
    assert shelf.find(files, "a", 10) is None
    assert shelf.find(files, "b", 0) is None


def test_keeping_a_file_forgets_those_whose_time_is_over() -> None:
    """Whatever their age."""
    files: dict[str, Stored] = {}
    for name, expires_at in (("a", 20), ("b", 10), ("c", 11)):
        shelf.keep(files, name, stored(b"x", expires_at), 0, most_bytes=MANY)
    shelf.keep(files, "d", stored(b"x"), 10, most_bytes=MANY)
    assert list(files) == ["a", "c", "d"]


def test_beyond_a_cap_the_oldest_go() -> None:
    """By number, by bytes, or both."""
    files: dict[str, Stored] = {}
    for name in "abc":
        shelf.keep(files, name, stored(b"1234"), 0, most=2, most_bytes=MANY)
    assert list(files) == ["b", "c"]
    shelf.keep(files, "d", stored(b"12345"), 0, most=9, most_bytes=9)
    assert list(files) == ["c", "d"]
    shelf.keep(files, "e", stored(b"x" * 10), 0, most=9, most_bytes=9)
    assert list(files) == []
