"""Proof and secrecy of callbacks: SHA-1 signatures, and AES-256-CBC with the vendor's own framing. Pure.

https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha1
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SALT: Final = 16
_LENGTH: Final = 4
_PADDING: Final = 32
_BLOCK: Final = 16


class Undecipherable(ValueError):
    """This was not encrypted for this account."""


def signature(*parts: str) -> str:
    """SHA-1, in hex, of the sorted parts one behind the other."""
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def matches(given: str, *parts: str) -> bool:
    """True when `given` is the signature of `parts`; compared in constant time."""
    return hmac.compare_digest(given.encode(), signature(*parts).encode())


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(f"{aes_key}=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK]))


def encrypt(plain: bytes, aes_key: str, appid: str, salt: bytes) -> str:
    """Salt, length, text and appid, padded to 32 octets, encrypted and in base64."""
    framed = salt + len(plain).to_bytes(_LENGTH, "big") + plain + appid.encode()
    missing = _PADDING - len(framed) % _PADDING
    encryptor = _cipher(aes_key).encryptor()
    sealed = encryptor.update(framed + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(sealed: str, aes_key: str, appid: str) -> bytes:
    """The text that `encrypt` put in.

    Raises:
        Undecipherable: not base64, another key, or another account's.
    """
    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Undecipherable("not base64") from error
    if not data or len(data) % _BLOCK:
        raise Undecipherable("not of whole blocks")
    decryptor = _cipher(aes_key).decryptor()
    framed = decryptor.update(data) + decryptor.finalize()
    missing = framed[-1]
    if not 1 <= missing <= _PADDING or framed[-missing:] != bytes([missing]) * missing:
        raise Undecipherable("wrong padding")
    start = _SALT + _LENGTH
    end = start + int.from_bytes(framed[_SALT:start], "big")
    if framed[end : len(framed) - missing] != appid.encode():
        raise Undecipherable("of another account")
    return framed[start:end]


def is_key(aes_key: str) -> bool:
    """True for an EncodingAESKey: 43 letters and digits."""
    return len(aes_key) == 43 and aes_key.isascii() and aes_key.isalnum()  # noqa: PLR2004  documented as 43
