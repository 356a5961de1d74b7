"""Channel access tokens of each kind: issued, used, looked at, expired, revoked."""

from __future__ import annotations

from typing import Any

import jwt
import orjson
import pytest

from fake_channels.core.http import HttpRequest
from fake_channels.core.instants import MINUTE, SECOND
from fake_channels.line import limits, oauth, server
from fake_channels.line.tests.calls import BOT, Owner

_SHORT = "/v2/oauth/accessToken"
_ASSERTED = "/oauth2/v2.1/token"
_STATELESS = "/oauth2/v3/token"


def _client(owner: Owner, **changed: str) -> dict[str, str]:
    account = owner.account
    named = {"client_id": account.channel_id, "client_secret": account.channel_secret}
    return {"grant_type": "client_credentials", **named, **changed}


def _assertion(owner: Owner, *, kid: str = "", **changed: Any) -> dict[str, str]:
    account = owner.account
    claims = {
        "iss": account.channel_id,
        "sub": account.channel_id,
        "aud": "https://api.line.me/",
        "exp": owner.now // SECOND + 1_800,
        **changed,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": kid or account.assertion_kid}
    key = jwt.PyJWK({**oauth.ASSERTION_KEY, "alg": "RS256"}).key
    token = jwt.PyJWS().encode(orjson.dumps(claims), key, "RS256", headers)  # signs claims of any type
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": oauth.ASSERTION_TYPE,
        "client_assertion": token,
    }


def _works(owner: Owner, token: str) -> bool:
    status = owner.ask("GET", f"{BOT}/info", headers={"authorization": f"Bearer {token}"}).status
    assert status in {200, 401}
    return status == 200


def _verify(owner: Owner, token: str) -> tuple[int, Any]:
    return owner.form("/v2/oauth/verify", access_token=token)


def test_a_short_lived_token_works_for_thirty_days() -> None:
    """Its remaining seconds are told meanwhile."""
    owner = Owner()
    status, told = owner.form(_SHORT, **_client(owner))
    assert (status, told["expires_in"], told["token_type"]) == (200, 2_592_000, "Bearer")
    token = told["access_token"]
    assert owner.component.owns(token)
    assert _works(owner, token)
    owner.advance(2_592_000 * SECOND - 1)
    assert _works(owner, token)
    assert _verify(owner, token)[1]["expires_in"] == 0
    owner.advance(1)
    assert not _works(owner, token)
    assert _verify(owner, token)[0] == 400


def test_the_31st_short_lived_token_takes_the_oldest_ones_place() -> None:
    """Thirty are good at once."""
    owner = Owner()
    tokens = [owner.form(_SHORT, **_client(owner))[1]["access_token"] for _ in range(31)]
    assert [_works(owner, token) for token in tokens] == [False] + [True] * 30


def test_a_v21_token_lives_as_long_as_its_assertion_asks() -> None:
    """Its key id is listed while it is good, and it is revoked with the channel's secret."""
    owner = Owner()
    status, told = owner.form(_ASSERTED, **_assertion(owner, token_exp=86_400))
    assert (status, told["expires_in"]) == (200, 86_400)
    token = told["access_token"]
    query = {name: value for name, value in _assertion(owner).items() if name != "grant_type"}
    kids = owner.ask_json("GET", "/oauth2/v2.1/tokens/kid", headers={}, **query)
    assert kids == (200, {"kids": [told["key_id"]]})
    assert owner.ask_json("GET", "/oauth2/v2.1/verify", headers={}, access_token=token)[0] == 200
    assert owner.form("/v2/oauth/revoke", access_token=token) == (200, None)
    assert _works(owner, token)
    named = {name: value for name, value in _client(owner).items() if name != "grant_type"}
    assert owner.form("/oauth2/v2.1/revoke", **named) == (
        400,
        {"error": "invalid_request", "error_description": "some parameters missed or invalid"},
    )
    assert owner.form("/oauth2/v2.1/revoke", **named, access_token="unknown") == (200, None)
    assert owner.form("/oauth2/v2.1/revoke", **named, access_token=token) == (200, None)
    assert not _works(owner, token)


@pytest.mark.parametrize(
    ("claim", "value"), [("iss", ["x"]), ("iss", {}), ("iss", 5), ("token_exp", True), ("exp", True), ("exp", 1e308)]
)
def test_a_claim_of_another_type_is_refused(claim: str, value: Any) -> None:
    """Whoever signed it."""
    owner = Owner()
    fields = {**_assertion(owner, **{claim: value}), "client_id": owner.account.channel_id}
    for path in (_ASSERTED, _STATELESS) if claim != "token_exp" else (_ASSERTED,):
        status, told = owner.form(path, **fields)
        assert (status, set(told)) == (400, {"error", "error_description"})


def test_the_31st_v21_token_is_refused() -> None:
    """Until another one has expired."""
    owner = Owner()
    for _ in range(limits.TOKENS_MAX):
        assert owner.form(_ASSERTED, **_assertion(owner, token_exp=60))[0] == 200
    assert owner.form(_ASSERTED, **_assertion(owner))[0] == 400
    owner.advance(60 * SECOND)
    assert owner.form(_ASSERTED, **_assertion(owner))[0] == 200


