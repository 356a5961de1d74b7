"""What people see: messages and their files, the loading animation, what was read. No socket, no clock."""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Answer, Call, Effect, Wake
from fake_channels.core.handset import Handset, Item
from fake_channels.core.http import HttpReply, Outcome, json_reply
from fake_channels.core.instants import SECOND
from fake_channels.core.media import GENERIC, Media, bare, sniff
from fake_channels.line import limits, tokens, wire
from fake_channels.line.state import Account, Customer, Fetched, LoadingOver
from fake_channels.line.wire import Ask, Refused

FETCH_TIMEOUT_S: Final = 20.0
FETCH_REDIRECTS: Final = 3
_EMPTY: Final = HttpReply(200, b"{}")


def deliver(customer: Customer, items: list[Item]) -> list[Effect]:
    """Messages reach the phone, or wait until it is back."""
    handset = customer.handset
    if not handset.online:
        handset.waiting += items
        del handset.waiting[: -limits.WAITING_MAX]
        return []
    effects: list[Effect] = []
    for item in items:
        effects += arrive(handset, item)
    return effects


def arrive(handset: Handset, item: Item) -> list[Effect]:
    """The message is on the phone, which now asks for its file."""
    item.state = "delivered"
    handset.typing = False
    handset.show(item)
    url = item.vendor.get("url")
    if not url:
        return []
    return [
        Call(
            method="GET",
            url=url,
            target="media",
            name="fetch media",
            headers={"User-Agent": "line-poker/1.0", "Accept": "*/*"},
            ids=(item.id,),
            then=Fetched(handset.identity, item.id, item.kind, url),
            timeout_s=FETCH_TIMEOUT_S,
            max_bytes=limits.MEDIA_RULES[item.kind].max_bytes,
            max_redirects=FETCH_REDIRECTS,
        )
    ]


def on_fetched(account: Account, event: Fetched, answer: Answer) -> None:
    """The file came, or the phone shows that it did not; nobody else hears of it."""
    handset = account.customers[event.user_id].handset
    item = next((one for one in reversed(handset.screen) if one.id == event.item_id), None)
    if item is None:
        return
    name = event.url.partition("?")[0].rpartition("/")[2] or event.kind
    media = Media(answer.body, bare(answer.headers.get("content-type", "")) or GENERIC, name)
    item.problem = _why_not(answer) or file_problem(event.kind, media)
    if not item.problem:
        found = sniff(media.data)
        mime = found if media.mime == GENERIC and found != GENERIC else media.mime
        item.media = handset.keep(item.id, media.data, mime, name, media.digest.hex())
    handset.changed()


def _why_not(answer: Answer) -> str:
    if answer.ok:
        return ""
    return f"the file could not be loaded: {f'status {answer.status}' if answer.status else answer.problem}"


def file_problem(kind: str, media: Media) -> str:
    """Why a phone cannot show a file of the account's; empty when it can."""
    rule = limits.MEDIA_RULES[kind]
    if not media.data:
        return "the file is empty"
    if len(media.data) > rule.max_bytes:
        return f"the file is larger than {rule.max_bytes} bytes"
    if media.mime != GENERIC and media.mime not in rule.types:
        return f"{media.mime} cannot be shown as {kind}"
    return sniffed_problem(kind, media)


def sniffed_problem(kind: str, media: Media) -> str:
    """What a file's bytes show against its kind; empty when nothing."""
    found = sniff(media.data)
    if found == GENERIC or kind == "document" or found.startswith(limits.SNIFFED_AS.get(kind, (f"{kind}/",))):
        return ""
    return f"the file is {found}, not {kind}"


# --- small signs ------------------------------------------------------------------------------------------------------


def show_loading(account: Account, ask: Ask, env: Env) -> Outcome:
    """Show that the account is busy, until the next message or for as long as asked.

    Raises:
        Refused: as the API does.
    """
    body = wire.check("loading", wire.decode(ask.request))
    customer = account.customers.get(body["chatId"])
    if customer is None:
        raise Refused(limits.BAD_PROPERTY, name="chatId")
    outcome = Outcome(json_reply({}, 202))
    if customer.handset.online and customer.reachable(env.now):
        customer.handset.typing = True
        customer.handset.changed()
        customer.loading_since = env.now
        until = env.now + int(body.get("loadingSeconds", limits.LOADING_S)) * SECOND
        outcome.effects = [Wake(until, LoadingOver(body["chatId"], env.now))]
    return outcome


def on_loading_over(account: Account, event: LoadingOver) -> None:
    """The animation goes, unless it was shown anew."""
    customer = account.customers[event.user_id]
    if customer.loading_since == event.since and customer.handset.typing:
        customer.handset.typing = False
        customer.handset.changed()


def mark_as_read_by_token(account: Account, ask: Ask, _env: Env) -> Outcome:
    """The customer sees that a message, and all before it, was read.

    Raises:
        Refused: the token is none of this account's.
    """
    body = wire.check("readByToken", wire.decode(ask.request))
    about = tokens.unseal(account.channel_secret, tokens.READ, body["markAsReadToken"])
    customer = account.customers.get(about[0]) if about else None
    if about is None or customer is None:
        raise Refused(limits.BAD_READ_TOKEN)
    _mark_read(customer.handset, about[1])
    return Outcome(_EMPTY, ids=(about[1],))


def mark_as_read(account: Account, ask: Ask, _env: Env) -> Outcome:
    """The customer sees that everything was read.

    Raises:
        Refused: there is no such user.
    """
    user_id = wire.check("read", wire.decode(ask.request))["chat"]["userId"]
    customer = account.customers.get(user_id)
    if customer is None:
        raise Refused(limits.BAD_PROPERTY, name="chat.userId")
    _mark_read(customer.handset, "")
    return Outcome(_EMPTY)


def _mark_read(handset: Handset, last_id: str) -> None:
    for item in handset.screen:
        if item.author == "customer" and (not last_id or int(item.id) <= int(last_id)):
            item.state = "read"
    handset.changed()
