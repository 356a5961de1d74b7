"""Callbacks: envelope, signature, order per lane, retries on the world's time."""

import orjson
import pytest

from fake_sinch import callbacks, contracts
from fake_sinch.effects import Call
from fake_sinch.events import CallbackAnswered
from fake_sinch.limits import TRIGGERS
from fake_sinch.settings import Rates, Settings
from fake_sinch.tests.scene import NOW, SUBJECT, Scene

VECTOR = (
    '{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z","project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4"'
    ',"contact_create_notification":{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":'
    '"SMS","identity":"48123456789","app_id":""}],"display_name":"New Test Contact","email":"new.contact@email.com"'
    ',"external_id":"","metadata":"","language":"EN_US"}},"message_metadata":""}'
)


def _emit(scene: Scene, lane: str = "L", trigger: str = "MESSAGE_INBOUND", **more: str) -> None:
    content = {"id": f"{lane}{len(scene.service.state.lanes)}"}
    scene.take(callbacks.emit(scene.service, trigger, scene.app_id, content, scene.now, lane=lane, **more))  # type: ignore[arg-type] # only text fields are given


def test_the_published_signature_vector() -> None:
    """The vendor's own example gives the vendor's own signature."""
    made = callbacks.signature("foo_secret1234", VECTOR.encode(), "01FJA8B4A7BM43YGWSG9GBV067", "1634579353")
    assert made == "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE="


