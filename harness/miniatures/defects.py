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


def _defect(name: str, bridge: type[MiniBridge], *caught_by: str) -> Defect:
    return Defect(name, (bridge.__doc__ or "").strip(), bridge, frozenset(caught_by))


DEFECTS = (
    _defect("loses-order", LosesOrder, "CP-HOOK-004"),
    _defect("answers-twice", AnswersTwice, "CP-TEXT-002"),
    _defect("counts-duplicates", CountsDuplicates, "CP-HOOK-003"),
    _defect("ignores-signature", IgnoresSignature, "CP-HOOK-001", "CP-HOOK-002"),
    _defect("drops-message-metadata", DropsMessageMetadata, "CP-META-003"),
    _defect("prefers-message-metadata", PrefersMessageMetadata, "CP-META-004"),
    _defect("replaces-metadata", ReplacesMetadata, "CP-META-007"),
    _defect("forgets-retention", ForgetsRetention, "CP-FILE-006"),
    _defect("ends-retention-early", EndsRetentionEarly, "CP-FILE-005"),
    _defect("deletes-internal-copy", DeletesInternalCopy, "CP-FILE-007"),
    _defect("changes-bytes", ChangesBytes, "CP-FILE-001"),
    _defect("guessable-address", GuessableAddress, "CP-FILE-008"),
    _defect("ignores-window", IgnoresWindow, "CP-WAWIN-002"),
    _defect("counts-window-from-first", CountsWindowFromFirst, "CP-WAWIN-004"),
    _defect("hides-names", HidesNames, "CP-NAME-001"),
    _defect("gives-up-at-once", GivesUpAtOnce, "CP-FAULT-001"),
    _defect("keeps-dead-token", KeepsDeadToken, "CP-FAULT-004"),
    _defect("believes-late-receipts", BelievesLateReceipts, "CP-RCPT-001"),
    _defect("hides-failures", HidesFailures, "CP-RCPT-005"),
    _defect("shows-consents-to-all", ShowsConsentsToAll, "CP-RIGHT-001"),
    _defect("trims-text", TrimsText, "CP-TEXT-005"),
)
"""Every wrong miniature, in the order of the kill matrix."""

BY_NAME = {defect.name: defect for defect in DEFECTS}