def test_a_stateless_token_lives_for_fifteen_minutes_and_cannot_be_revoked() -> None:
    """By secret or by assertion."""
    owner = Owner()
    for fields in (_client(owner), _assertion(owner)):
        status, told = owner.form(_STATELESS, **fields)
        assert (status, told["expires_in"]) == (200, 900)
        token = told["access_token"]
        owner.form("/v2/oauth/revoke", access_token=token)
        assert _works(owner, token)
    owner.advance(15 * MINUTE)
    assert not _works(owner, token)


def test_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired ones are forgotten, and of stateless ones only so many are remembered."""
    monkeypatch.setattr(limits, "STATELESS_KEPT", 2)
    owner = Owner()
    for _ in range(4):
        owner.form(_STATELESS, **_client(owner))
    assert len(owner.account.tokens) == 2
    owner.advance(15 * MINUTE)
    owner.form(_STATELESS, **_client(owner))
    assert len(owner.account.tokens) == 1


def test_the_long_lived_token_is_looked_at_and_revoked() -> None:
    """Then nothing works with it, and no other empty string does."""
    owner = Owner()
    token = owner.account.access_token
    status, told = _verify(owner, token)
    assert (status, told["client_id"]) == (200, owner.account.channel_id)
    assert told["expires_in"] > 10**9
    assert owner.form("/v2/oauth/revoke", access_token=token) == (200, None)
    assert not _works(owner, token)
    assert not _works(owner, "")


@pytest.mark.parametrize(
    "changed",
    [
        {"kid": "another"},
        {"iss": "1"},
        {"sub": "1"},
        {"aud": "https://example.com/"},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"exp": 1_700_000_000 + 1_801},
        {"token_exp": 0},
        {"token_exp": 2_592_001},
        {"token_exp": "x"},
    ],
)
def test_a_wrong_assertion_is_refused(changed: dict[str, Any]) -> None:
    """Each claim counts, and so does the world's clock."""
    owner = Owner()
    status, told = owner.form(_ASSERTED, **_assertion(owner, **changed))
    assert status == 400
    assert told["error"] in {"invalid_client", "invalid_request"}
    assert owner.account.tokens == {}


@pytest.mark.parametrize("path", [_SHORT, _ASSERTED, _STATELESS])
@pytest.mark.parametrize(
    ("fields", "error"),
    [({}, "invalid_request"), ({"grant_type": "password", "client_id": "1", "client_secret": "x"}, "invalid_request")],
)
def test_what_is_missing_is_an_invalid_request(path: str, fields: dict[str, str], error: str) -> None:
    """In OAuth's own envelope."""
    status, told = Owner().form(path, **fields)
    assert (status, told) == (400, {"error": error, "error_description": "some parameters missed or invalid"})


def test_a_wrong_secret_is_an_invalid_client() -> None:
    """Also for revoking."""
    owner = Owner()
    told = (400, {"error": "invalid_client", "error_description": "invalid client_secret"})
    assert owner.form(_SHORT, **_client(owner, client_secret="x")) == told
    assert owner.form("/oauth2/v2.1/revoke", **_client(owner, client_secret="é"), access_token="x") == told


def test_a_form_that_is_none_is_an_invalid_request() -> None:
    """Whatever it is instead."""
    owner = Owner()
    headers = {"content-type": "application/json"}
    assert owner.ask("POST", _SHORT, body=b"{}", headers=headers).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", _SHORT, b"grant_type=client_credentials&client_id=1&client_secret=x", 400, "invalid_client"),
        ("POST", _SHORT, b"", 400, "invalid_request"),
        ("POST", _ASSERTED, b"client_assertion=x.y.z", 400, "invalid_request"),
        ("POST", "/v2/oauth/verify", b"access_token=x", 400, "invalid_request"),
        ("GET", "/oauth2/v2.1/verify?access_token=x", b"", 400, "invalid_request"),
        ("POST", "/v2/oauth/revoke", b"access_token=x", 200, None),
        ("POST", "/oauth2/v2.1/revoke", b"client_id=1&client_secret=x&access_token=x", 200, None),
        ("POST", "/v2/oauth/nonsense", b"", 404, None),
    ],
)
def test_strangers_get_oauths_own_answers(method: str, path: str, body: bytes, status: int, error: str | None) -> None:
    """For a channel or token that nobody has."""
    path, _, query = path.partition("?")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = server.HOST.unknown(HttpRequest(method, path, raw_query=query, headers=headers, body=body))
    told = orjson.loads(reply.body) if reply.body else {}
    assert (reply.status, told.get("error")) == (status, error)
    assert "X-Line-Request-Id" in reply.headers


def test_a_call_is_located_by_its_client_its_token_or_its_assertion() -> None:
    """Whichever it carries."""
    owner = Owner()

    def located(path: str, fields: dict[str, str]) -> str | None:
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        return server.HOST.locate(HttpRequest("GET", path, raw_query=query))

    assert located(_SHORT, {"client_id": "1", "access_token": "x"}) == "1"
    assert located("/oauth2/v2.1/verify", {"access_token": "x"}) == "x"
    assert located("/oauth2/v2.1/tokens/kid", _assertion(owner)) == owner.account.channel_id
    assert located("/oauth2/v2.1/tokens/kid", _assertion(owner, iss=None)) is None
    assert located(_SHORT, {}) is None
