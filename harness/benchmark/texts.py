"""What is sent while it is measured."""

from __future__ import annotations

from typing import Final

TEXT: Final = "Thank you for your message. Your parcel left our warehouse this morning and arrives on Thursday."
