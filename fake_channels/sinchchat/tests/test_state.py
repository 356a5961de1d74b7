"""The project as data."""

from __future__ import annotations

import msgspec

from fake_channels.core import people
from fake_channels.core.ids import Ids
from fake_channels.sinchchat import state
from fake_channels.sinchchat.state import Account


def test_ids_look_like_the_vendors() -> None:
    """A UUID for the project, 26 capitals for the client."""
    account = state.open_account(Ids("a"))
    assert [len(part) for part in account.project_id.split("-")] == [8, 4, 4, 4, 12]
    assert (len(account.client_id), account.client_id.upper()) == (26, account.client_id)


def test_a_snapshot_keeps_tokens_good() -> None:
    """The key that signs them is part of it, and shown to nobody."""
    ids = Ids("a")
    account = state.open_account(ids)
    handset = state.enrol(account, people.invent(ids, 0), ids, 0)
    token = state.issue(account, handset.identity, 0)
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(account), type=Account)
    found = state.read_token(copy, token, 1)
    assert found is not None
    assert found[0].handset.identity == handset.identity
    assert state.read_token(state.open_account(Ids("b")), token, 1) is None


def test_a_token_without_its_person_is_worth_nothing() -> None:
    """As after a reset."""
    account = state.open_account(Ids("a"))
    assert state.read_token(account, state.issue(account, "nobody", 0), 1) is None
