"""The admin API: tenants, clocks, settling, dead letters, and the documents."""

from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa

from contactpro_bridge.admin.document import OPERATIONS as ADMIN_OPERATIONS
from contactpro_bridge.agent.document import OPERATIONS as AGENT_OPERATIONS
from contactpro_bridge.attachments.share import ShareError, ShareProblem
from contactpro_bridge.store.tables import metadata
from contactpro_bridge.tests.stage import AGENT_TOKEN, START, Stage, at
from contactpro_bridge.tests.stub_api import Failure

CALLS = [
    ("GET", "/admin/v1/tenants"),
    ("PUT", "/admin/v1/tenants/main"),
    ("GET", "/admin/v1/tenants/main"),
    ("DELETE", "/admin/v1/tenants/main"),
    ("GET", "/admin/v1/tenants/main/clock"),
    ("PUT", "/admin/v1/tenants/main/clock"),
    ("POST", "/admin/v1/tenants/main/clock:advance"),
    ("POST", "/admin/v1/tenants/main:settle"),
    ("GET", "/admin/v1/tenants/main/dead-letters"),
    ("POST", f"/admin/v1/tenants/main/dead-letters/{'0' * 32}:replay"),
]


@pytest.mark.parametrize("token", ["", "x", AGENT_TOKEN, "\udce9"])
async def test_every_call_needs_the_admin_token(stage: Stage, token: str) -> None:
    """An agent's token is none; nothing is done."""
    for method, path in CALLS:
        answer = await stage.call(method, path, token=token)
        assert (answer.status, answer.code) == (401, "unauthenticated"), path
    assert (await stage.agent("GET", "me")).status == 200


