"""What an adapter does where its vendor has nothing special; adapters inherit it and replace what their vendor has.

Must not know: any vendor.
"""

from fake_sinch.adapters.answers import read_bytes
from fake_sinch.adapters.contract import Account, Json, MediaStep, VendorCall
from fake_sinch.arrivals import InboundMessage, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.state import Credential


class Plain:
    """The parts of `Adapter` that ask nothing of the vendor."""

    needs_media_types = True
    media_name = "media download"
    """What fetching a customer's file is called in traces and faults."""

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return None: there are no events."""
        del event, to, account, last_inbound
        return None

    def handshake(self, request: RequestLike, credential: Credential) -> Reply | None:
        """Return None: whoever checks our URL does it with a callback like any other, and wants a 200."""
        del request, credential
        return None

    def acknowledge(self, message: InboundMessage, account: Account) -> VendorCall | None:
        """Return None: a 200 is all that is wanted."""
        del message, account
        return None

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Ask for the file: its URL came with the message, and needs no token."""
        del account
        return VendorCall("GET", media.ref, {}, b"", self.media_name)

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Return the bytes."""
        del hop, account
        return read_bytes(answer, media.mime)
