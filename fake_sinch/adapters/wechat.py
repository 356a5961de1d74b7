"""Conversation API words <-> the API of a WeChat service account.

A call needs an access token; a file is fetched from the business's server and uploaded before the message that names
it. WeChat names no message and reports no delivery, except for templates.
Sources: developers.weixin.qq.com/doc/service; developers.sinch.com/docs/conversation/channel-support/wechat.
Must not know: state, time, how calls are performed. Not emulated: thumbnails of videos, profiles.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from fake_sinch.adapters import wechat_callbacks as callbacks
from fake_sinch.adapters import wechat_content as content
from fake_sinch.adapters import wechat_errors as errors
from fake_sinch.adapters.answers import decoded, no_media, read_bytes
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Grant,
    Granted,
    Json,
    Malformed,
    MediaFailed,
    MediaStep,
    Rejected,
    RetryLater,
    Sent,
    Ungranted,
    VendorCall,
    Verdict,
    encoded,
    json_call,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.arrivals import Inbound, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import MediaPart, Part
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.reasons import Reason, ReasonCode
from fake_sinch.state import Credential

TAKEN: Final = ("text/plain", b"success")
"""The answer to a callback; any other body would be shown to the person or be a failure."""
_OK: Final = 200
_TEXT: Final = {"content-type": "text/plain"}
_SEND: Final = "message/custom/send"
_TEMPLATE: Final = "message/template/send"
_TYPING: Final = "message/custom/typing"
_UPLOAD: Final = "media/upload"
_FETCH: Final = "fetch"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 3
_TYPING_ALREADY: Final = 45081
_COMMANDS: Final = {"composing_event": "Typing", "composing_end_event": "CancelTyping"}


class WeChat(Plain):
    """The adapter for WECHAT."""

    # Access tokens

    def grant(self, account: Account) -> VendorCall:
        """Ask for the stable token: the same one until it is about to expire."""
        secret = account.credential.secret
        body = {
            "grant_type": "client_credential",
            "appid": str(secret.get("app_id", "")),
            "secret": str(secret.get("app_secret", "")),
        }
        return json_call("POST", f"{account.base_url}/cgi-bin/stable_token", body, "stable_token")

    def read_grant(self, answer: Answer) -> Grant:
        """Return the token that an answer brings."""
        told = decoded(answer.body)
        if answer.status == _OK and isinstance(told, dict) and told.get("access_token"):
            return Granted(str(told["access_token"]), int(told["expires_in"]))
        verdict = errors.verdict(answer, told)
        return Rejected(verdict.reason) if isinstance(verdict, Ungranted) else verdict

    # Sending

    def render(
        self,
        part: Part,
        to: str,
        account: Account,
        properties: Mapping[str, str],
        message_id: str,
    ) -> VendorCall:
        """Return the call that sends a part; for a file that WeChat shows, the first one: fetching it."""
        del properties, message_id
        upload = content.upload_of(part)
        if upload is not None and isinstance(part, MediaPart):
            return _fetch(part.url, upload.max_bytes, 0)
        return _message(content.body(part, to), account)

    def transcode(self, part: Part, to: str) -> str:
        """Return the message that would send the part; an uploaded file's id is not known."""
        return encoded(content.body(part, to)).decode()

    def read_step(self, step: str, sent: Sent, answer: Answer) -> VendorCall | Verdict:
        """Go from the fetched file to its upload, and from its id to the message."""
        name, _, number = step.partition(" ")
        if name == _FETCH:
            return _fetched(sent, int(number), answer)
        told = decoded(answer.body)
        if answer.status == _OK and isinstance(told, dict) and told.get("media_id"):
            return _message(content.body(sent.part, sent.to, str(told["media_id"])), sent.account)
        return errors.verdict(answer, told)

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer to a message means; only templates get an id."""
        told = decoded(answer.body)
        if answer.status == _OK and isinstance(told, dict) and told.get("errcode") in {0, _TYPING_ALREADY}:
            return Accepted(str(told.get("msgid", "")))
        return errors.verdict(answer, told)

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the typing indicator, to be shown or hidden."""
        del last_inbound
        command = next((command for key, command in _COMMANDS.items() if key in event), None)
        return None if command is None else _post(_TYPING, {"touser": to, "command": command}, account)

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over the query and, of an encrypted body, the one over what is encrypted."""
        if not _is_signed(request, "signature", credential):
            return False
        try:
            sealed = callbacks.fields_of(request.body).get("Encrypt", "")
        except Malformed:
            return True  # what it is will be told by `parse_callback`
        if not sealed:
            return "msg_signature" not in request.query
        return _is_signed(request, "msg_signature", credential, sealed)

    def handshake(self, request: RequestLike, credential: Credential) -> Reply | None:
        """Send ``echostr`` back to somebody who knows the Token."""
        if request.method != "GET":
            return None
        if not _is_signed(request, "signature", credential):
            return Reply(403, dict(_TEXT), b"")
        return Reply(_OK, dict(_TEXT), request.query.get("echostr", "").encode())

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what a callback tells, in plain text or encrypted."""
        secret = credential.secret
        fields = callbacks.fields_of(body)
        return callbacks.arrivals(
            callbacks.opened(fields, str(secret.get("aes_key", "")), str(secret.get("app_id", "")))
        )

    # Media

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Ask for the file, which for a video is answered with a link."""
        query = urlencode({"access_token": account.access_token, "media_id": media.ref})
        return VendorCall("GET", f"{account.base_url}/cgi-bin/media/get?{query}", {}, b"", "media/get")

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Return the bytes, or go on to the link of a video."""
        del account
        told = None if hop else _json_of(answer)
        if told is None:
            return read_bytes(answer, media.mime)
        if answer.status == _OK and told.get("video_url"):
            return VendorCall("GET", str(told["video_url"]), {}, b"", "video")
        if not told.get("errcode"):
            return no_media(answer)
        verdict = errors.verdict(answer, told)
        if isinstance(verdict, Ungranted):
            return verdict
        return MediaFailed(verdict.reason, retry=isinstance(verdict, RetryLater))


