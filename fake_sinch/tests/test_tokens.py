"""Tokens: issued by the documented form, limited in rate, expired on the world's time."""

from base64 import b64encode

import orjson
import pytest

from fake_sinch import contracts
from fake_sinch.tests.scene import Scene
from fake_sinch.tokens import FORM, KNOWN_TOKENS, expiry

GRANT = b"grant_type=client_credentials"


def _token(scene: Scene, body: bytes = GRANT, **headers: str) -> tuple[int, dict[str, object]]:
    given = {"authorization": scene.basic(), "content-type": FORM, **headers}
    reply = scene.raw("POST", "/oauth2/token", body, given)
    return reply.status, orjson.loads(reply.body)


def _get_apps(scene: Scene, authorization: str) -> int:
    headers = {"authorization": authorization} if authorization else {}
    return scene.raw("GET", f"{scene.base}/apps", headers=headers).status


def test_a_token_has_three_parts_and_opens_the_api(scene: Scene) -> None:
    """The reply has the four keys SDKs insist on; the token is a JWT and works as bearer."""
    status, said = _token(scene)
    assert status == 200
    assert contracts.violations("responses", "token", said) == ()
    token = str(said["access_token"])
    assert token.count(".") == 2
    assert _get_apps(scene, f"Bearer {token}") == 200


def test_an_expired_token_is_told_so_that_sdks_renew(scene: Scene) -> None:
    """After its lifetime the 401 carries "expired" in www-authenticate; one millisecond before, it works."""
    token = str(_token(scene)[1]["access_token"])
    scene.advance(3_600_000 - 1)
    assert _get_apps(scene, f"Bearer {token}") == 200
    scene.advance(1)
    assert _get_apps(scene, f"Bearer {token}") == 401
    assert 'error="invalid_token", error_description="Jwt expired at' in scene.reply.headers["www-authenticate"]


def test_a_token_that_is_no_longer_noted_is_known_by_its_seal(scene: Scene) -> None:
    """Only so many tokens are noted; the seal speaks for the others."""
    token = str(_token(scene)[1]["access_token"])
    noted = scene.service.state.tokens.pop(token)
    assert expiry(scene.service.state, token) == noted // 1000 * 1000
    assert _get_apps(scene, f"Bearer {token}") == 200


def test_the_table_of_tokens_is_bounded(scene: Scene) -> None:
    """Tokens do not pile up."""
    for _ in range(KNOWN_TOKENS + 5):
        scene.now += 200
        assert _token(scene)[0] == 200
    assert len(scene.service.state.tokens) == KNOWN_TOKENS


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer a.b.c", "Bearer \udcff", "Digest x", "Basic !", f"Basic {b64encode(b'a:b').decode()}"],
)
def test_wrong_credentials_are_401_without_expired(scene: Scene, authorization: str) -> None:
    """Unknown credentials get the vendor's body, and nothing that would make an SDK renew for ever."""
    assert _get_apps(scene, authorization) == 401
    body = orjson.loads(scene.reply.body)
    assert body["error"]["status"] == "UNAUTHENTICATED"
    assert contracts.violations("responses", "error", body) == ()
    assert "expired" not in scene.reply.headers["www-authenticate"]


def test_a_forged_token_is_refused(scene: Scene) -> None:
    """A change of the payload breaks the seal."""
    head, payload, seal = str(_token(scene)[1]["access_token"]).split(".")
    assert _get_apps(scene, f"Bearer {head}.{payload[:-2]}AA.{seal}") == 401


def test_basic_authentication_works_on_the_api(scene: Scene) -> None:
    """Key id and secret are accepted instead of a token."""
    assert _get_apps(scene, scene.basic()) == 200


def test_the_bucket_holds_thirty_and_refills_ten_a_second(scene: Scene) -> None:
    """The 31st token in one moment is 429 without Retry-After; 100 ms later there is one more."""
    assert [_token(scene)[0] for _ in range(31)] == [200] * 30 + [429]
    assert "retry-after" not in scene.reply.headers
    scene.now += 100
    assert [_token(scene)[0] for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("body", "headers", "status", "error"),
    [
        (b"grant_type=password", {}, 400, "unsupported_grant_type"),
        (b"", {}, 400, "invalid_request"),
        (b"\xff\xfe", {}, 400, "invalid_request"),
        (GRANT, {"content-type": "application/json"}, 400, "invalid_request"),
        (GRANT, {"authorization": "Basic eDp5"}, 401, "invalid_client"),
        (GRANT, {"authorization": "Bearer x"}, 401, "invalid_client"),
    ],
)
def test_token_errors_follow_the_rfc(
    scene: Scene, body: bytes, headers: dict[str, str], status: int, error: str
) -> None:
    """A refusal has error and error_description, as SDKs read them."""
    answered, said = _token(scene, body, **headers)
    assert (answered, said["error"]) == (status, error)
    assert contracts.violations("responses", "token_error", said) == ()


def test_the_bucket_holds_no_more_after_a_long_rest(scene: Scene) -> None:
    """An hour of rest does not save up more than thirty."""
    scene.now += 3_600_000
    assert [_token(scene)[0] for _ in range(31)] == [200] * 30 + [429]