async def test_configuring_again_changes_nothing(stage: Stage) -> None:
    """Idempotent: the same webhook URLs, the same ids, and chats stay."""
    chat_id = await stage.open_chat()
    before = (await stage.admin("GET", "")).body
    answers = [await stage.admin("PUT", "", stage.tenant_body()) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert answers[0].body["webhook_urls"] == {"sinch": f"{stage.url}/main/webhooks/sinch"}
    assert (await stage.admin("GET", "")).body == before
    assert (await stage.agent("GET", f"chats/{chat_id}")).body["state"] == "in_process"


async def test_what_is_shown_holds_no_secret(stage: Stage) -> None:
    """Neither keys nor tokens, nor their digests."""
    raw = (await stage.admin("GET", "")).raw + (await stage.admin("PUT", "", stage.tenant_body())).raw
    assert not any(word in raw for word in (b"key-secret", b"foo_secret", AGENT_TOKEN.encode(), b"sha256"))


async def test_mistakes_are_named_without_their_values(stage: Stage) -> None:
    """All at once; nothing is changed."""
    body = stage.tenant_body(catch_all_queue=7, chat_settings={"retention_seconds": -1})
    body["services"][0]["key_secret"] = ["hunter22"]
    answer = await stage.admin("PUT", "", body)
    assert (answer.status, answer.code) == (400, "bad_settings")
    for part in ("catch_all_queue", "chat_settings.retention_seconds", "services.0.key_secret"):
        assert part in answer.body["error"]["message"]
    assert b"hunter22" not in answer.raw


@pytest.mark.parametrize("name", ["agent", "Admin", "health", ".hidden", "a" * 65, "a%20b"])
async def test_a_name_that_cannot_be_a_path_segment_is_refused(stage: Stage, name: str) -> None:
    """Some first segments are our own."""
    stage.tenant = name
    answer = await stage.admin("PUT", "", {})
    assert (answer.status, answer.code) == (400, "bad_tenant_name")


async def test_a_token_belongs_to_one_tenant(stage: Stage) -> None:
    """It says which tenant its owner works for."""
    stage.tenant = "second"
    answer = await stage.admin("PUT", "", stage.tenant_body())
    assert (answer.status, answer.code) == (409, "token_in_use")
    assert AGENT_TOKEN.encode() not in answer.raw


async def test_deleting_a_tenant_removes_everything_of_it(stage: Stage) -> None:
    """Rows of every table, files, waiting jobs, tokens; another tenant stays."""
    body = b"%PDF-1.7 x"
    chat_id = await stage.open_chat(metadata='{"a":"1"}')
    await stage.agent("PUT", "consents/358401234567", {"consent": True})
    uploaded = (await stage.upload("f.pdf", "application/pdf", body)).body
    await stage.say(chat_id, {"attachment_id": uploaded["attachment_id"]})
    stage.api.send_failures.append(Failure(503))
    await stage.say(chat_id, "waits")
    await stage.settle()
    assert (await stage.admin("DELETE", "")).status == 204
    assert (await stage.admin("DELETE", "")).status == 404
    assert (await stage.agent("GET", "me")).status == 401
    for table in metadata.sorted_tables:
        count = partial(sa.Connection.scalar, statement=sa.select(sa.func.count()).select_from(table))
        assert await stage.db.read(count) == 0, table.name
    assert stage.files() == []
    assert stage.bridge is not None
    assert stage.bridge.jobs.board.waits("main") == []
    while stage.bridge.jobs._runs:
        await stage.call("GET", "/health")


async def test_the_clock_is_set_and_moved(stage: Stage) -> None:
    """Manual: it stands still until it is told otherwise, and survives a restart."""
    assert (await stage.admin("GET", "/clock")).body == {"mode": "manual", "now": START, "next_timer": None}
    assert (await stage.advance(1.5)).body["now"] == at(1.5)
    assert (await stage.admin("POST", "/clock:advance", {"to": at(60)})).body["now"] == at(60)
    await stage.stop_bridge()
    await stage.start_bridge()
    assert (await stage.admin("GET", "/clock")).body["now"] == at(60)
    assert (await stage.admin("PUT", "/clock", {"mode": "real"})).body["mode"] == "real"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/clock:advance", {"seconds": -1}, "bad_request"),
        ("/clock:advance", {"seconds": True}, "bad_request"),
        ("/clock:advance", {"seconds": 1e300}, "bad_request"),
        ("/clock:advance", {"to": "tomorrow"}, "bad_request"),
        ("/clock:advance", {}, "bad_request"),
        ("/clock:advance", {"to": at(-1)}, "clock_goes_forward"),
        ("/clock:advance", {"to": "9999-12-31T23:59:59Z"}, "bad_request"),
        ("/clock", {"mode": "manual", "now": "9999-12-31T23:59:59Z"}, "bad_request"),
        ("/clock", {"mode": "manual", "now": "0001-01-01T00:00:00Z"}, "bad_request"),
        (":settle", {"timeout_seconds": -1}, "bad_request"),
        (":settle", {"timeout_seconds": 1000}, "bad_request"),
    ],
)
async def test_nonsense_for_clocks_is_refused(stage: Stage, path: str, body: Any, code: str) -> None:
    """A clock is not turned back by advancing it."""
    answer = await stage.admin("PUT" if path == "/clock" else "POST", path, body)
    assert answer.status in {400, 409}
    assert answer.code == code


async def test_clocks_are_controlled_in_labs_only(tmp_path: Path) -> None:
    """403, unless the operator allowed it."""
    async with Stage(tmp_path, lab=False) as stage:
        assert (await stage.admin("PUT", "", stage.tenant_body())).status == 200
        for method, path in (("PUT", "/clock"), ("POST", "/clock:advance")):
            answer = await stage.admin(method, path, {"mode": "manual", "seconds": 1})
            assert (answer.status, answer.code) == (403, "clock_control_off")
        assert (await stage.admin("GET", "/clock")).body["mode"] == "real"


async def test_advancing_fires_retries_in_their_order(stage: Stage) -> None:
    """And returns when what they started has settled."""
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(503), Failure(503), Failure(503)]
    await stage.say(chat_id, "first")
    await stage.say(chat_id, "second")
    await stage.settle()
    assert stage.api.texts() == []
    assert (await stage.advance(60)).body["fired"] == 3
    assert stage.api.texts() == ["first", "second"]


