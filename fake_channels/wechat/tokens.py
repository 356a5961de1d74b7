"""Access tokens and call quotas: who may call, and how often. Functions over the account; no socket, no clock."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.http import Outcome, json_reply
from fake_channels.core.instants import DAY, MINUTE
from fake_channels.wechat import errors, limits
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json
from fake_channels.wechat.state import Account, Quotas, Token

FORCED: Final = "/cgi-bin/stable_token (forced)"
_OK: Final = {"errcode": 0, "errmsg": "ok"}


def done(value: Json | None = None, ids: tuple[str, ...] = ()) -> Outcome:
    """A call that succeeded."""
    return Outcome(json_reply(_OK if value is None else value), ids=ids)


# --- tokens -----------------------------------------------------------------------------------------------------------


def authorize(account: Account, value: str, now: int) -> None:
    """Let a call with this token pass.

    Raises:
        Refused: the token has expired, or is not among the latest.
    """
    token = next((one for one in account.tokens if hmac.compare_digest(one.value, value)), None)
    if token is None:
        raise Refused(errors.CREDENTIAL)
    if now >= token.expires_at:
        raise Refused(errors.EXPIRED)
    if now >= token.dies_at:
        raise Refused(errors.CREDENTIAL)


def check_secret(account: Account, given: Json, name: str = "secret") -> None:
    """Let somebody pass who knows the account's secret.

    Raises:
        Refused: the grant type, the appid or the secret is missing or wrong.
    """
    if not given.get("appid"):
        raise Refused(errors.NO_APPID)
    if given["appid"] != account.appid:
        raise Refused(errors.APPID)
    secret = given.get(name)
    if not secret:
        raise Refused(errors.NO_SECRET)
    if not hmac.compare_digest(str(secret).encode(), account.secret.encode()):
        raise Refused(errors.BAD_SECRET)


def check_grant(given: Json) -> None:
    """Let the one grant type pass that there is.

    Raises:
        Refused: it is another.
    """
    if given.get("grant_type") != "client_credential":
        raise Refused(errors.GRANT_TYPE)


def issue(account: Account, env: Env) -> Outcome:
    """A new token; the one before works for five minutes more."""
    _retire(account, env.now + limits.TOKEN_OVERLAP_MS, stable=False)
    return _told(_new(account, env, stable=False), env.now)


def issue_stable(account: Account, env: Env, *, force: bool) -> Outcome:
    """The stable token: the same one until shortly before it expires, unless somebody forces a new one.

    Raises:
        Refused: forced too often today, or asked for too often this minute.
    """
    _count_minute(account, env)
    latest = next((one for one in reversed(account.tokens) if one.stable), None)
    is_good = latest is not None and env.now < latest.expires_at - limits.STABLE_RENEW_MS
    forced_lately = account.forced_at is not None and env.now - account.forced_at < limits.FORCE_PAUSE_MS
    if force and not forced_lately:
        count(account, FORCED, env)
        account.forced_at = env.now
        _retire(account, env.now, stable=True)
        return _told(_new(account, env, stable=True), env.now)
    if latest is not None and is_good:
        return _told(latest, env.now)
    return _told(_new(account, env, stable=True), env.now)


def _retire(account: Account, dies_at: int, *, stable: bool) -> None:
    for token in account.tokens:
        if token.stable is stable:
            token.dies_at = min(token.dies_at, dies_at)


def _new(account: Account, env: Env, *, stable: bool) -> Token:
    value = f"97_{env.ids.token('wechat.access_token', 64)}{env.ids.token('wechat.access_token', 36)}"
    expires_at = env.now + limits.TOKEN_LIFE_MS
    token = Token(value, expires_at, expires_at, stable, env.now)
    account.add_token(token)
    return token


def _told(token: Token, now: int) -> Outcome:
    return done({"access_token": token.value, "expires_in": (token.expires_at - now) // 1000})


# --- quotas -----------------------------------------------------------------------------------------------------------


def _china(now: int) -> datetime:
    return datetime.fromtimestamp((now + limits.CHINA_MS) / 1000, UTC)


def count(account: Account, path: str, env: Env) -> None:
    """Count one call.

    Raises:
        Refused: there were as many today as may be, in a world that has limits.
    """
    quotas = _today(account, env.now)
    most = limits.FORCED_TOKENS_A_DAY if path == FORCED else limits.DAILY_CALLS.get(path)
    if most is None:
        return
    used = quotas.calls.get(path, 0)
    if used >= most and env.limited:
        raise Refused(errors.DAILY)
    quotas.calls[path] = used + 1


def _today(account: Account, now: int) -> Quotas:
    quotas, day = account.quotas, (now + limits.CHINA_MS) // DAY
    if quotas.day != day:
        quotas.day, quotas.calls = day, {}
    return quotas


def _count_minute(account: Account, env: Env) -> None:
    quotas, minute = account.quotas, env.now // MINUTE
    if quotas.minute != minute:
        quotas.minute, quotas.minute_calls = minute, 0
    if quotas.minute_calls >= limits.STABLE_TOKENS_A_MINUTE and env.limited:
        raise Refused(errors.EACH_MINUTE)
    quotas.minute_calls += 1


def clear(account: Account, appid: str, now: int) -> Outcome:
    """Forget today's calls.

    Raises:
        Refused: of another account, or for the eleventh time this month.
    """
    if appid != account.appid:
        raise Refused(errors.APPID)
    quotas, moment = _today(account, now), _china(now)
    month = moment.year * 12 + moment.month
    if quotas.month != month:
        quotas.month, quotas.clears = month, 0
    if quotas.clears >= limits.CLEARS_A_MONTH:
        raise Refused(errors.CLEARS)
    quotas.clears += 1
    quotas.calls = {}
    return done()


def tell(account: Account, path: str, now: int) -> Outcome:
    """How much of a path's quota is left.

    Raises:
        Refused: this path has none.
    """
    most = limits.DAILY_CALLS.get(path)
    if most is None:
        raise Refused(errors.CGI_PATH)
    used = _today(account, now).calls.get(path, 0)
    return done({**_OK, "quota": {"daily_limit": most, "used": used, "remain": max(0, most - used)}})
