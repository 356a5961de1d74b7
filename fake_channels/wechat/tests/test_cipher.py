"""Signatures and encryption of callbacks."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.core.ids import Ids
from fake_channels.wechat import cipher
from fake_channels.wechat.state import open_account

_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_APPID = "wx0123456789abcdef"
_SALT = b"0123456789abcdef"


def test_a_signature_is_sha1_of_the_sorted_parts() -> None:
    """In whatever order they are given."""
    # The example of https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html
    assert cipher.signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert cipher.matches("899cf89e464efb63f54ddac96b0a0a235f53aa78", "486452656", "AAAAA", "1714037059")
    assert not cipher.matches("899cf89e464efb63f54ddac96b0a0a235f53aa79", "486452656", "AAAAA", "1714037059")
    assert not cipher.matches("é", "x")


@given(st.binary(max_size=200))
def test_what_is_encrypted_can_be_decrypted(plain: bytes) -> None:
    """Any text, also an empty one, and whatever its length leaves to pad."""
    sealed = cipher.encrypt(plain, _KEY, _APPID, _SALT)
    assert len(base64.b64decode(sealed)) % 32 == 0
    assert cipher.decrypt(sealed, _KEY, _APPID) == plain


@given(st.text(max_size=100) | st.binary(max_size=96).map(lambda raw: base64.b64encode(raw).decode()))
def test_what_was_not_encrypted_here_is_refused(sealed: str) -> None:
    """Whatever it is, and never by another exception."""
    with pytest.raises(cipher.Undecipherable):
        cipher.decrypt(sealed, _KEY, _APPID)


def test_another_key_or_account_does_not_read_it() -> None:
    """The appid at the end is part of the proof."""
    sealed = cipher.encrypt(b"hello", _KEY, _APPID, _SALT)
    with pytest.raises(cipher.Undecipherable):
        cipher.decrypt(sealed, _KEY[::-1], _APPID)
    with pytest.raises(cipher.Undecipherable, match="another account"):
        cipher.decrypt(sealed, _KEY, "wxffffffffffffffff")


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_keys_of_new_accounts_are_43_letters_and_digits(seed: str) -> None:
    """And decode to 32 octets without a rest."""
    key = open_account(Ids(seed)).aes_key
    assert cipher.is_key(key)
    assert len(base64.b64decode(f"{key}=", validate=True)) == 32
    assert not cipher.is_key(key[:-1])
