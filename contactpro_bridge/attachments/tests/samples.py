"""First bytes of well-known formats, as small as they can be and still be recognised."""

from typing import Final

_REST: Final = bytes(300)

JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF" + _REST
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + _REST
PDF: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + _REST
ZIP: Final = b"PK\x03\x04" + _REST
OGG: Final = b"OggS\x00\x02" + _REST
MP4: Final = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + _REST
EXE: Final = b"MZ\x90\x00" + _REST
TEXT: Final = "Grüße\n".encode()
