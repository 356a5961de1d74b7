"""Service: routes, callers, bodies; whatever arrives is answered in the vendor's words."""

import msgspec
import orjson
import pytest

from fake_sinch import contracts, places, routes
from fake_sinch.limits import BODY_BYTES
from fake_sinch.service import HANDLERS, Service
from fake_sinch.state import Project
from fake_sinch.tests.scene import Headers, Ids, Request, Scene, violations


def _post(scene: Scene, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    given = {"authorization": scene.basic(), "content-type": "application/json", **headers}
    reply = scene.raw("POST", f"{scene.base}/messages:send", body, given)
    return reply.status, orjson.loads(reply.body)


def test_every_emulated_operation_has_a_handler_and_documents() -> None:
    """The table of routes, the handlers and the documents agree."""
    emulated = [o for o in routes.V1 if o.emulated]
    assert {o.name for o in emulated} == set(HANDLERS)
    assert {o.body for o in emulated if o.body} <= set(contracts.names("requests"))
    assert {o.answer for o in emulated} <= set(contracts.names("responses"))


@pytest.mark.parametrize("operation", [o for o in (*routes.V1, *routes.V2) if not o.emulated], ids=str)
def test_documented_but_not_emulated_is_501(scene: Scene, operation: routes.Operation) -> None:
    """The answer says UNIMPLEMENTED, never a silent success."""
    version = "v1" if operation in routes.V1 else "v2"
    path = f"/{version}/projects/{scene.service.state.id}{operation.path.replace('{}', 'X1')}"
    reply = scene.raw(operation.method, path, headers={"authorization": scene.basic()})
    body = orjson.loads(reply.body)
    assert (reply.status, body["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert contracts.violations("responses", "error", body) == ()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/novelties"), ("PUT", "/apps"), ("GET", "/messages:send"), ("GET", "/apps/"), ("GET", ""), ("GET", "/")],
)
def test_an_unknown_route_is_404(scene: Scene, method: str, path: str) -> None:
    """Below the project, what the vendor does not document is not found."""
    assert scene.ask(method, path, status=404)["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v3/projects/x/apps", "/elsewhere", "/adapter/v1/SMS/x/other"])
def test_what_belongs_to_no_project_is_refused(scene: Scene, path: str) -> None:
    """Paths outside every scheme are 404 (or 401 before that)."""
    assert scene.raw("GET", path).status in {401, 404}


def test_another_projects_path_is_refused(scene: Scene) -> None:
    """A path that names another project is not this one's."""
    reply = scene.raw("GET", "/v1/projects/other/apps", headers={"authorization": scene.basic()})
    assert reply.status == 404


@pytest.mark.parametrize("name", ["messages:send", "messages%3Asend", "messages%3asend"])
def test_the_colon_may_be_escaped(scene: Scene, name: str) -> None:
    """SDKs send the verb's colon as it is or as %3A."""
    body = {
        "app_id": scene.app_id,
        "recipient": {"identified_by": {"channel_identities": [{"channel": "SMS", "identity": "4670"}]}},
        "message": {"text_message": {"text": "hi"}},
    }
    assert scene.ask("POST", f"/{name}", body)["message_id"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"app_id":"A"', b"\xff\xfe{}", b'{"a":"\xff"}', b"nul", b"{}{}", b"[1,2]", b'"text"', b"NaN"],
)
def test_a_body_that_cannot_be_read_is_400(scene: Scene, body: bytes) -> None:
    """Truncated, invalid and non-UTF-8 JSON get the documented error body."""
    status, said = _post(scene, body)
    assert status == 400
    assert contracts.violations("responses", "error", said) == ()


def test_deep_nesting_is_400(scene: Scene) -> None:
    """A hostile depth of brackets is refused and does not exhaust anything."""
    assert _post(scene, b'{"message":' * 5_000)[0] == 400
    assert _post(scene, b"[" * 100_000)[0] == 400
    deep = b'{"app_id":null,"conversation_metadata":' + b'{"a":' * 900 + b"1" + b"}" * 901
    assert _post(scene, deep)[0] == 400
    assert "nested" in scene.reply.body.decode()