async def test_settling_does_not_wait_for_the_clock(stage: Stage) -> None:
    """What waits is told, with the time it waits for."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(503))
    await stage.say(chat_id, "x")
    answer = await stage.admin("POST", ":settle", {})
    assert answer.body["settled"]
    (waiting,) = answer.body["waiting"]
    assert waiting["until"] == at(1)


async def test_a_dead_letter_of_a_message_is_listed_and_replayed(stage: Stage) -> None:
    """The message is sent after all, and the transcript says so."""
    await stage.configure(chat_settings={"send_retry_seconds": [1, 1]})
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(503)] * 3
    await stage.say(chat_id, "late")
    await stage.advance(10)
    assert (await stage.transcript(chat_id))[-1]["delivery"]["state"] == "failed"
    (letter,) = (await stage.admin("GET", "/dead-letters")).body["dead_letters"]
    assert (letter["kind"], letter["problem"].partition(":")[0]) == ("send", "UNAVAILABLE")
    assert (await stage.admin("POST", f"/dead-letters/{letter['id']}:replay")).status == 204
    await stage.settle()
    assert stage.api.texts() == ["late"]
    assert (await stage.transcript(chat_id))[-1]["delivery"] == {"state": "sent", "code": None, "description": None}
    assert (await stage.admin("GET", "/dead-letters")).body["dead_letters"] == []


async def test_no_letter_of_another_tenant_is_replayed(stage: Stage) -> None:
    """Nor one that does not exist."""
    assert (await stage.admin("POST", f"/dead-letters/{'0' * 32}:replay")).status == 404
    assert (await stage.admin("POST", "/dead-letters/..%2f:replay")).status == 404


async def test_the_documents_describe_every_route_and_no_other(stage: Stage) -> None:
    """A route that is added is described, one that is dropped is not."""
    assert stage.bridge is not None
    served = set()
    for route in stage.bridge.app.router.routes():
        path = "" if route.resource is None else route.resource.canonical
        if path.startswith(("/agent/v1", "/admin/v1")) and not path.endswith("openapi.json") and route.method != "HEAD":
            served.add((route.method, path))
    assert served == {(row.method, row.path) for row in (*AGENT_OPERATIONS, *ADMIN_OPERATIONS)}


async def test_the_documents_are_public_and_their_references_lead_somewhere(stage: Stage) -> None:
    """And what is served fits the schemas."""
    for path in ("/agent/v1/openapi.json", "/admin/v1/openapi.json"):
        document = (await stage.call("GET", path)).body
        schemas = document["components"]["schemas"]
        for name in schemas:
            jsonschema.Draft202012Validator.check_schema(schemas[name])
        text = (await stage.call("GET", path)).raw.decode()
        wanted = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
        assert wanted <= set(schemas)
    agent = (await stage.call("GET", "/agent/v1/openapi.json")).body["components"]["schemas"]
    chat_id = await stage.open_chat()
    (chat,) = await stage.chats()
    jsonschema.validate(chat, agent["Chat"])
    assert set(chat) == set(agent["Chat"]["properties"])
    (entry,) = await stage.transcript(chat_id)
    jsonschema.validate(entry, agent["Entry"])
    assert set(entry) == set(agent["Entry"]["properties"])


async def test_a_tenant_whose_files_cannot_be_deleted_stays(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would know any more whose files they are; trying again deletes all."""
    await stage.upload("a.txt", "text/plain", b"x")

    async def fail(_tenant: str) -> None:
        raise ShareError(ShareProblem.UNAVAILABLE, "down", retryable=True)

    monkeypatch.setattr(stage.share, "delete_tenant", fail)
    answer = await stage.admin("DELETE", "")
    assert (answer.status, answer.code) == (503, "share_unavailable")
    assert (await stage.agent("GET", "me")).status == 200
    monkeypatch.undo()
    assert (await stage.admin("DELETE", "")).status == 204
    assert stage.files() == []
