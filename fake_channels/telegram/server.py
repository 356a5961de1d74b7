"""The Bot API's routes: decode a request, ask the rules, encode the answer. Nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from fake_channels.core.contract import Env, Host, Refusal
from fake_channels.core.effects import Answer, Effect
from fake_channels.core.http import Fetching, HttpReply, HttpRequest, Outcome, json_reply
from fake_channels.core.limiter import Bucket
from fake_channels.core.media import GENERIC
from fake_channels.core.outbox import Posted, RetryDue
from fake_channels.core.tables import VendorError
from fake_channels.telegram import changes, files, flood, limits, parameters, profile, rules, updates, wire
from fake_channels.telegram.rules import MEDIA_METHODS, Ask, done
from fake_channels.telegram.state import Account, ActionOver, Fetched, TelegramEvent
from fake_channels.telegram.wire import Refused

_BOT: Final = "/bot"
_FILE: Final = "/file/bot"
_TEST: Final = "test/"
_Handler = Callable[[Account, Ask, Env], Outcome]


def error_reply(error: VendorError, description: str = "", retry_after_s: int | None = None) -> HttpReply:
    """`error` as the API sends it."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    body = wire.render_error(error.status, description or error.text, retry_after_s)
    return json_reply(body, error.status, headers)


def _parts(path: str) -> tuple[str, str, bool]:
    """The token, what follows it, and whether a file is asked for; the test environment is the same here."""
    is_file = path.startswith(_FILE)
    if not is_file and not path.startswith(_BOT):
        return "", "", False
    token, _, rest = path[len(_FILE) if is_file else len(_BOT) :].partition("/")
    return token, rest.removeprefix(_TEST), is_file


def _locate(request: HttpRequest) -> str | None:
    return _parts(request.path)[0] or None


def _unknown(request: HttpRequest) -> HttpReply:
    bot_id, colon, secret = _parts(request.path)[0].partition(":")
    is_token = bool(colon and secret) and bot_id.isascii() and bot_id.isdecimal()
    return error_reply(limits.UNAUTHORIZED if is_token else limits.NOT_FOUND)


HOST: Final = Host(
    name="telegram",
    port=8622,
    locate=_locate,
    unknown=_unknown,
    too_large=lambda _: error_reply(limits.TOO_LARGE),
    max_body_bytes=lambda request: (
        limits.UPLOAD_MAX + limits.FORM_SLACK
        if request.content_type == "multipart/form-data"
        else limits.PLAIN_BODY_MAX
    ),
)