def test_the_envelope_and_the_signature_headers(scene: Scene) -> None:
    """One key beside the envelope; four headers that sign exactly the bytes sent."""
    scene.webhook("MESSAGE_INBOUND", secret="s3")
    _emit(scene, message_metadata="{}", correlation_id="cid")
    (call,) = scene.calls
    assert (call.method, call.url, call.target, call.name) == ("POST", SUBJECT, "subject", "MESSAGE_INBOUND")
    body = orjson.loads(call.body)
    assert set(body) == {
        "app_id",
        "accepted_time",
        "event_time",
        "project_id",
        "message",
        "message_metadata",
        "correlation_id",
    }
    assert (body["message_metadata"], body["correlation_id"]) == ("{}", "cid")
    head = call.headers
    nonce, stamp = (head[f"x-sinch-webhook-signature-{n}"] for n in ("nonce", "timestamp"))
    assert head["x-sinch-webhook-signature-algorithm"] == "HmacSHA256"
    assert stamp == str(NOW // 1000)
    assert head["x-sinch-webhook-signature"] == callbacks.signature("s3", call.body, nonce, stamp)


def test_without_a_secret_nothing_is_signed(scene: Scene) -> None:
    """The signature headers are there only when the webhook has a secret."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    assert scene.calls[0].headers == {"content-type": "application/json"}


def test_only_webhooks_with_the_trigger_hear_of_it(scene: Scene) -> None:
    """Each webhook with the trigger gets its own copy; DISMISS and other triggers get nothing."""
    scene.webhook("MESSAGE_INBOUND")
    scene.webhook("MESSAGE_INBOUND", target="https://second.test/")
    scene.webhook("MESSAGE_DELIVERY", target="https://third.test/")
    scene.webhook("MESSAGE_INBOUND", target="https://fourth.test/", target_type="DISMISS")
    _emit(scene)
    assert [c.url for c in scene.calls] == [SUBJECT, "https://second.test/"]


def test_one_lane_is_in_order_and_lanes_do_not_wait_for_each_other(scene: Scene) -> None:
    """The second callback of a lane leaves when the first is answered; another lane's leaves at once."""
    scene.webhook("MESSAGE_INBOUND", "MESSAGE_DELIVERY")
    _emit(scene, "A")
    _emit(scene, "A")
    _emit(scene, "B")
    _emit(scene, "A", "MESSAGE_DELIVERY")
    assert len(scene.calls) == 3
    first = scene.calls[0]
    scene.answer(204)
    assert len(scene.calls) == 3
    follower = scene.calls[-1].then
    assert isinstance(follower, CallbackAnswered)
    assert isinstance(first.then, CallbackAnswered)
    assert follower.lane == first.then.lane
    scene.callbacks()
    assert scene.service.state.lanes == {}


def test_a_failure_is_retried_by_the_schedule_and_signed_anew(scene: Scene) -> None:
    """5 s, then 10 s later; each attempt has a new nonce and time over the same body."""
    scene.webhook("MESSAGE_INBOUND", secret="s3")
    _emit(scene)
    made: list[tuple[int, Call]] = []
    for wait in (5_000, 10_000, 20_000):
        made.append((scene.now, scene.answer(503)))
        scene.advance(wait - 1)
        assert scene.calls == []
        scene.advance(1)
    assert [at - NOW for at, _ in made] == [0, 5_000, 15_000]
    assert len({c.body for _, c in made}) == 1
    assert len({c.headers["x-sinch-webhook-signature-nonce"] for _, c in made}) == 3
    assert made[1][1].headers["x-sinch-webhook-signature-timestamp"] == str((NOW + 5_000) // 1000)


@pytest.mark.parametrize("status", [0, 301, 429, 500, 599])
def test_these_answers_are_retried_and_hold_the_lane(scene: Scene, status: int) -> None:
    """No answer, redirects, 429 and 5xx are tried again; what is behind waits."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    _emit(scene)
    scene.answer(status)
    assert scene.calls == []
    scene.advance(5_000)
    scene.answer(200)
    assert len(scene.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_other_client_errors_drop_the_callback(scene: Scene, status: int) -> None:
    """The next one leaves at once."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    _emit(scene)
    scene.answer(status)
    assert len(scene.calls) == 1
    assert scene.wakes == []


def test_which_client_errors_are_retried_is_a_setting() -> None:
    """A lab may have 404 retried."""
    scene = Scene(settings=Settings(callback_retried_statuses=(404,)))
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    scene.answer(404)
    assert len(scene.wakes) == 1


def test_after_the_last_delay_the_callback_is_given_up() -> None:
    """One attempt more than there are delays; then the lane goes on."""
    scene = Scene(settings=Settings(callback_retry_delays_s=(1.0, 2.0)))
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    for _ in range(2):
        scene.answer(500)
        scene.advance(2_000)
    scene.answer(500)
    assert (scene.wakes, scene.calls, scene.service.state.lanes) == ([], [], {})


def test_webhook_site_is_never_retried(scene: Scene) -> None:
    """The vendor gives such targets one attempt."""
    scene.webhook("MESSAGE_INBOUND", target="https://webhook.site/x")
    _emit(scene)
    scene.answer(500)
    assert scene.wakes == []


def test_a_late_answer_is_ignored(scene: Scene) -> None:
    """An answer to a callback that is no longer the head changes nothing."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    _emit(scene)
    scene.calls.append(scene.calls[0])
    scene.answer(200)
    scene.answer(200)
    (lane,) = scene.service.state.lanes.values()
    assert len(lane) == 1


def test_callback_url_replaces_the_target_and_is_signed_with_the_apps_secret(scene: Scene) -> None:
    """Whatever the webhooks are, the override alone is called, with secret_for_overridden_callback_urls."""
    scene.webhook("MESSAGE_DELIVERY", secret="webhook's")
    settings = {"secret_for_overridden_callback_urls": "app's"}
    scene.ask("PATCH", f"/apps/{scene.app_id}", {"callback_settings": settings})
    _emit(scene, "A", "MESSAGE_DELIVERY", callback_url="https://other.test/x")
    (call,) = scene.calls
    assert call.url == "https://other.test/x"
    nonce, stamp = (call.headers[f"x-sinch-webhook-signature-{n}"] for n in ("nonce", "timestamp"))
    assert call.headers["x-sinch-webhook-signature"] == callbacks.signature("app's", call.body, nonce, stamp)


def test_a_waiting_callback_follows_its_webhook(scene: Scene) -> None:
    """A retry goes to the webhook's new target; a deleted webhook takes its callbacks along."""
    webhook = scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    scene.answer(500)
    scene.ask("PATCH", f"/webhooks/{webhook['id']}", {"target": "https://new.test/"})
    scene.advance(5_000)
    assert scene.answer(500).url == "https://new.test/"
    scene.ask("DELETE", f"/webhooks/{webhook['id']}")
    scene.advance(10_000)
    assert scene.calls == []
    assert scene.service.idle_summary() == []


def test_client_credentials_fetch_a_token_first_and_reuse_it(scene: Scene) -> None:
    """The customer's token endpoint is asked once while its token lives; callbacks carry it as bearer."""
    credentials = {"client_id": "c", "client_secret": "x", "endpoint": "https://idp.test/t", "scope": "a b"}
    scene.webhook("MESSAGE_INBOUND", client_credentials=credentials)
    _emit(scene)
    asked = scene.answer(200, b'{"access_token":"T","expires_in":60}')
    assert (asked.url, asked.body) == ("https://idp.test/t", b"grant_type=client_credentials&scope=a+b")
    assert asked.headers["authorization"] == "Basic Yzp4"
    assert scene.answer(200).headers["authorization"] == "Bearer T"
    _emit(scene)
    assert scene.answer(200).url == SUBJECT
    scene.advance(60_000)
    _emit(scene)
    assert scene.answer(200).url == "https://idp.test/t"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"no json"),
        (200, b'{"access_token":"T"}'),
        (200, b'{"access_token":"T","expires_in":29}'),
        (200, b'{"access_token":"T","expires_in":3601}'),
        (200, b"[]"),
    ],
)
def test_a_bad_token_answer_counts_as_a_failed_attempt(scene: Scene, status: int, body: bytes) -> None:
    """Nothing is sent to the target; the attempt is made again later."""
    credentials = {"client_id": "c", "client_secret": "x", "endpoint": "https://idp.test/t"}
    scene.webhook("MESSAGE_INBOUND", client_credentials={**credentials, "token_request_type": "FORM"})
    _emit(scene)
    assert scene.calls[0].body == b"grant_type=client_credentials&client_id=c&client_secret=x"
    scene.answer(status, body)
    assert scene.calls == []
    scene.advance(5_000)
    assert scene.calls[0].url == "https://idp.test/t"


