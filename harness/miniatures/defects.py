"""The wrong miniatures: each is the correct bridge but for one named way, and names the requirement it breaks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from harness.miniatures.bridge import MiniBridge
from harness.miniatures.tenant import Job, Json, MiniChat, MiniEntry, MiniFile, Tenant


@dataclass(frozen=True, slots=True)
class Defect:
    """A wrong bridge, and the requirements that have to catch it."""

    name: str
    sentence: str
    bridge: type[MiniBridge]
    caught_by: frozenset[str]
    because: str
    """A regular expression that the reason of each of these failures must match."""


class LosesOrder(MiniBridge):
    """Shows messages in the order in which callbacks arrive."""

    def in_order(self, chat: MiniChat) -> list[MiniEntry]:
        """Return the entries as they came."""
        return chat.entries


class AnswersTwice(MiniBridge):
    """Sends every message twice."""

    async def attempt(self, tenant: Tenant, job: Job) -> None:
        """Send, and send again."""
        await super().attempt(tenant, job)
        if job.entry.message_id:
            await super().attempt(tenant, job)


class CountsDuplicates(MiniBridge):
    """Counts a callback as often as it is delivered."""

    def is_new(self, tenant: Tenant, message_id: str) -> bool:
        """Forget what was seen."""
        del tenant, message_id
        return True


class IgnoresSignature(MiniBridge):
    """Believes every callback."""

    def believes(self, tenant: Tenant, body: bytes, headers: Any) -> bool:
        """Believe."""
        del tenant, body, headers
        return True


class DropsMessageMetadata(MiniBridge):
    """Does not know the older message metadata."""

    def attach(self, chat: MiniChat, metadata: str, message_metadata: str) -> None:
        """Read one of the two only."""
        del message_metadata
        super().attach(chat, metadata, "")


class PrefersMessageMetadata(MiniBridge):
    """Reads the older message metadata first."""

    def attach(self, chat: MiniChat, metadata: str, message_metadata: str) -> None:
        """Read the two the wrong way round."""
        super().attach(chat, message_metadata or metadata, "")


class ReplacesMetadata(MiniBridge):
    """Lets a later message's metadata replace all earlier keys."""

    def attach(self, chat: MiniChat, metadata: str, message_metadata: str) -> None:
        """Start anew."""
        if metadata or message_metadata:
            chat.attached = {}
        super().attach(chat, metadata, message_metadata)


class ForgetsRetention(MiniBridge):
    """Serves public files for ever."""

    def served(self, tenant: Tenant, token: str) -> MiniFile | None:
        """Return the file whatever the time."""
        name = tenant.public.get(token)
        return tenant.files.get(name) if name else None


class EndsRetentionEarly(MiniBridge):
    """Takes public files away a minute early."""

    def retention(self, tenant: Tenant) -> dt.timedelta:
        """Return too little."""
        return super().retention(tenant) - dt.timedelta(minutes=1)


class DeletesInternalCopy(MiniBridge):
    """Lets the internal copy go with the public one."""

    def copy_of(self, tenant: Tenant, name: str) -> bytes | None:
        """Return nothing once the file is not public any more."""
        file = tenant.files.get(name)
        if file is not None and file.public_until is not None and tenant.now >= file.public_until:
            return None
        return super().copy_of(tenant, name)


class ChangesBytes(MiniBridge):
    """Keeps customers' files with one byte lost."""

    def kept(self, content: bytes) -> bytes:
        """Lose one."""
        return content[:-1]


class GuessableAddress(MiniBridge):
    """Serves any public URL whose token is nearly right."""

    def served(self, tenant: Tenant, token: str) -> MiniFile | None:
        """Ignore the last character."""
        for known in tenant.public:
            if known[:-1] == token[:-1]:
                return super().served(tenant, known)
        return None


class IgnoresWindow(MiniBridge):
    """Tries to send free text outside the 24 hours."""

    def window_closed(self, tenant: Tenant, chat: MiniChat) -> bool:
        """Never."""
        del tenant, chat
        return False


class CountsWindowFromFirst(MiniBridge):
    """Counts the 24 hours from the customer's first message."""

    def heard_at(self, chat: MiniChat, when: dt.datetime) -> dt.datetime:
        """Keep the first."""
        return chat.last_heard or when


class HidesNames(MiniBridge):
    """Shows the identity although there is a name."""

    async def display_name(self, tenant: Tenant, contact: str) -> str | None:
        """Do not ask."""
        del tenant, contact
        return None


class GivesUpAtOnce(MiniBridge):
    """Does not repeat a send that failed for a moment."""

    async def attempt(self, tenant: Tenant, job: Job) -> None:
        """Forget the planned repetition."""
        await super().attempt(tenant, job)
        tenant.jobs.clear()


class KeepsDeadToken(MiniBridge):
    """Uses an access token long after it has run out."""

    def token_life(self, lasts: dt.timedelta) -> dt.timedelta:
        """Trust it for a month."""
        del lasts
        return dt.timedelta(days=30)


class BelievesLateReceipts(MiniBridge):
    """Has a message read before it was delivered, and lets it become sent again."""

    def moves_on(self, old: str, new: str) -> bool:
        """Take every receipt but the ones that say more than sent."""
        del old
        return new == "sent"


class HidesFailures(MiniBridge):
    """Tells the agent nothing of what failed."""

    def take_report(self, tenant: Tenant, report: Json) -> None:
        """Skip the bad news."""
        if report["status"] != "FAILED":
            super().take_report(tenant, report)