def test_many_brackets_that_are_not_deep_are_fine(scene: Scene) -> None:
    """A wide value is no deep one: a hundred levels pass, one more does not."""
    for levels, refusal in ((97, False), (98, True)):
        deep = b'{"conversation_metadata":' + b'{"a":' * levels + b"[{},{}]" + b"}" * (levels + 1)
        _post(scene, deep)
        assert ("nested" in scene.reply.body.decode()) == refusal


def test_a_huge_body_is_400(scene: Scene) -> None:
    """Ten megabytes are refused without being parsed."""
    status, said = _post(scene, b'"' + b"x" * 10_000_000 + b'"')
    assert status == 400
    assert str(BODY_BYTES) in orjson.dumps(said).decode()


def test_the_content_type_is_required(scene: Scene) -> None:
    """A body without application/json is an error; a charset is fine."""
    assert _post(scene, b"{}", **{"content-type": "text/plain"})[0] == 400
    assert "Content-Type" in scene.reply.body.decode()
    _, said = _post(scene, b"{}", **{"content-type": "Application/JSON; charset=utf-8"})
    assert set(violations(said)) == {"app_id", "message", "recipient"}


def test_callers_are_checked_before_bodies(scene: Scene) -> None:
    """Who has no credentials learns nothing about the body."""
    assert scene.raw("POST", f"{scene.base}/messages:send", b"{").status == 401


def test_a_snapshot_restores_the_service(scene: Scene) -> None:
    """State encodes and decodes whole, queued callbacks included, and the copy goes on."""
    scene.webhook("CONTACT_CREATE", secret="s")
    scene.contact()
    scene.send()
    packed = msgspec.msgpack.encode(scene.service.state)
    state = msgspec.msgpack.decode(packed, type=Project)
    copy = Service(state, Ids(), scene.service.settings)
    assert msgspec.msgpack.encode(copy.state) == packed
    assert copy.idle_summary() == scene.service.idle_summary()
    event = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.calls[0]), type=type(scene.calls[0])).then
    assert event == scene.calls[0].then


def test_the_lab_points_the_webhook_at_its_subject(scene: Scene) -> None:
    """The first time it is registered, later it is moved; the credentials document shows it."""
    first = scene.service.subscribe("https://one.test/", "s1", scene.now)
    second = scene.service.subscribe("https://two.test/", "s2", scene.now, ("MESSAGE_INBOUND",))
    assert first is second
    shown = scene.service.credentials_doc()["webhook"]
    assert (shown["target"], shown["secret"], shown["triggers"]) == ("https://two.test/", "s2", ["MESSAGE_INBOUND"])


def test_what_a_project_owns(scene: Scene) -> None:
    """Its id, its key and its apps, and nothing else."""
    state = scene.service.state
    owned = [("project", state.id), ("key", state.key_id), ("app", scene.app_id)]
    assert all(scene.service.owns(kind, value) for kind, value in owned)
    foreign = [("project", "X"), ("key", state.id), ("app", state.id), ("media", "X"), ("other", state.id)]
    assert not any(scene.service.owns(kind, value) for kind, value in foreign)


def test_the_same_seed_gives_the_same_project() -> None:
    """Ids, keys and secrets derive from the seed."""
    assert Scene().service.credentials_doc() == Scene().service.credentials_doc()
    assert Scene().service.keys()["app"] == [Scene().app_id]


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/v1/projects/P/messages:send", {}, ("project", "P")),
        ("/v2/projects/P/templates", {}, ("project", "P")),
        ("/oauth2/token", {"Authorization": "Basic azpz"}, ("key", "k")),
        ("/oauth2/token", {}, None),
        ("/adapter/v1/SMS/APP/callback", {}, ("app", "APP")),
        ("/adapter/v1/SMS", {}, None),
        ("/media/TOKEN/cat.jpg", {}, ("media", "TOKEN")),
        ("/media/", {}, None),
        ("/", {}, None),
    ],
)
def test_what_names_the_project(path: str, headers: dict[str, str], expected: object) -> None:
    """A request is recognised by the vendor's own path or credential."""
    assert places.locate(Request("GET", path, headers=Headers(headers))) == expected


@pytest.mark.parametrize(
    ("path", "status"), [("/oauth2/token", 401), ("/v1/projects/P/apps", 401), ("/media/x/y", 404), ("/", 404)]
)
def test_a_request_for_no_project_gets_the_vendors_refusal(path: str, status: int) -> None:
    """Unknown credentials are 401, unknown places 404."""
    assert places.unknown(Request("GET", path)).status == status
