"""What the client tests stand on: a lab's control API without asyncio, and a server that takes callbacks.

The vendors' libraries block, each in its own way; these two block too and leave them the choice.
"""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import quote

TIMEOUT_SECONDS: Final = 20.0
Json = dict[str, Any]


class Lab:
    """The control API of one lab."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """One call; what is refused fails the test with the lab's own sentence."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/lab/v1{path}", data, headers, method=method)  # noqa: S310 - our own lab
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                content = answer.read()
        except urllib.error.HTTPError as refusal:
            raise AssertionError(f"{method} {path}: {refusal.read().decode()}") from refusal
        return json.loads(content) if content else {}

    def world(self, channel: str) -> World:
        """A new world with one channel."""
        return World(self, channel, self.call("POST", "/worlds", {"channels": [channel]}))


class World:
    """One world with one channel, and its people."""

    def __init__(self, lab: Lab, channel: str, document: Json) -> None:
        self.lab = lab
        self.channel = channel
        self.document = document
        self.account: Json = document["channels"][channel]
        self.sinch: Json = document["sinch"]
        self._path = f"/worlds/{document['world']}"

    def phone(self, name: str = "Mia Berg") -> Phone:
        """A new person with a phone."""
        made = self.lab.call("POST", f"{self._path}/customers", {"name": name})
        identity = str(made["phones"][self.channel]["identity"])
        return Phone(self.lab, f"{self._path}/phones/{self.channel}/{quote(identity, safe='')}", identity)

    def settle(self) -> None:
        """Let everything under way arrive."""
        said = self.lab.call("POST", f"{self._path}/settle", {"timeout_seconds": TIMEOUT_SECONDS})
        if not said["settled"]:
            raise AssertionError(f"the lab does not come to rest; in flight: {said['in_flight']}")

    def advance(self, by: str) -> None:
        """Let time pass."""
        self.lab.call("POST", f"{self._path}/clock:advance", {"by": by})

    def fault(self, fault: Json) -> None:
        """Plant a fault."""
        self.lab.call("POST", f"{self._path}/faults", fault)

    def point_at(self, url: str) -> None:
        """Point the app's signed webhook at a server."""
        self.lab.call("PUT", f"{self._path}/subject", {"webhook_url": url})

    def trace(self) -> list[Json]:
        """What has passed."""
        found: list[Json] = self.lab.call("GET", f"{self._path}/trace?limit=1000")["events"]
        return found

    def close(self) -> None:
        """Remove it."""
        self.lab.call("DELETE", self._path)


class Phone:
    """One person's phone."""

    def __init__(self, lab: Lab, path: str, identity: str) -> None:
        self._lab, self._path, self.identity = lab, path, identity

    def does(self, action: str, **details: Any) -> Json:
        """Let the person act; returns what appeared on the screen, if anything did."""
        answer = self._lab.call("POST", f"{self._path}/actions", {"action": action, **details})
        found: Json = answer["item"] or {}
        return found

    def sees(self, kind: str, author: str = "business") -> Json:
        """The newest item of a kind, as soon as it is on the screen."""
        query = ""
        for _ in range(50):
            screen = self._lab.call("GET", f"{self._path}/screen{query}")
            found = [item for item in screen["items"] if item["kind"] == kind and item["author"] == author]
            if found:
                newest: Json = found[-1]
                return newest
            query = f"?after={screen['version']}&wait=2"
        raise AssertionError(f"no {kind} arrived; the screen shows {[item['kind'] for item in screen['items']]}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a callback server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Respond = Callable[[Request], tuple[int, bytes]]


def _ok(request: Request) -> tuple[int, bytes]:
    del request
    return 200, b""


class Receiver:
    """A server on a free port; `respond` answers, and whatever was answered can be waited for."""

    def __init__(self, respond: Respond = _ok) -> None:
        self.respond = respond
        self._taken: queue.Queue[Request] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"

    def take(self, request: Request) -> tuple[int, bytes]:
        """Answer a request and note it."""
        answer = self.respond(request)
        self._taken.put(request)
        return answer

    def wait(self, wanted: Callable[[Request], bool]) -> Request:
        """The next request that is wanted; others are passed over."""
        while True:
            request = self._taken.get(timeout=TIMEOUT_SECONDS)
            if wanted(request):
                return request

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said = receiver.take(Request(self.command, self.path, dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = answer  # noqa: N815 - the base class chooses by this name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler
