"""The leaking bucket: what fits, what does not, and how long to wait."""

from __future__ import annotations

import msgspec
import pytest

from fake_channels.core.instants import SECOND
from fake_channels.core.limiter import Bucket

NOW = 1_800_000_000_000


@pytest.mark.parametrize("most", [1, 3, 6, 7, 30, 80, 999, 1_000])
def test_it_holds_as_much_as_its_span_may_take(most: int) -> None:
    """A burst of all of it, then one for each share of time, and all of it again once it is empty."""
    bucket, share = Bucket(), SECOND / most
    assert [bucket.take(NOW, share, SECOND) for _ in range(most)] == [0.0] * most
    assert bucket.take(NOW, share, SECOND) == pytest.approx(share, abs=1)
    assert [bucket.take(NOW + SECOND, share, SECOND) for _ in range(most)] == [0.0] * most


def test_what_does_not_fit_is_not_counted() -> None:
    """Asking too often makes nobody wait longer, and after the wait it fits."""
    bucket = Bucket()
    assert bucket.take(NOW, 100.0, 100.0) == 0
    assert [bucket.take(NOW + 40, 100.0, 100.0) for _ in range(3)] == [60.0] * 3
    assert bucket.take(NOW + 99, 100.0, 100.0) == 1
    assert bucket.take(NOW + 100, 100.0, 100.0) == 0


def test_several_at_once_are_asked_for_and_then_put_in() -> None:
    """Asking changes nothing, so that several buckets can be asked first."""
    bucket = Bucket()
    assert (bucket.over(NOW, 10.0, 50.0, 5), bucket.over(NOW, 10.0, 50.0, 6)) == (0, 10)
    assert bucket == Bucket()
    bucket.put(NOW, 10.0, 5)
    assert (bucket.empty_at, bucket.over(NOW, 10.0, 50.0)) == ((NOW + 50) * 1_000_000, 10)


def test_it_keeps_one_number() -> None:
    """After ten thousand as after one."""
    bucket = Bucket()
    for now in range(0, 10_000_000, 1_000):
        bucket.take(now, 12.5, SECOND)
    assert len(msgspec.msgpack.encode(bucket)) < 30