def test_a_rate_spreads_callbacks_over_time() -> None:
    """With 2 per second the third leaves half a second later."""
    scene = Scene(settings=Settings(rates=Rates(callbacks_per_second=2.0)))
    scene.webhook("MESSAGE_INBOUND")
    for lane in "ABC":
        _emit(scene, lane)
    assert len(scene.calls) == 2
    scene.advance(500)
    assert len(scene.calls) == 3


def test_bodies_survive_a_javascript_round_trip() -> None:
    """Whole floats lose their fraction, text stays UTF-8, nothing is indented."""
    assert callbacks.compact({"a": 52.0, "b": [1.5, "1.0}"], "c": "é"}) == '{"a":52,"b":[1.5,"1.0}"],"c":"é"}'.encode()
    assert callbacks.compact({"a": 0.0, "b": 1.8446744073709552e19}) == b'{"a":0,"b":1.8446744073709552e+19}'


def test_what_waits_is_told(scene: Scene) -> None:
    """The summary names the lane and the next trigger."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    (sentence,) = scene.service.idle_summary()
    assert "MESSAGE_INBOUND (attempt 1)" in sentence


def test_every_trigger_key_is_in_its_document() -> None:
    """The table of keys and the documents agree."""
    for trigger in contracts.names("callbacks"):
        assert TRIGGERS[trigger] in contracts.document("callbacks", trigger)["required"]


def test_another_apps_webhook_hears_only_of_contacts(scene: Scene) -> None:
    """Messages concern one app; contacts belong to the project, so every app's webhooks are told."""
    app = scene.service.state.apps[scene.app_id]
    credentials = [{"channel": "SMS", "static_bearer": {"claimed_identity": "p", "token": "t"}}]
    other = scene.ask("POST", "/apps", {"display_name": "Other", "channel_credentials": credentials})
    scene.webhook("MESSAGE_INBOUND", "CONTACT_CREATE", app_id=other["id"], target="https://other.test/")
    _emit(scene)
    assert scene.calls == []
    scene.take(scene.service.find_or_create_contact(app, "SMS", "1", "", scene.now)[1])
    assert [c.url for c in scene.calls] == ["https://other.test/"]


def test_a_401_makes_the_next_callback_ask_for_a_new_token(scene: Scene) -> None:
    """A bearer token that the subject no longer takes is thrown away."""
    credentials = {"client_id": "c", "client_secret": "x", "endpoint": "https://idp.test/t"}
    scene.webhook("MESSAGE_INBOUND", client_credentials=credentials)
    _emit(scene)
    scene.answer(200, b'{"access_token":"T","expires_in":60}')
    scene.answer(401)
    _emit(scene)
    assert scene.calls[0].url == "https://idp.test/t"


def test_new_client_credentials_make_the_old_token_worthless(scene: Scene) -> None:
    """The next callback asks the new endpoint."""
    credentials = {"client_id": "c", "client_secret": "x", "endpoint": "https://idp.test/t"}
    made = scene.webhook("MESSAGE_INBOUND", client_credentials=credentials)
    _emit(scene)
    scene.answer(200, b'{"access_token":"T","expires_in":60}')
    scene.answer(200)
    moved = {"client_credentials": {**credentials, "endpoint": "https://new.test/t"}}
    scene.ask("PATCH", f"/webhooks/{made['id']}", moved)
    _emit(scene)
    assert scene.calls[0].url == "https://new.test/t"


def test_of_an_answer_only_the_status_counts(scene: Scene) -> None:
    """A receiver that answers with a flood is cut off early."""
    scene.webhook("MESSAGE_INBOUND")
    _emit(scene)
    assert [call.max_bytes for call in scene.calls if call.target == "subject"] == [1_048_576]


def test_a_target_that_is_no_url_is_retried_like_any_other(scene: Scene) -> None:
    """Half an IPv6 address fails as a call does, and does not hold its lane up for ever."""
    _emit(scene, callback_url="http://[::1")
    assert len(scene.calls) == 1
    scene.answer(0)
    assert len(scene.wakes) == 1
