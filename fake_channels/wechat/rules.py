"""The service account towards people: customer-service messages, typing, templates, and what each of them needs.

Every function takes the account, what was asked and the surroundings, changes the account, and returns the outcome.
No socket, no clock. https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
"""

from __future__ import annotations

import re
from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.effects import Wake
from fake_channels.core.handset import Button, Item
from fake_channels.core.http import Outcome
from fake_channels.wechat import callbacks, delivery, errors, limits, wire
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json
from fake_channels.wechat.state import Account, Allowance, Customer, TypingOver
from fake_channels.wechat.tokens import done

_PLACE: Final = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
_SUCCESS: Final = "success"
_USER_BLOCK: Final = "failed:user block"


def recipient(account: Account, openid: str) -> Customer:
    """The user whom an openid names.

    Raises:
        Refused: nobody of this account.
    """
    customer = account.customers.get(openid)
    if customer is None:
        raise Refused(errors.OPENID)
    return customer


# --- allowances -------------------------------------------------------------------------------------------------------


def wrote(customer: Customer, now: int) -> None:
    """The person wrote: five messages within 48 hours, whatever was left before."""
    customer.after_message = Allowance(now + limits.WINDOW_MS, limits.WINDOW_MESSAGES)
    customer.contact_at = now


def tapped(customer: Customer, now: int) -> None:
    """The person tapped the menu, followed or scanned: three messages within a minute."""
    customer.after_tap = Allowance(now + limits.TAP_WINDOW_MS, limits.TAP_MESSAGES)
    customer.contact_at = now


def left(customer: Customer) -> None:
    """The person unfollowed: nothing may be sent any more."""
    customer.after_message, customer.after_tap = Allowance(), Allowance()


def _allowance(customer: Customer, env: Env) -> Allowance:
    """What the next message is taken from; a world without limits counts none.

    Raises:
        Refused: no window is open, or all that is open is used up.
    """
    opened = [one for one in (customer.after_tap, customer.after_message) if env.now < one.until]
    if not opened:
        raise Refused(errors.OUT_OF_WINDOW)
    usable = next((one for one in opened if one.left > 0 or not env.limited), None)
    if usable is None:
        raise Refused(errors.OUT_OF_COUNT)
    return usable


# --- customer-service messages ----------------------------------------------------------------------------------------


def send(account: Account, sending: wire.Sending, env: Env) -> Outcome:
    """Send a message of any kind.

    Raises:
        Refused: as the API does.
    """
    customer = recipient(account, sending.openid)
    if sending.kf_account not in {"", account.kf_account}:
        raise Refused(errors.KF_ACCOUNT)
    if not customer.handset.opted_in:
        raise Refused(errors.OUT_OF_WINDOW)
    if customer.handset.blocked:
        raise Refused(errors.REFUSES)
    allowance = _allowance(customer, env)
    delivery.check_media(account, sending.content, env.now)
    allowance.left -= 1
    item = delivery.deliver(account, customer, sending.content, env)
    return done(ids=(item.id,))


def typing(account: Account, body: Json, env: Env) -> Outcome:
    """Show for fifteen seconds, or until a message comes, that the account types; or stop to.

    Raises:
        Refused: as the API does.
    """
    command = body["command"]
    if command not in {"Typing", "CancelTyping"}:
        raise Refused(errors.BAD_COMMAND)
    customer = recipient(account, body["touser"])
    if customer.contact_at is None or env.now - customer.contact_at > limits.TYPING_CONTACT_MS:
        raise Refused(errors.NO_CONTACT)
    if command == "CancelTyping":
        delivery.stop_typing(customer)
        return done()
    if customer.typing_since:
        raise Refused(errors.TYPING_ALREADY)
    customer.typing_since = env.now
    if customer.handset.online:
        customer.handset.typing = True
        customer.handset.changed()
    outcome = done()
    outcome.effects.append(Wake(env.now + limits.TYPING_MS, TypingOver(body["touser"], env.now)))
    return outcome


def on_typing_over(account: Account, event: TypingOver) -> None:
    """The indicator has been shown for as long as it is, unless a later one came."""
    customer = account.customers[event.openid]
    if customer.typing_since == event.since:
        delivery.stop_typing(customer)


# --- templates --------------------------------------------------------------------------------------------------------


def send_template(account: Account, body: Json, env: Env) -> Outcome:
    """Send a template; whether it came through is told by an event.

    Raises:
        Refused: as the API does.
    """
    customer = recipient(account, body["touser"])
    template = account.templates.get(body["template_id"])
    if template is None:
        raise Refused(errors.TEMPLATE_ID)
    if not customer.handset.opted_in:
        raise Refused(errors.NOT_FOLLOWING)
    values = {name: str(part["value"]) for name, part in body["data"].items()}
    text = f"{template.title}\n{_PLACE.sub(lambda place: values.get(place[1], ''), template.content)}"
    number = account.next_msg_id()
    status = _SUCCESS if env.failing is None else env.failing.code
    if customer.handset.blocked:
        status = _USER_BLOCK
    if status == _SUCCESS:
        url = body.get("url") or ""
        buttons = (Button("open", "Details", "url", url),) if url else ()
        item = Item(id="", at=0, author="business", kind="template", text=text, buttons=buttons)
        delivery.deliver(account, customer, wire.Content(item), env)
    parts = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": status}
    outcome = done({"errcode": 0, "errmsg": "ok", "msgid": number}, (str(number),))
    outcome.effects += callbacks.post(account, body["touser"], "event", parts, env, (str(number),))
    return outcome


def list_templates(account: Account) -> Outcome:
    """All templates of the account."""
    told = [
        {
            "template_id": template.id,
            "title": template.title,
            "primary_industry": "",
            "deputy_industry": "",
            "content": template.content,
            "example": template.example,
        }
        for template in account.templates.values()
    ]
    return done({"template_list": told})
