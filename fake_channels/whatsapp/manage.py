"""The endpoints by which a business is managed: templates, callbacks, registration, blocked users, uploads."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call
from fake_channels.core.http import Fetching, HttpRequest, Outcome, json_reply, parse_json
from fake_channels.core.media import Media
from fake_channels.meta import graph
from fake_channels.whatsapp import limits, media, notices, rules, templates, wire
from fake_channels.whatsapp.requests import OK, chosen, page, parameters, read_json, unknown_node
from fake_channels.whatsapp.state import Account, Stored, UploadSession, Verified

_PIN: Final = re.compile(r"[0-9]{6}")
_UPLOAD_TYPES: Final = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")


def _counted(account: Account, env: Env) -> None:
    """Count a management call.

    Raises:
        wire.Refused: there were too many within an hour.
    """
    wait_ms = account.rates.may_manage(env.now, active=account.registered) if env.limited else 0
    if wait_ms:
        says = "There have been too many calls to this WhatsApp Business account."
        raise wire.Refused(limits.BUSINESS_LIMIT, says, wait_ms=wait_ms)


# --- templates --------------------------------------------------------------------------------------------------------


def list_templates(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """All templates, or those with parts of a name, a status, a language, a category."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    query = request.query
    found = [
        chosen(notices.render_template(template), request)
        for template in account.templates.values()
        if query.get("name", "") in template.name
        and query.get("status", "").upper() in {"", template.status}
        and query.get("language", "") in {"", template.language}
        and query.get("category", "").upper() in {"", template.category}
    ]
    return Outcome(json_reply(page(request, found, request.path, env.base_url)))


