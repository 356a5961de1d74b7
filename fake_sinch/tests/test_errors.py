"""Errors: every row renders as the documented body."""

import orjson
import pytest

from fake_sinch import contracts, errors

ROWS = [value for value in vars(errors).values() if isinstance(value, errors.Row)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.status)
def test_every_row_renders(row: errors.Row) -> None:
    """Code, status and message stand where SDKs look for them."""
    reply = errors.render(row)
    body = orjson.loads(reply.body)
    assert (reply.status, body["error"]["code"], body["error"]["status"]) == (row.code, row.code, row.status)
    assert body["error"]["message"] == row.message
    assert reply.headers == {"content-type": "application/json"}
    assert contracts.violations("responses", "error", body) == ()


def test_violations_become_one_detail() -> None:
    """Each with its field and its sentence."""
    refusal = errors.invalid("a.b[0]", "is wrong")
    (detail,) = orjson.loads(refusal.reply().body)["error"]["details"]
    assert detail == {"type": "BadRequest", "field_violations": [{"field": "a.b[0]", "description": "is wrong"}]}
    assert str(refusal) == "Invalid argument: is wrong"
