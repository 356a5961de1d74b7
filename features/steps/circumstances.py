"""Steps about circumstances: settings, time, faults on the wires, public files."""

from __future__ import annotations

import re

from pytest_bdd import given, parsers, then, when

from features.scene import Scene, period
from harness.evidence import fetches, incoming_media_url, published_url, sends
from harness.outcomes import LabDefect, expect

HTTP_OK = 200
GONE = {404, 410}
SEND_OPERATION = "messages:send"


@given(parsers.parse("public files are kept for {time}"))
def public_files_kept(scene: Scene, time: str) -> None:
    """Set the retention of public files."""
    scene.stage.change_settings(retention_seconds=int(period(time).total_seconds()))


@given(parsers.parse("agents may send files of the types {types} only"))
def allowed_types(scene: Scene, types: str) -> None:
    """Set the allowed file types, separated by commas."""
    scene.stage.change_settings(allowed_file_types=tuple(kind.strip() for kind in types.split(",")))


@given(parsers.parse("agents may send files of at most {size:d} bytes"))
def allowed_size(scene: Scene, size: int) -> None:
    """Set the largest file that agents may send."""
    scene.stage.change_settings(max_attachment_bytes=size)


@given("the subject has a wrong secret for the Conversation API")
def wrong_secret(scene: Scene) -> None:
    """Configure the subject with a key secret that the gateway refuses."""
    scene.stage.key_secret = "not-the-secret"


@given(parsers.parse("the Conversation API answers the next {count:d} sends with {status:d}"))
def gateway_fails(scene: Scene, count: int, status: int) -> None:
    """Make the gateway fail some send calls."""
    scene.stage.fault(
        where={"source": "subject", "target": "sinch", "operation": SEND_OPERATION},
        when={"kind": "next", "n": count},
        what={"kind": "status", "status": status},
    )


@given("every incoming callback is delivered twice")
def delivered_twice(scene: Scene) -> None:
    """Make the gateway repeat every MESSAGE_INBOUND."""
    scene.stage.fault(
        where={"source": "sinch", "target": "subject", "operation": "MESSAGE_INBOUND"},
        when={"kind": "always"},
        what={"kind": "duplicate"},
    )


@given(parsers.parse("{time} have passed"))
def have_passed(scene: Scene, time: str) -> None:
    """Move the clocks of lab and subject."""
    scene.stage.pass_time(period(time))


@when(parsers.re(r"(?P<time>.+) pass(es)?"))
def pass_(scene: Scene, time: str) -> None:
    """Move the clocks of lab and subject, as the event of the scenario."""
    scene.take_stock()
    scene.stage.pass_time(period(time))


def _published(scene: Scene) -> str:
    url = published_url(scene.stage.look_at_trace())
    expect(url, "the subject handed no file URL to the Conversation API")
    if url is None:
        raise LabDefect("a published URL that is true and None")
    return url


@then("the public file can be fetched")
def public_file_served(scene: Scene) -> None:
    """Expect the file, byte for byte, at the URL that the subject handed out."""
    status, found = scene.stage.fetch(_published(scene))
    expect(status == HTTP_OK, f"the public file is answered with {status}")
    expect(scene.file and found == scene.file.content, "the public file has other bytes than the sent one")


@then("the public file was fetched once")
def public_file_fetched_once(scene: Scene) -> None:
    """Expect one successful download of the file that the subject handed out."""
    url = _published(scene)
    found = len(fetches(scene.stage.look_at_trace(), url))
    expect(found == 1, f"the public file was fetched {found} times")


@then("the public file is gone")
def public_file_gone(scene: Scene) -> None:
    """Expect 404 or 410 at the URL that the subject handed out."""
    status, _ = scene.stage.fetch(_published(scene))
    expect(status in GONE, f"the public file should be gone and is answered with {status}")


@then("a neighbouring address of the public file is not found")
def neighbour_not_found(scene: Scene) -> None:
    """Expect that changing one character of any long part of the URL finds nothing."""
    url = _published(scene)
    origin, path = re.match(r"(https?://[^/]+)(/.*)", url).groups()  # type: ignore[union-attr]
    parts = path.split("/")
    secret = max(range(len(parts)), key=lambda index: len(parts[index]))
    token = parts[secret]
    parts[secret] = token[:-1] + ("A" if token[-1] != "A" else "B")
    status, _ = scene.stage.fetch(origin + "/".join(parts))
    expect(status in GONE, f"a guessed address of the public file is answered with {status}")


@then("the incoming file was downloaded once")
def downloaded_once(scene: Scene) -> None:
    """Expect one successful download of the customer's file by the subject."""
    events = scene.stage.look_at_trace()
    url = incoming_media_url(events)
    expect(url, "no incoming message carried a file")
    found = [event for event in fetches(events, url or "") if event.source == "subject"]
    expect(len(found) == 1, f"the incoming file was downloaded {len(found)} times")


@then(parsers.parse("the Conversation API was called {count:d} times"))
def gateway_called(scene: Scene, count: int) -> None:
    """Expect this number of send calls, refused ones included."""
    made = len(sends(scene.stage.look_at_trace()))
    expect(made == count, f"the subject made {made} send calls instead of {count}")
