"""How callbacks are proved."""

import base64
import hmac

import pytest

from fake_sinch.adapters.proofs import is_signed_by_sinch, same
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Request

SECRET = Credential("SMS", "static_bearer", {}, callback_secret="s3cret")


def _signed(body: bytes, nonce: str = "n", timestamp: str = "1") -> dict[str, str]:
    proof = hmac.digest(b"s3cret", b".".join((body, nonce.encode(), timestamp.encode())), "sha256")
    return {
        "x-sinch-webhook-signature": base64.b64encode(proof).decode(),
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }


def test_secrets_of_any_octets_can_be_compared() -> None:
    """A header that is no UTF-8 is another secret, not a defect of ours."""
    assert same("secret", "secret")
    assert not same("secret", "secreT")
    assert not same("\udcff", "secret")


@pytest.mark.parametrize("name", sorted(_signed(b"")))
def test_a_signature_covers_body_nonce_and_timestamp(name: str) -> None:
    """A change of any of them, or of the signature, is noticed; also when it is no UTF-8."""
    headers = _signed(b"{}")
    assert is_signed_by_sinch(Request("POST", "/", headers=headers, body=b"{}"), SECRET)
    assert not is_signed_by_sinch(Request("POST", "/", headers=headers, body=b"{ }"), SECRET)
    for wrong in ("2", "\udcff", ""):
        assert not is_signed_by_sinch(Request("POST", "/", headers={**headers, name: wrong}, body=b"{}"), SECRET)


def test_without_a_secret_everybody_is_believed() -> None:
    """There is nothing to check with."""
    assert is_signed_by_sinch(Request("POST", "/", headers={}, body=b"{}"), Credential("SMS", "static_bearer", {}))
