"""Channel access tokens: short-lived, v2.1 and stateless ones; issued, looked at, revoked.

Sources: https://developers.line.biz/en/docs/basics/channel-access-token/ and
https://github.com/line/line-openapi (channel-access-token.yml)
"""

from __future__ import annotations

import hmac
import json
from typing import Any, Final

import jwt

from fake_channels.core.contract import Env
from fake_channels.core.forms import FormError, read_form
from fake_channels.core.http import HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.instants import SECOND
from fake_channels.core.schemas import load
from fake_channels.line import limits
from fake_channels.line.state import AccessToken, Account
from fake_channels.line.wire import Ask

Json = dict[str, Any]

ASSERTION_KEY: Final[Json] = load("fake_channels.line", "assertion_key.json")["key"]
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GRANT: Final = "client_credentials"
_AUDIENCE: Final = "https://api.line.me/"
_FOREVER_S: Final = 3_138_007_490
"""What the vendor's own example says of a long-lived token."""
_PUBLIC_KEY: Final = jwt.PyJWK({key: ASSERTION_KEY[key] for key in ("kty", "n", "e")} | {"alg": "RS256"})
_NOTHING: Final = HttpReply(200, b"", "")
_SEVERAL: Final = ("short", "v2.1")


class Denied(Exception):
    """An OAuth error, in that protocol's own envelope."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.reply = json_reply({"error": error, "error_description": description}, 400)


def _missing() -> Denied:
    return Denied("invalid_request", "some parameters missed or invalid")


def fields_of(request: HttpRequest) -> dict[str, str]:
    """The parameters of an OAuth call: of its query, or of its form.

    Raises:
        Denied: the body is no form.
    """
    if request.method == "GET":
        return request.query
    try:
        return read_form(request).fields
    except FormError:
        raise _missing() from None


def client_of(request: HttpRequest) -> str:
    """Whose call this says it is: a channel id or a token; empty when it does not say."""
    try:
        fields = fields_of(request)
    except Denied:
        return ""
    if "access_token" in fields and "client_id" not in fields:
        return fields["access_token"]
    return fields.get("client_id") or _issuer(fields.get("client_assertion", ""))


def _issuer(assertion: str) -> str:
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except (jwt.InvalidTokenError, ValueError):
        return ""
    return issuer if isinstance(issuer, str) else ""


def stranger(request: HttpRequest) -> HttpReply:
    """The answer to a call whose channel or token nobody has."""
    if request.path.endswith("/verify"):
        return Denied("invalid_request", "invalid access token").reply
    if request.path.endswith("/revoke"):
        return _NOTHING  # revoking what is no token is no error
    return (Denied("invalid_client", "invalid client_id") if client_of(request) else _missing()).reply


# --- issue ------------------------------------------------------------------------------------------------------------


def issue_short(account: Account, ask: Ask, env: Env) -> Outcome:
    """A token for 30 days; the 31st takes the oldest one's place.

    Raises:
        Denied: as the API does.
    """
    fields = fields_of(ask.request)
    _check_secret(account, fields)
    token = _issue(account, "short", limits.SHORT_TOKEN_S, env)
    return Outcome(json_reply(_granted(token, limits.SHORT_TOKEN_S)))


def issue_by_assertion(account: Account, ask: Ask, env: Env) -> Outcome:
    """A v2.1 token, for as long as the assertion asks; the 31st is refused.

    Raises:
        Denied: as the API does.
    """
    claims = _check_assertion(account, fields_of(ask.request), env.now)
    seconds = claims.get("token_exp", limits.SHORT_TOKEN_S)
    if not _is_integer(seconds) or not 0 < seconds <= limits.SHORT_TOKEN_S:
        raise Denied("invalid_request", "invalid token_exp")
    if len(_valid(account, "v2.1", env.now)) >= limits.TOKENS_MAX:
        raise Denied("invalid_request", "too many valid channel access tokens")
    token = _issue(account, "v2.1", seconds, env)
    return Outcome(json_reply({**_granted(token, seconds), "key_id": account.tokens[token].key_id}))


def issue_stateless(account: Account, ask: Ask, env: Env) -> Outcome:
    """A token for 15 minutes, which cannot be revoked.

    Raises:
        Denied: as the API does.
    """
    fields = fields_of(ask.request)
    if "client_assertion" in fields:
        _check_assertion(account, fields, env.now)
    else:
        _check_secret(account, fields)
    token = _issue(account, "stateless", limits.STATELESS_TOKEN_S, env)
    return Outcome(json_reply(_granted(token, limits.STATELESS_TOKEN_S)))


def key_ids(account: Account, ask: Ask, env: Env) -> Outcome:
    """The key ids of all v2.1 tokens that are still good.

    Raises:
        Denied: as the API does.
    """
    _check_assertion(account, {"grant_type": _GRANT, **fields_of(ask.request)}, env.now)
    return Outcome(json_reply({"kids": [account.tokens[one].key_id for one in _valid(account, "v2.1", env.now)]}))


def _granted(token: str, seconds: int) -> Json:
    return {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}


def _issue(account: Account, kind: str, seconds: int, env: Env) -> str:
    account.tokens = {key: one for key, one in account.tokens.items() if one.expires_at > env.now}
    kept = [key for key, one in account.tokens.items() if one.kind == kind]
    most = limits.TOKENS_MAX if kind in _SEVERAL else limits.STATELESS_KEPT
    for oldest in kept[: max(0, len(kept) + 1 - most)]:
        del account.tokens[oldest]
    token = f"{'eyJhbGciOiJIUzI1NiJ9.' if kind != 'short' else ''}{env.ids.token(f'line.token.{kind}', 64)}"
    key_id = env.ids.token("line.key_id", 16) if kind == "v2.1" else ""
    account.tokens[token] = AccessToken(kind, env.now + seconds * SECOND, key_id)
    return token


def _valid(account: Account, kind: str, now: int) -> list[str]:
    return [key for key, one in account.tokens.items() if one.kind == kind and one.expires_at > now]


def _check_secret(account: Account, fields: dict[str, str]) -> None:
    if fields.get("grant_type") != _GRANT or not fields.get("client_id") or not fields.get("client_secret"):
        raise _missing()
    _same_secret(account, fields)


def _same_secret(account: Account, fields: dict[str, str]) -> None:
    given = (fields["client_id"] + fields["client_secret"]).encode()
    if not hmac.compare_digest(given, (account.channel_id + account.channel_secret).encode()):
        raise Denied("invalid_client", "invalid client_secret")


def _check_assertion(account: Account, fields: dict[str, str], now: int) -> Json:
    """The claims of a good assertion: https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/."""
    assertion = fields.get("client_assertion", "")
    if fields.get("grant_type") != _GRANT or fields.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise _missing()
    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
        claims: Json = jwt.decode(
            assertion,
            _PUBLIC_KEY,
            algorithms=["RS256"],
            audience=_AUDIENCE,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iss", "sub", "exp"]},
        )
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Denied("invalid_client", f"invalid client_assertion: {error}") from None
    if [kid, claims["iss"], claims["sub"]] != [account.assertion_kid, account.channel_id, account.channel_id]:
        raise Denied("invalid_client", "invalid client_assertion: kid, iss or sub")
    # The world's clock counts, not the machine's.
    if not _is_integer(claims["exp"]) or not 0 < claims["exp"] - now // SECOND <= limits.ASSERTION_LIFE_S:
        raise Denied("invalid_client", "invalid client_assertion: exp")
    return claims


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# --- look at, revoke --------------------------------------------------------------------------------------------------


def verify(account: Account, ask: Ask, env: Env) -> Outcome:
    """How long a token is still good.

    Raises:
        Denied: it is not.
    """
    token = fields_of(ask.request).get("access_token", "")
    if not token:
        raise _missing()
    found = account.tokens.get(token)
    if token == account.access_token:
        seconds = _FOREVER_S
    elif found is None or found.expires_at <= env.now:
        raise Denied("invalid_request", "access token expired")
    else:
        seconds = (found.expires_at - env.now) // SECOND
    return Outcome(json_reply({"client_id": account.channel_id, "expires_in": seconds, "scope": "P CM"}))


def revoke(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Take back a short-lived or long-lived token.

    Raises:
        Denied: no token is named.
    """
    token = fields_of(ask.request).get("access_token", "")
    if not token:
        raise _missing()
    if token == account.access_token:
        account.access_token = ""
    elif token in account.tokens and account.tokens[token].kind == "short":
        del account.tokens[token]
    return Outcome(_NOTHING)


def revoke_by_client(account: Account, ask: Ask, _env: Env) -> Outcome:
    """Take back a v2.1 token.

    Raises:
        Denied: something is missing, or the secret is wrong.
    """
    fields = fields_of(ask.request)
    if not all(fields.get(name) for name in ("client_id", "client_secret", "access_token")):
        raise _missing()
    _same_secret(account, fields)
    token = fields["access_token"]
    if token in account.tokens and account.tokens[token].kind == "v2.1":
        del account.tokens[token]
    return Outcome(_NOTHING)


def is_valid(account: Account, token: str, now: int) -> bool:
    """True for a token that may call the API."""
    if token == account.access_token:
        return bool(token)
    found = account.tokens.get(token)
    return found is not None and found.expires_at > now


def load_private_key() -> str:
    """The assertion signing key as a JWK, as the console would give it out once."""
    return json.dumps(ASSERTION_KEY)
