"""Webhook signatures: the published vector, and everything that is not it."""

import pytest

from contactpro_bridge.intake.signature import ALGORITHM, NONCE, SIGNATURE, TIMESTAMP, Verdict, sign, verify

SECRET = "foo_secret1234"
BODY = (
    b'{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z","project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4",'
    b'"contact_create_notification":{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":'
    b'"SMS","identity":"48123456789","app_id":""}],"display_name":"New Test Contact","email":"new.contact@email.com",'
    b'"external_id":"","metadata":"","language":"EN_US"}},"message_metadata":""}'
)
HEADERS = {
    SIGNATURE: "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=",
    NONCE: "01FJA8B4A7BM43YGWSG9GBV067",
    TIMESTAMP: "1634579353",
    ALGORITHM: "HmacSHA256",
}
SENT = 1634579353


def judge(headers: dict[str, str] = HEADERS, body: bytes = BODY, secret: str = SECRET, age: int = 0) -> Verdict:
    """Verify, ``age`` seconds after sending."""
    return verify(headers, body, secret, now_s=SENT + age, max_age_s=3600)


def test_the_published_vector_is_good() -> None:
    """Published at https://developers.sinch.com/docs/conversation/callbacks ."""
    assert judge() is Verdict.GOOD
    assert sign(SECRET, BODY, HEADERS[NONCE], HEADERS[TIMESTAMP]) == HEADERS[SIGNATURE]


def test_the_algorithm_header_may_be_absent() -> None:
    """Only its presence with another algorithm is refused."""
    assert judge({name: value for name, value in HEADERS.items() if name != ALGORITHM}) is Verdict.GOOD


@pytest.mark.parametrize("name", [SIGNATURE, NONCE, TIMESTAMP])
def test_a_missing_header_is_missing(name: str) -> None:
    """Each of the three is needed; an empty one is none."""
    assert judge({**HEADERS, name: ""}) is Verdict.MISSING


@pytest.mark.parametrize(
    "changes",
    [
        {SIGNATURE: "7bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE="},
        {SIGNATURE: "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE"},
        {SIGNATURE: "!"},
        {SIGNATURE: "é\udce9"},
        {NONCE: "01FJA8B4A7BM43YGWSG9GBV068"},
        {NONCE: "\udce9"},
        {NONCE: "n" * 257},
        {TIMESTAMP: "1634579354"},
        {TIMESTAMP: "-1634579353"},
        {TIMESTAMP: "1634579353.0"},
        {TIMESTAMP: "\u0661"},
        {TIMESTAMP: "9" * 5000},
        {ALGORITHM: "none"},
        {ALGORITHM: "HmacSHA1"},
    ],
    ids=str,
)
def test_a_changed_header_is_wrong(changes: dict[str, str]) -> None:
    """No oddity of a header passes, and none raises."""
    assert judge({**HEADERS, **changes}) is Verdict.WRONG


def test_another_body_or_secret_is_wrong() -> None:
    """One byte is enough."""
    assert judge(body=BODY + b" ") is Verdict.WRONG
    assert judge(secret=SECRET + "5") is Verdict.WRONG


@pytest.mark.parametrize(("age", "verdict"), [(3600, Verdict.GOOD), (3601, Verdict.TOO_OLD), (-3600, Verdict.GOOD)])
def test_age_has_a_limit(age: int, verdict: Verdict) -> None:
    """A replay from long ago is not believed; a clock that is ahead is."""
    assert judge(age=age) is verdict


def test_without_a_limit_no_age_is_too_old() -> None:
    """0 turns the limit off."""
    assert verify(HEADERS, BODY, SECRET, now_s=SENT * 2, max_age_s=0) is Verdict.GOOD