def handle(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Answer one request that carries this bot's token."""
    _, rest, is_file = _parts(request.path)
    if is_file:
        return _download(account, request, rest, env)
    method = parameters.NAMES.get(rest.lower())
    if method is None or request.method not in {"GET", "POST"}:
        return Outcome(error_reply(limits.NO_METHOD))
    if env.now < account.logged_out_until:
        return Outcome(error_reply(limits.UNAUTHORIZED))
    try:
        account.launched_at = account.launched_at or env.now
        args, uploads = parameters.read(method, request)
        return _perform(account, Ask(method, args, uploads, request), env)
    except Refused as refused:
        return _refused(refused)


def _perform(account: Account, ask: Ask, env: Env) -> Outcome:
    """Count the call, and do what it asks for."""
    if env.limited and ask.method in flood.COUNTED:
        bucket = _chat_bucket(account, ask.args.get("chat_id", ""))
        seconds = flood.take(account.settings.flood, account.flood, bucket, ask.args, env.now)
        if seconds:
            raise Refused(limits.TOO_MANY, seconds, seconds=seconds)
    return _METHODS[ask.method](account, ask, env)


def _chat_bucket(account: Account, chat_id: str) -> Bucket | None:
    chat = account.chats.get(chat_id)
    if chat is None:
        return None
    if chat.flood is None:
        chat.flood = Bucket()
    return chat.flood


def _refused(refused: Refused) -> Outcome:
    return Outcome(error_reply(refused.error, refused.description, refused.retry_after_s))


def operation(request: HttpRequest) -> str:
    """What a request is, for traces and faults."""
    _, rest, is_file = _parts(request.path)
    return "file" if is_file else parameters.NAMES.get(rest.lower(), "unknown")


def _download(account: Account, request: HttpRequest, path: str, env: Env) -> Outcome:
    media = files.download(account, path, env.now) if request.method in {"GET", "HEAD"} else None
    if media is None:
        return Outcome(error_reply(limits.NOT_FOUND))
    return Outcome(HttpReply(200, media.data, GENERIC), ids=(account.links[path].file_id,))


# --- methods that only look -------------------------------------------------------------------------------------------


def _get_me(account: Account, _: Ask, _env: Env) -> Outcome:
    return done(wire.render_me(account))


def _get_file(account: Account, ask: Ask, env: Env) -> Outcome:
    file_id = ask.args.get("file_id", "")
    return done(files.link(account, file_id, env), (file_id,))


# --- updates ----------------------------------------------------------------------------------------------------------


def _get_updates(account: Account, ask: Ask, env: Env) -> Outcome:
    return updates.get_updates(account, ask.request, ask.args, env)


def _set_webhook(account: Account, ask: Ask, env: Env) -> Outcome:
    return updates.set_webhook(account, ask.args, env, certificate="certificate" in ask.uploads)


def _delete_webhook(account: Account, ask: Ask, env: Env) -> Outcome:
    return updates.delete_webhook(account, ask.args, env)


def _get_webhook_info(account: Account, _: Ask, _env: Env) -> Outcome:
    return done(wire.render_webhook_info(account, updates.waiting(account)))


_METHODS: Final[dict[str, _Handler]] = {
    **dict.fromkeys(MEDIA_METHODS, rules.send_media),
    "sendMessage": rules.send_message,
    "sendMediaGroup": rules.send_media_group,
    "sendLocation": rules.send_location,
    "sendVenue": rules.send_location,
    "sendContact": rules.send_contact,
    "sendChatAction": rules.send_chat_action,
    "setMessageReaction": changes.set_reaction,
    "editMessageText": changes.edit,
    "editMessageCaption": changes.edit,
    "editMessageReplyMarkup": changes.edit,
    "deleteMessage": changes.delete,
    "deleteMessages": changes.delete_many,
    "answerCallbackQuery": changes.answer_query,
    "getMe": _get_me,
    "getChat": profile.get_chat,
    "getUserProfilePhotos": profile.get_photos,
    "setMyCommands": profile.set_commands,
    "getMyCommands": profile.get_commands,
    "deleteMyCommands": profile.delete_commands,
    "close": profile.close,
    "logOut": profile.log_out,
    "getFile": _get_file,
    "getUpdates": _get_updates,
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
    "getWebhookInfo": _get_webhook_info,
}


# --- events -----------------------------------------------------------------------------------------------------------


def on_event(account: Account, event: TelegramEvent, _env: Env) -> list[Effect]:
    """A timer fired."""
    if isinstance(event, RetryDue):
        return updates.on_retry(account, event)
    if isinstance(event, ActionOver):
        rules.on_action_over(account, event)
    return []


def on_answer(account: Account, event: TelegramEvent, answer: Answer, env: Env) -> list[Effect] | Outcome:
    """A call of ours was answered."""
    if isinstance(event, Fetched):
        outcome = _resume(account, event, answer, env)
        return _unheard(outcome) if event.unheard else outcome
    if not isinstance(event, Posted):
        return []
    called = _called_back(account, event, answer, env)
    return updates.on_posted(account, event, answer, env) + called


_NOBODYS: Final = HttpRequest("POST", "")
"""The request of a send that goes on: all that it said is in the parameters."""


def _resume(account: Account, event: Fetched, answer: Answer, env: Env) -> Outcome:
    """Go on with a send whose file has come: by now it has an id like any other."""
    try:
        file_id = files.fetched(account, event, answer, env).id
        field, _, place = event.field.partition(".")
        if place:
            event.args[field][int(place)]["media"] = file_id
        else:
            event.args[field] = file_id
        return _METHODS[event.method](account, Ask(event.method, event.args, {}, _NOBODYS), env)
    except Refused as refused:
        return _refused(refused)


_NOT_BY_ANSWER: Final = frozenset({"setWebhook", "deleteWebhook", "close", "logOut"})


def _called_back(account: Account, event: Posted, answer: Answer, env: Env) -> list[Effect]:
    """Perform the method that the answer to an update may name; nobody sees its result.

    https://core.telegram.org/bots/api#making-requests-when-getting-updates
    """
    if not answer.ok or not answer.body or event.key not in account.outbox.queues:
        return []
    headers = {"content-type": answer.headers.get("content-type", "")}
    request = HttpRequest("POST", "", headers=headers, body=answer.body)
    try:
        method = parameters.NAMES.get(parameters.method_of(request).lower(), "")
        if not method or method.startswith("get") or method in _NOT_BY_ANSWER:
            return []
        args, uploads = parameters.read(method, request)
        return _unheard(_perform(account, Ask(method, args, uploads, request), env))
    except Refused:
        return []


def _unheard(outcome: Outcome) -> list[Effect]:
    if not isinstance(outcome.reply, Fetching):
        return outcome.effects
    call = outcome.reply.call
    then = msgspec.structs.replace(call.then, unheard=True)
    return [*outcome.effects, msgspec.structs.replace(call, then=then)]


def refuse(refusal: Refusal) -> HttpReply:
    """An ordered error in the vendor's envelope; a fault's code is taken for its description."""
    known = _BY_STATUS.get(refusal.status)
    retry_after_s = refusal.retry_after_s
    if refusal.status == limits.TOO_MANY.status:
        retry_after_s = 1 if retry_after_s is None else retry_after_s
    default = known.text.format(seconds=retry_after_s) if known else f"Error {refusal.status}"
    error = VendorError(refusal.status, refusal.status, default, limits.INTERNAL.source)
    return error_reply(error, refusal.text or refusal.code, retry_after_s)


_BY_STATUS: Final = {
    error.status: error
    for error in (
        VendorError(400, 400, "Bad Request", limits.INTERNAL.source),
        VendorError(403, 403, "Forbidden", limits.INTERNAL.source),
        VendorError(502, 502, "Bad Gateway", limits.INTERNAL.source),
        VendorError(503, 503, "Service Unavailable", limits.INTERNAL.source),
        limits.UNAUTHORIZED,
        limits.NOT_FOUND,
        limits.OTHER_POLL,
        limits.TOO_LARGE,
        limits.TOO_MANY,
        limits.INTERNAL,
    )
}