class ShowsConsentsToAll(MiniBridge):
    """Does not look at rights."""

    def may_see_consents(self, agent: Json) -> bool:
        """Everybody."""
        del agent
        return True


class TrimsText(MiniBridge):
    """Cuts addresses at their fragment, as careless clean-up does."""

    async def fill(self, tenant: Tenant, entry: MiniEntry, content: Json) -> None:
        """Cut."""
        await super().fill(tenant, entry, content)
        if entry.text and "https://" in entry.text:
            entry.text = entry.text.split("#")[0]


class DownloadsTwice(MiniBridge):
    """Fetches every file from a customer twice."""

    async def download(self, tenant: Tenant, url: str) -> Json:
        """Fetch, and fetch again."""
        await super().download(tenant, url)
        return await super().download(tenant, url)


class Chatters(MiniBridge):
    """Greets every customer, unasked."""

    async def take_message(self, tenant: Tenant, callback: Json, message: Json) -> None:
        """Answer at once."""
        await super().take_message(tenant, callback, message)
        identity = message["channel_identity"]
        chat = await self.chat_for(tenant, message, identity)
        await self.send(tenant, chat, {"kind": "text", "text": "Thank you for your message!"})


class SendsNonsense(MiniBridge):
    """Puts a number where the Conversation API wants a text."""

    def content(self, tenant: Tenant, entry: MiniEntry, message: Json) -> Json:
        """Spoil texts."""
        body = super().content(tenant, entry, message)
        return {"text_message": {"text": 42}} if "text_message" in body else body


class ForgetsEnds(MiniBridge):
    """Puts what arrives after the end of a chat into that chat."""

    async def chat_for(self, tenant: Tenant, message: Json, identity: Json) -> MiniChat:
        """Open the old chat again."""
        for chat in tenant.chats:
            if (chat.channel, chat.identity) == (identity["channel"], identity["identity"]):
                chat.state = "in_process"
        return await super().chat_for(tenant, message, identity)


class CostsMessages(MiniBridge):
    """Drops a message whose metadata cannot be read."""

    async def take_message(self, tenant: Tenant, callback: Json, message: Json) -> None:
        """Skip what is not a JSON object."""
        metadata = message.get("metadata") or "{}"
        if metadata.startswith("{") and metadata.endswith("}"):
            await super().take_message(tenant, callback, message)


def _defect(name: str, bridge: type[MiniBridge], because: str, *caught_by: str) -> Defect:
    return Defect(name, (bridge.__doc__ or "").strip(), bridge, frozenset(caught_by), because)


DEFECTS = (
    _defect("loses-order", LosesOrder, "and reads", "CP-HOOK-004"),
    _defect("answers-twice", AnswersTwice, "shows it 2 times", "CP-TEXT-002"),
    _defect("counts-duplicates", CountsDuplicates, "and reads", "CP-HOOK-003"),
    _defect("ignores-signature", IgnoresSignature, "was answered 200", "CP-HOOK-001", "CP-HOOK-002"),
    _defect("drops-message-metadata", DropsMessageMetadata, "attached data should be", "CP-META-003"),
    _defect("prefers-message-metadata", PrefersMessageMetadata, "and is .*02230", "CP-META-004"),
    _defect("replaces-metadata", ReplacesMetadata, "attached data should be", "CP-META-007"),
    _defect("forgets-retention", ForgetsRetention, "should be gone", "CP-FILE-006"),
    _defect("ends-retention-early", EndsRetentionEarly, "answered with 404", "CP-FILE-005"),
    _defect("deletes-internal-copy", DeletesInternalCopy, "404 unknown_file", "CP-FILE-007"),
    _defect("changes-bytes", ChangesBytes, "bytes that differ", "CP-FILE-001"),
    _defect("guessable-address", GuessableAddress, "a guessed address", "CP-FILE-008"),
    _defect("ignores-window", IgnoresWindow, "accepted what it had to refuse", "CP-WAWIN-002"),
    _defect("counts-window-from-first", CountsWindowFromFirst, "shows it 0 times", "CP-WAWIN-004"),
    _defect("hides-names", HidesNames, "shows the name", "CP-NAME-001"),
    _defect("gives-up-at-once", GivesUpAtOnce, "shows it 0 times", "CP-FAULT-001"),
    _defect("keeps-dead-token", KeepsDeadToken, "shows it 0 times", "CP-FAULT-004"),
    _defect("believes-late-receipts", BelievesLateReceipts, "should be delivered and is sent", "CP-RCPT-001"),
    _defect("hides-failures", HidesFailures, "should have failed and is", "CP-RCPT-005"),
    _defect("shows-consents-to-all", ShowsConsentsToAll, "was shown the consents", "CP-RIGHT-001"),
    _defect("downloads-twice", DownloadsTwice, "downloaded 2 times", "CP-FILE-001"),
    _defect("chatters", Chatters, "something else was sent", "CP-TEXT-001"),
    _defect("sends-nonsense", SendsNonsense, r"breaks its schema: message\.text_message\.text", "CP-TEXT-002"),
    _defect("forgets-ends", ForgetsEnds, "a chat that was over", "CP-TEXT-009"),
    _defect("costs-messages", CostsMessages, "no (live )?chat|reads it 0 times", "CP-META-006"),
    _defect("trims-text", TrimsText, "reads it 0 times", "CP-TEXT-005"),
)
"""Every wrong miniature, in the order of the kill matrix."""

BY_NAME = {defect.name: defect for defect in DEFECTS}
