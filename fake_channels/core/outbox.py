"""An ordered outbox for callbacks: per key one at a time, retried by the vendor's schedule, on virtual time.

Pure: it keeps the queues, says what to send next and what to wait for, and is part of a channel's state. A channel
gives each item's request; the outbox gives order, retries and expiry.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_channels.core.effects import Answer, Call, Effect, Wake

_ANSWER_BYTES: Final = 1_048_576
"""Only the status of an answer counts: more than this is not read."""


class Retry(msgspec.Struct, frozen=True):
    """A vendor's retry schedule."""

    delays_ms: tuple[int, ...]
    """Wait before the 2nd, 3rd, ... attempt; afterwards the item is dropped."""
    repeat_last: bool = False
    """Go on with the last delay until the item expires."""
    expire_ms: int = 24 * 3_600_000
    accept: tuple[int, int] = (200, 299)
    """Statuses, both inclusive, that end it."""
    give_up: tuple[tuple[int, int], ...] = ()
    """Statuses that drop the item at once."""


class Parcel(msgspec.Struct):
    """One callback on its way."""

    url: str
    headers: dict[str, str]
    body: bytes
    name: str
    ids: tuple[str, ...]
    since: int
    expire_ms: int | None = None
    attempts: int = 0


class Posted(msgspec.Struct, frozen=True, tag="outbox.posted"):
    """The head of queue `key` was answered."""

    key: str


class RetryDue(msgspec.Struct, frozen=True, tag="outbox.retry"):
    """The head of queue `key` may be tried again."""

    key: str


class Outbox(msgspec.Struct):
    """The queues of one account. `target` names the participant that the callbacks go to."""

    target: str = "gateway"
    timeout_s: float = 30.0
    """How long an answer may take; after that there is none."""
    queues: dict[str, list[Parcel]] = {}
    lost: int = 0
    """Parcels dropped after their last attempt."""
    last_problem: str = ""
    last_problem_at: int = 0

    def add(self, key: str, parcel: Parcel) -> list[Effect]:
        """Queue a parcel; it leaves at once when nothing of its key waits."""
        queue = self.queues.setdefault(key, [])
        queue.append(parcel)
        return [self._post(key, parcel)] if len(queue) == 1 else []

    def on_answer(self, event: Posted, answer: Answer, retry: Retry, now: int) -> list[Effect]:
        """Take the answer to a head: go on, wait, or drop it."""
        queue = self.queues.get(event.key)
        if not queue:
            return []
        head = queue[0]
        if retry.accept[0] <= answer.status <= retry.accept[1]:
            return self._next(event.key)
        self.last_problem = answer.problem or f"status {answer.status}"
        self.last_problem_at = now
        delay = self._delay(head, answer, retry, now)
        if delay is None:
            self.lost += 1
            return self._next(event.key)
        return [Wake(now + delay, RetryDue(event.key))]

    def on_event(self, event: RetryDue) -> list[Effect]:
        """Try a head again."""
        queue = self.queues.get(event.key)
        return [self._post(event.key, queue[0])] if queue else []

    def clear(self) -> None:
        """Drop everything."""
        self.queues.clear()

    def pending(self) -> list[str]:
        """A line for each queued parcel."""
        return [f"{parcel.name} to {self.target}" for queue in self.queues.values() for parcel in queue]

    def _post(self, key: str, parcel: Parcel) -> Call:
        parcel.attempts += 1
        return Call(
            method="POST",
            url=parcel.url,
            headers=parcel.headers,
            body=parcel.body,
            target=self.target,
            name=parcel.name,
            ids=parcel.ids,
            then=Posted(key),
            timeout_s=self.timeout_s,
            max_bytes=_ANSWER_BYTES,
        )

    def _next(self, key: str) -> list[Effect]:
        queue = self.queues[key]
        queue.pop(0)
        if not queue:
            del self.queues[key]
            return []
        return [self._post(key, queue[0])]

    def _delay(self, head: Parcel, answer: Answer, retry: Retry, now: int) -> int | None:
        if any(low <= answer.status <= high for low, high in retry.give_up):
            return None
        index = head.attempts - 1
        if index < len(retry.delays_ms):
            delay = retry.delays_ms[index]
        elif retry.repeat_last and retry.delays_ms:
            delay = retry.delays_ms[-1]
        else:
            return None
        expire = retry.expire_ms if head.expire_ms is None else head.expire_ms
        return delay if now + delay - head.since <= expire else None