def create_template(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Submit a template."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    told, effects = templates.create(account, read_json(request), env)
    return Outcome(json_reply(told), effects, (told["id"],))


def delete_template(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Delete one, by name and perhaps id."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    wanted = parameters(request)
    name = str(wanted.get("name", ""))
    if not name:
        raise wire.Refused(limits.INVALID_PARAMETER, "name is required")
    templates.delete(account, name, str(wanted.get("hsm_id", "")), env)
    return Outcome(OK)


# --- callbacks --------------------------------------------------------------------------------------------------------


def subscribe_app(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Subscribe the app to the account, with a callback URL of its own or without."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    wanted = parameters(request)
    override = str(wanted.get("override_callback_uri") or "")
    if override:
        return _verify(Verified(override, str(wanted.get("verify_token", "")), "", "waba"), env)
    account.subscribed, account.waba_callback_url = True, ""
    return Outcome(OK)


def subscribed_apps(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Which apps listen to the account."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    app: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "id": account.app_id,
            "link": f"https://www.facebook.com/games/?app_id={account.app_id}",
            "name": account.verified_name,
        }
    }
    if account.waba_callback_url:
        app["override_callback_uri"] = account.waba_callback_url
    return Outcome(json_reply({"data": [app] if account.subscribed else []}))


def unsubscribe_app(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """The app listens no longer: nothing is called."""
    if node != account.waba_id:
        return unknown_node(request, node)
    _counted(account, env)
    account.subscribed, account.waba_callback_url = False, ""
    return Outcome(OK)


def subscriptions(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Set the app's own callback URL."""
    if node != account.app_id:
        return unknown_node(request, node)
    wanted = parameters(request)
    if not wanted.get("callback_url") or not wanted.get("verify_token"):
        raise wire.Refused(limits.INVALID_PARAMETER, "callback_url and verify_token are required")
    return _verify(Verified(str(wanted["callback_url"]), str(wanted["verify_token"]), ""), env)


def change_node(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Change the number's callback URL, or a template."""
    template = templates.by_id(account, node)
    if template is not None:
        _counted(account, env)
        return Outcome(OK, templates.edit(account, template, read_json(request), env), (node,))
    if node != account.phone_number_id:
        return unknown_node(request, node)
    wanted = parameters(request).get("webhook_configuration")
    if not isinstance(wanted, dict) or "override_callback_uri" not in wanted:
        raise wire.Refused(limits.INVALID_PARAMETER, "webhook_configuration with override_callback_uri is required")
    override = str(wanted["override_callback_uri"] or "")
    if override:
        return _verify(Verified(override, str(wanted.get("verify_token", "")), "", "number"), env)
    account.number_callback_url = ""
    return Outcome(OK)


def _verify(wanted: Verified, env: Env) -> Outcome:
    challenge = env.ids.digits("whatsapp.challenge", 10)
    call = Call(
        method="GET",
        url=graph.challenge_url(wanted.url, wanted.verify_token, challenge),
        target="gateway",
        name="verify callback",
        then=Verified(wanted.url, wanted.verify_token, challenge, wanted.whose),
        timeout_s=10,
        max_bytes=65_536,
    )
    return Outcome(Fetching(call))


def on_verified(account: Account, event: Verified, answer: Answer) -> Outcome:
    """A callback URL answered its challenge, or did not."""
    if not answer.ok or answer.body.decode("utf-8", "replace").strip() != event.challenge:
        fields = {"status": str(answer.status), "message": answer.problem or "the challenge was not echoed"}
        return Outcome(graph.error_reply(graph.NOT_VERIFIED, fields=fields))
    if event.whose == "waba":
        account.waba_callback_url, account.subscribed = event.url, True
    elif event.whose == "number":
        account.number_callback_url = event.url
    else:
        account.callback_url, account.verify_token = event.url, event.verify_token
    return Outcome(OK)


# --- the number -------------------------------------------------------------------------------------------------------


def register(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    """Register the number; the first time chooses its PIN."""
    if node != account.phone_number_id:
        return unknown_node(request, node)
    wanted = parameters(request)
    pin = str(wanted.get("pin", ""))
    if wanted.get("messaging_product") != "whatsapp" or not _PIN.fullmatch(pin):
        raise wire.Refused(limits.PARAMETER_MISSING, "messaging_product=whatsapp and a pin of 6 digits are required")
    if account.pin not in {"", pin}:
        raise wire.Refused(limits.PIN_MISMATCH, "The PIN is not that of the two-step verification.")
    account.pin, account.registered = pin, True
    return Outcome(OK)


def deregister(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    """Take the number off the Cloud API: it sends nothing any more."""
    if node != account.phone_number_id:
        return unknown_node(request, node)
    if not account.registered:
        raise wire.Refused(limits.NOT_REGISTERED, "The phone number is not registered.")
    account.registered = False
    return Outcome(OK)


def _users(request: HttpRequest) -> list[str]:
    wanted = parameters(request)
    given = wanted.get("block_users")
    if wanted.get("messaging_product") != "whatsapp" or not isinstance(given, list) or not given:
        raise wire.Refused(limits.PARAMETER_MISSING, "messaging_product=whatsapp and block_users are required")
    if len(given) > limits.BLOCK_CALL_MAX:
        says = f"block_users: {len(given)} people, at most {limits.BLOCK_CALL_MAX}"
        raise wire.Refused(limits.INVALID_PARAMETER, says)
    users = [one.get("user") or one.get("user_id") for one in given if isinstance(one, dict)]
    if len(users) != len(given) or not all(isinstance(user, str) for user in users):
        raise wire.Refused(limits.PARAMETER_INVALID, "block_users: each is an object with user or user_id")
    return [str(user) for user in users]


def block_users(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Block people: those who wrote within a day."""
    if node != account.phone_number_id:
        return unknown_node(request, node)
    added, failed = rules.block(account, _users(request), env)
    told: dict[str, Any] = {"messaging_product": "whatsapp", "block_users": {"added_users": _named(added)}}
    if not failed:
        return Outcome(json_reply(told))
    told["block_users"]["failed_users"] = [
        {"input": user, "wa_id": wire.address(user), "errors": [wire.render_error(error)]} for user, error in failed
    ]
    if added:
        return Outcome(json_reply({**told, "errors": wire.render_error(limits.BLOCKING_FAILED)}))
    reply = graph.error_reply(limits.BLOCKING_FAILED, details=limits.BLOCKING_FAILED.text, product="whatsapp")
    return Outcome(json_reply({**told, **parse_json(reply.body)}, reply.status))


def _named(users: list[str]) -> list[dict[str, str]]:
    return [
        {"input": user, "user_id" if wire.USER_ID.fullmatch(user) else "wa_id": wire.address(user)} for user in users
    ]


def unblock_users(account: Account, request: HttpRequest, _env: Env, node: str) -> Outcome:
    """Take blocks back."""
    if node != account.phone_number_id:
        return unknown_node(request, node)
    removed = rules.unblock(account, _users(request))
    return Outcome(json_reply({"messaging_product": "whatsapp", "block_users": {"removed_users": _named(removed)}}))


def blocked_users(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Who is blocked."""
    if node != account.phone_number_id:
        return unknown_node(request, node)
    blocked = [
        {
            "messaging_product": "whatsapp",
            "input": customer.wa_id,
            "wa_id": customer.wa_id,
            "user_id": customer.user_id,
        }
        for customer in account.customers.values()
        if customer.blocked
    ]
    return Outcome(json_reply(page(request, blocked, request.path, env.base_url)))


# --- uploads of the app -----------------------------------------------------------------------------------------------
# https://developers.facebook.com/docs/graph-api/guides/upload


def open_upload(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Begin a resumable upload."""
    if node != account.app_id:
        return unknown_node(request, node)
    wanted = parameters(request)
    length, mime = str(wanted.get("file_length", "")), str(wanted.get("file_type", ""))
    if not (length.isascii() and length.isdecimal() and 0 < int(length[:12]) <= graph.MAX_UPLOAD_BYTES):
        raise wire.Refused(limits.INVALID_PARAMETER, "file_length must be the size of the file in bytes")
    if mime not in _UPLOAD_TYPES:
        raise wire.Refused(limits.INVALID_PARAMETER, f"file_type must be one of {', '.join(_UPLOAD_TYPES)}")
    kept = account.uploads.items()
    fresh = {name: one for name, one in kept if env.now - one.opened_at < limits.UPLOAD_LIFE_MS}
    account.uploads = dict(list(fresh.items())[-limits.UPLOADS_MAX + 1 :])
    upload_id = f"upload:{base64.urlsafe_b64encode(env.ids.octets('whatsapp.upload', 24)).decode().rstrip('=')}"
    account.uploads[upload_id] = UploadSession(str(wanted.get("file_name", "")), mime, int(length), env.now)
    return Outcome(json_reply({"id": upload_id}))


def _session(account: Account, name: str, now: int) -> UploadSession:
    session = account.uploads.get(name)
    if session is None or now - session.opened_at >= limits.UPLOAD_LIFE_MS:
        raise wire.Refused(limits.INVALID_PARAMETER, "There is no such upload session")
    return session


def continue_upload(account: Account, request: HttpRequest, env: Env, node: str) -> Outcome:
    """Take bytes from an offset on; with the last of them the file has its handle."""
    session, offset = _session(account, node, env.now), request.headers.get("file_offset", "0")
    if offset != str(len(session.data)):
        raise wire.Refused(limits.INVALID_PARAMETER, f"file_offset must be {len(session.data)}, not {offset[:20]!r}")
    if len(session.data) + len(request.body) > session.length:
        raise wire.Refused(limits.INVALID_PARAMETER, f"more than the {session.length} bytes that were announced")
    session.data += request.body
    if len(session.data) < session.length:
        return Outcome(json_reply({"id": node, "file_offset": len(session.data)}))
    media.drop_expired(account.handles, env.now)
    while len(account.handles) >= limits.UPLOADS_MAX:
        del account.handles[next(iter(account.handles))]
    handle = f"4:{env.ids.token('whatsapp.handle', 48)}"
    file = Media(session.data, session.mime, session.name)
    account.handles[handle] = Stored(file, env.now + limits.UPLOADED_MEDIA_LIFE_MS)
    del account.uploads[node]
    return Outcome(json_reply({"h": handle}))


def show_upload(account: Account, _request: HttpRequest, env: Env, node: str) -> Outcome:
    """How much has come."""
    return Outcome(json_reply({"id": node, "file_offset": len(_session(account, node, env.now).data)}))
