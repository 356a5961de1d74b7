"""Graph's common ground: credentials, errors, signatures."""

from __future__ import annotations

import hmac

import orjson
import pytest

from fake_channels.core.http import HttpRequest
from fake_channels.core.tables import VendorError
from fake_channels.meta import graph


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", "/v23.0/me", headers={"authorization": "Bearer T"}),
        HttpRequest("GET", "/v23.0/me", headers={"authorization": "OAuth T"}),
        HttpRequest("GET", "/me", raw_query="access_token=T"),
        HttpRequest("POST", "/me/messages", headers={"content-type": "application/json"}, body=b'{"access_token":"T"}'),
        HttpRequest(
            "POST",
            "/me/messages",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=b"access_token=T&message=%7B%7D",
        ),
    ],
)
def test_a_token_is_taken_from_header_query_form_and_body(request_: HttpRequest) -> None:
    """Wherever Graph takes it."""
    assert graph.located(request_) == "T"


@pytest.mark.parametrize(
    ("path", "owner"),
    [("/v/t1.15752-9/42/7_n.png", "cdn:42"), ("/ig_messaging_cdn/42/7_n.png", "cdn:42"), ("/v23.0/42/messages", None)],
)
def test_a_file_is_found_by_its_owner(path: str, owner: str | None) -> None:
    """Its URL carries no token; a versioned path is no file."""
    assert graph.located(HttpRequest("GET", path)) == owner


def test_strangers_files_are_not_found() -> None:
    """Without Graph's envelope: it is another host in life."""
    reply = graph.GRAPH.unknown(HttpRequest("GET", "/v/t1.15752-9/42/7_n.png"))
    assert (reply.status, reply.content_type) == (404, "text/plain")


def test_a_proof_is_the_tokens_digest_by_the_apps_secret() -> None:
    """As every client library makes it."""
    assert graph.proof_of("token", "secret") == hmac.new(b"secret", b"token", "sha256").hexdigest()


@pytest.mark.parametrize(
    ("kind", "message"), [("", "(#10) No"), ("OAuthException", "(#10) No"), ("IGApiException", "No")]
)
def test_only_oauth_exceptions_number_their_messages(kind: str, message: str) -> None:
    """Instagram's own errors do not."""
    error = VendorError(10, 403, "No", "https://x.example")
    told = orjson.loads(graph.error_reply(error, kind=kind).body)["error"]
    assert (told["message"], told["type"]) == (message, kind or "OAuthException")


def test_the_older_signature_is_there_only_when_asked_for() -> None:
    """Both are over the exact bytes, which are ASCII with escaped slashes."""
    plain = graph.sign_webhook({"a": "é/👋"}, "secret")
    both = graph.sign_webhook({"a": "é/👋"}, "secret", legacy=True)
    assert plain.body == both.body == b'{"a":"\\u00e9\\/\\ud83d\\udc4b"}'
    assert "X-Hub-Signature" not in plain.headers
    assert both.headers["X-Hub-Signature"] == "sha1=" + hmac.new(b"secret", both.body, "sha1").hexdigest()
    assert both.headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"secret", both.body, "sha256").hexdigest()