def _json_of(answer: Answer) -> Json | None:
    """Return the object that an answer holds, or None when it is a file."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"application/json", "text/plain", ""}:
        return None
    told = decoded(answer.body)
    return told if isinstance(told, dict) else None


def _is_signed(request: RequestLike, name: str, credential: Credential, *more: str) -> bool:
    token, query = str(credential.secret.get("token", "")), request.query
    proof = callbacks.signature(token, query.get("timestamp", ""), query.get("nonce", ""), *more)
    return bool(token) and same(query.get(name, ""), proof)


def _post(name: str, body: Mapping[str, Any], account: Account) -> VendorCall:
    query = urlencode({"access_token": account.access_token})
    return json_call("POST", f"{account.base_url}/cgi-bin/{name}?{query}", body, name)


def _message(body: Mapping[str, Any], account: Account) -> VendorCall:
    return _post(_TEMPLATE if content.is_template(body) else _SEND, body, account)


# Fetching and uploading the business's files


def _fetch(url: str, max_bytes: int, number: int) -> VendorCall:
    return VendorCall(
        "GET", url, {"accept": "*/*"}, b"", _FETCH, step=f"{_FETCH} {number}", target="media", max_bytes=max_bytes
    )


def _fetched(sent: Sent, number: int, answer: Answer) -> VendorCall | Verdict:
    """Go on to the upload, or to where the file has moved to."""
    part, upload = sent.part, content.upload_of(sent.part)
    if upload is None or not isinstance(part, MediaPart):
        raise AssertionError("only files are fetched")
    if answer.status == _OK:
        return _upload(upload.kind, part.mime, answer.body, sent.account)
    location = answer.headers.get("location", "")
    if answer.status in _REDIRECTS and location and number < _MOST_REDIRECTS:
        target = urljoin(part.url, location)
        if urlsplit(target).scheme in {"http", "https"}:
            return _fetch(target, upload.max_bytes, number + 1)
    said = f"status {answer.status}" if answer.status else (answer.problem or "no answer")
    too_large = answer.problem.startswith("larger than")
    code = ReasonCode.MEDIA_TOO_LARGE if too_large else ReasonCode.MEDIA_NOT_REACHABLE
    return Rejected(Reason(code, f"The provided media [{part.url}] responded with [{said}]"))


def _upload(kind: str, mime: str, data: bytes, account: Account) -> VendorCall:
    query = urlencode({"access_token": account.access_token, "type": kind})
    content_type, body = content.form(data, mime)
    url = f"{account.base_url}/cgi-bin/{_UPLOAD}?{query}"
    return VendorCall("POST", url, {"content-type": content_type}, body, _UPLOAD, step=_UPLOAD)


ADAPTER: Final = WeChat()
