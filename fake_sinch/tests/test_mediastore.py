"""Customers' files under links that cannot be guessed."""

import pytest

from fake_sinch.adapters.contract import MediaFile
from fake_sinch.arrivals import MediaRef
from fake_sinch.mediastore import keep, serve
from fake_sinch.tests.scene import Request
from fake_sinch.tests.stage import Stage

DAY = 86_400_000


def kept(stage: Stage, named: MediaRef, mime: str = "image/jpeg") -> str:
    """Keep a file and return the path of its link."""
    return keep(stage.service, named, MediaFile(mime, b"bytes"), stage.now).removeprefix("http://127.0.0.1:8601")


def test_name_is_made_from_the_type() -> None:
    """A file without a name gets one with the usual suffix of its type."""
    assert kept(Stage(), MediaRef("M")).endswith(".jpg")


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a b.pdf", "a%20b.pdf"), ("../../etc/passwd", "passwd"), ('x".pdf', "x.pdf"), ("c:\\d\\e.pdf", "e.pdf")],
)
def test_customers_names_are_made_harmless(name: str, safe: str) -> None:
    """A name loses its path and what means something in headers."""
    assert kept(Stage(), MediaRef("M", "", name)).rsplit("/", 1)[1] == safe


def test_head_has_no_body() -> None:
    """HEAD tells length and type only; the type is not to be sniffed."""
    stage = Stage()
    path = kept(stage, MediaRef("M"))
    reply = serve(stage.service, Request("HEAD", path), stage.now)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "5")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_wrong_links_find_nothing() -> None:
    """Another token, another name and another method find nothing."""
    stage = Stage()
    path = kept(stage, MediaRef("M", "", "a.pdf"))
    token = path.split("/")[2]
    for method, wrong in (("GET", "/media/x/a.pdf"), ("GET", f"/media/{token}/b.pdf"), ("POST", path)):
        assert serve(stage.service, Request(method, wrong), stage.now).status == 404


def test_old_files_are_dropped() -> None:
    """What nobody can fetch any more does not stay in memory."""
    stage = Stage(media_retention_s=86_400)
    kept(stage, MediaRef("M"))
    stage.now += DAY
    kept(stage, MediaRef("M"))
    assert len(stage.service.state.traffic.media) == 1
