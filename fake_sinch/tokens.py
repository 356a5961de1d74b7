"""Access: the token endpoint, and who may call the API.

Tokens are HS256 JWTs signed with the project's seeded secret, so that a token outlives the table it was noted in.
Must not know: operations. Sources: developers.sinch.com/docs/conversation (authentication) and the vendor's SDKs,
which renew a token only when the ``www-authenticate`` header of a 401 says "expired".
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from fake_sinch.context import Context
from fake_sinch.errors import JSON_HEADERS, UNAUTHENTICATED, render
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.state import Bucket, Project
from fake_sinch.times import to_text

TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 - a path
FORM: Final = "application/x-www-form-urlencoded"
KNOWN_TOKENS: Final = 1000
"""How many issued tokens are noted; older ones are still known by their signature."""


# The token endpoint


def issue(ctx: Context, request: RequestLike, now: int) -> Reply:
    """Answer ``POST /oauth2/token``: a token, or an error body of RFC 6749 section 5.2."""
    if request.method != "POST":
        return refuse_token(405, "invalid_request", "The token endpoint takes POST.")
    state = ctx.state
    if not _is_key(basic_pair(request), state):
        return refuse_token(401, "invalid_client", "Client authentication failed.")
    if not _take(state.token_bucket, ctx, now):
        return refuse_token(429, "rate_limit_exceeded", "Too many token requests.")
    mistake = _mistake_in_form(request)
    if mistake is not None:
        return mistake
    lifetime = ctx.settings.token_lifetime_s
    said = {
        "access_token": mint(state, ctx.ids.ulid(now), now, lifetime),
        "expires_in": lifetime - 1,
        "scope": "",
        "token_type": "bearer",
    }
    return Reply(200, {**JSON_HEADERS, "cache-control": "no-store"}, orjson.dumps(said))


def _mistake_in_form(request: RequestLike) -> Reply | None:
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return refuse_token(400, "invalid_request", f"The content type must be {FORM}.")
    asked = parse_qs(request.body.decode("utf-8", "replace")).get("grant_type", [])
    if not asked:
        return refuse_token(400, "invalid_request", "The grant_type parameter is missing.")
    if asked != ["client_credentials"]:
        return refuse_token(400, "unsupported_grant_type", "Only client_credentials is supported.")
    return None


def refuse_token(status: int, error: str, description: str) -> Reply:
    """Render a refusal of the token endpoint."""
    headers = dict(JSON_HEADERS)
    if status == 401:  # noqa: PLR2004 - RFC 6749 asks for the header on exactly this one
        headers["www-authenticate"] = 'Basic realm="oauth2"'
    body = {"error": error, "error_description": description}
    return Reply(status, headers, orjson.dumps(body))


def _take(bucket: Bucket, ctx: Context, now: int) -> bool:
    rates = ctx.settings.rates
    if not rates.token_capacity:
        return True
    refill = max(0, now - bucket.at) * rates.token_refill_per_second / 1000
    bucket.level = min(rates.token_capacity, bucket.level + refill)
    bucket.at = now
    if bucket.level < 1:
        return False
    bucket.level -= 1
    return True


# Tokens


def mint(state: Project, token_id: str, now: int, lifetime_s: int) -> str:
    """Return a new access token and note it."""
    claims = {
        "iss": "fake-sinch",
        "sub": state.key_id,
        "project_id": state.id,
        "iat": now // 1000,
        "exp": now // 1000 + lifetime_s,
        "jti": token_id,
    }
    head = _part(orjson.dumps({"alg": "HS256", "typ": "JWT"}))
    signed = f"{head}.{_part(orjson.dumps(claims))}"
    token = f"{signed}.{_seal(state, signed)}"
    if len(state.tokens) >= KNOWN_TOKENS:
        del state.tokens[next(iter(state.tokens))]
    state.tokens[token] = now + lifetime_s * 1000
    return token


def expiry(state: Project, token: str) -> int | None:
    """Return when a token of this project expires (ms); None when it is not one."""
    known = state.tokens.get(token)
    if known is not None:
        return known
    signed, _, seal = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(seal.encode(), _seal(state, signed).encode()):
        return None
    payload = signed.partition(".")[2]
    claims: dict[str, Any] = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return int(claims["exp"]) * 1000


def _seal(state: Project, signed: str) -> str:
    return _part(hmac.digest(state.token_secret.encode(), signed.encode(), hashlib.sha256))


def _part(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


# Who calls


def basic_pair(request: RequestLike) -> tuple[str, str] | None:
    """Return user and password of Basic authentication; None when there is none that can be read."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (user, password) if colon else None


def _is_key(pair: tuple[str, str] | None, state: Project) -> bool:
    """Return whether a pair is the project's access key, in a time that tells nothing of the secret."""
    user, password = pair or ("", "")
    right = hmac.compare_digest(password.encode(), state.key_secret.encode())
    return right and user == state.key_id


def refuse_caller(ctx: Context, request: RequestLike, now: int) -> Reply | None:
    """Return the 401 for a caller without valid credentials; None for one who may pass."""
    state = ctx.state
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if _is_key(basic_pair(request), state):
            return None
        return unauthenticated('Basic realm="API"')
    if scheme.lower() != "bearer":
        return unauthenticated("Bearer")
    ends = expiry(state, token.strip())
    if ends is None:
        return unauthenticated(_challenge("Jwt verification fails"))
    if ends <= now:
        return unauthenticated(_challenge(f"Jwt expired at {to_text(ends)}"))
    return None


def _challenge(description: str) -> str:
    uri = "https://tools.ietf.org/html/rfc6750#section-3.1"
    return f'Bearer error="invalid_token", error_description="{description}", error_uri="{uri}"'


def unauthenticated(challenge: str) -> Reply:
    """Render the vendor's 401 with this challenge."""
    reply = render(UNAUTHENTICATED)
    reply.headers["www-authenticate"] = challenge
    return reply
