"""The SMS API's shapes: what a business may ask for, and what the API answers and calls back. Pure; JSON stops here.

Sources: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Batches and
https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec
import smsutil

from fake_channels.core.instants import DAY, from_rfc3339, to_rfc3339
from fake_channels.core.schemas import Checker, Mistake, checkers, load
from fake_channels.core.tables import VendorError
from fake_channels.sms import limits
from fake_channels.sms.state import Batch, Inbound, Order, Report

Json = dict[str, Any]

_PACKAGE: Final = "fake_channels.sms"
_SEND: Final = checkers(_PACKAGE, "send.json")
_UPDATE: Final = Checker(load(_PACKAGE, "update.json"))
_FEEDBACK: Final = Checker(load(_PACKAGE, "feedback.json"))
WEBHOOK: Final = Checker(load(_PACKAGE, "webhook.json"))

_FORMAT_RULES: Final = frozenset({"type", "pattern", "format"})
_NOT_IN_A_NUMBER: Final = re.compile(r"[\s().\-]")
_MSISDN: Final = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)
_GROUP: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{20,32}", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z0-9._\-]{1,16})\}")
_FARTHEST_MS: Final = 366 * DAY


class Refused(Exception):
    """The request is not what the API takes."""

    def __init__(self, error: VendorError, text: str) -> None:
        super().__init__(text)
        self.error = error
        self.text = text


# --- requests ---------------------------------------------------------------------------------------------------------


def parse_order(body: Any, since: int, groups: Collection[str] = ()) -> Order:
    """Understand a batch that is made at `since`; `groups` are the ids of those that there are.

    Raises:
        Refused: with the vendor's error and all mistakes in its text.
    """
    given = _given(body)
    kind = given.get("type", "mt_text")
    if kind == "mt_media":
        raise Refused(limits.CONSTRAINT, "[type] mt_media needs an MMS product, which this service plan does not have")
    checker = _SEND.get(kind) if isinstance(kind, str) else None
    if checker is None:
        raise Refused(limits.CONSTRAINT, f"[type] must be one of {', '.join(_SEND)}, not {str(kind)[:80]!r}")
    if not checker.accepts(given):
        raise refused(checker.mistakes(given))
    order = _understand(given, kind, groups)
    _check_times(order, since)
    return order


def parse_update(body: Any, batch: Batch, groups: Collection[str] = ()) -> Order:
    """The order of `batch` with the fields of an update in it; a null takes a field back to its default.

    Raises:
        Refused: the update, or what the batch would become, is not valid.
    """
    _given(body)
    changes = {name: value for name, value in body.items() if value is not None or name not in {"to_add", "to_remove"}}
    if not _UPDATE.accepts(changes):
        raise refused(_UPDATE.mistakes(changes))
    added, removed = recipients(changes.pop("to_add", []), groups, "to_add"), changes.pop("to_remove", [])
    gone = frozenset(recipients(removed, {*groups, *batch.order.to}, "to_remove"))
    kept = [number for number in dict.fromkeys((*batch.order.to, *added)) if number not in gone]
    return parse_order({**render_order(batch.order), **changes, "to": kept}, batch.created_at, groups)


def parse_feedback(body: Any) -> tuple[str, ...]:
    """The recipients that a delivery feedback confirms; none means all.

    Raises:
        Refused: for what is no such request.
    """
    given = _given(body)
    if not _FEEDBACK.accepts(given):
        raise refused(_FEEDBACK.mistakes(given))
    return recipients(given["recipients"], field="recipients")


def parse_time(field: str, text: str) -> int:
    """An instant of a field or query parameter.

    Raises:
        Refused: it is not an ISO 8601 time with a zone.
    """
    try:
        return from_rfc3339(text)
    except (ValueError, OverflowError) as error:
        raise Refused(limits.INVALID_FORMAT, f"[{field}] {error}") from None


def normalised(number: str) -> str:
    """A phone number as the API returns it: digits without plus sign; empty when it is none."""
    bare = _NOT_IN_A_NUMBER.sub("", number)
    bare = bare.removeprefix("+") if bare.startswith("+") else bare.removeprefix("00")
    return bare if _MSISDN.fullmatch(bare) else ""


def _given(body: Any) -> Json:
    if not isinstance(body, dict):
        raise Refused(limits.INVALID_FORMAT, "[request] the body must be a JSON object")
    return {name: value for name, value in body.items() if value is not None}


def refused(mistakes: list[Mistake]) -> Refused:
    """All mistakes in one refusal, with the code that fits them."""
    error = limits.INVALID_FORMAT if all(one.rule in _FORMAT_RULES for one in mistakes) else limits.CONSTRAINT
    return Refused(error, "; ".join(_sentence(mistake) for mistake in mistakes))


def _sentence(mistake: Mistake) -> str:
    field, _, rest = mistake.path.partition(".")
    return f"[{field or 'request'}] {'at ' + rest + ': ' if rest else ''}{mistake.says}"


def recipients(given: Iterable[str], groups: Collection[str] = (), field: str = "to") -> tuple[str, ...]:
    """Phone numbers as the API returns them, and ids of groups, each once; `field` is where they stand.

    Raises:
        Refused: one is neither.
    """
    found: dict[str, None] = {}
    for text in given:
        number = text if text in groups else normalised(text)
        if not number and _GROUP.fullmatch(text):
            raise Refused(limits.UNKNOWN_GROUP, f"[{field}] there is no group {text!r}")
        if not number:
            raise Refused(limits.CONSTRAINT, f"[{field}] {text!r} is not a phone number")
        found[number] = None
    return tuple(found)


def _understand(given: Json, kind: str, groups: Collection[str]) -> Order:
    is_text = kind == "mt_text"
    if not is_text:
        _check_binary(given["body"], given["udh"])
    return Order(
        to=recipients(given["to"], groups),
        body=given["body"],
        sender=normalised(given.get("from", "")) or given.get("from", ""),
        type="mt_text" if is_text else "mt_binary",
        udh="" if is_text else given["udh"],
        parameters=_parameters(given.get("parameters", {})) if is_text else {},
        delivery_report=given.get("delivery_report", "none"),
        send_at=parse_time("send_at", given["send_at"]) if "send_at" in given else None,
        expire_at=parse_time("expire_at", given["expire_at"]) if "expire_at" in given else None,
        callback_url=given.get("callback_url", ""),
        client_reference=given.get("client_reference", ""),
        feedback_enabled=given.get("feedback_enabled", False),
        flash_message=is_text and given.get("flash_message", False),
        truncate_concat=is_text and given.get("truncate_concat", False),
        max_parts=given.get("max_number_of_message_parts") if is_text else None,
        from_ton=given.get("from_ton"),
        from_npi=given.get("from_npi"),
    )


def _parameters(given: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {
        name: {key if key == "default" else normalised(key) or key: value for key, value in values.items()}
        for name, values in given.items()
    }


def _check_binary(body: str, udh: str) -> None:
    try:
        size = len(base64.b64decode(body, validate=True)) + len(udh) // 2
    except binascii.Error:
        raise Refused(limits.INVALID_FORMAT, "[body] is not Base64") from None
    if size > limits.BINARY_MAX:
        raise Refused(limits.CONSTRAINT, f"[body] {size} bytes with its udh, at most {limits.BINARY_MAX}")


def _check_times(order: Order, since: int) -> None:
    start = max(order.send_at or 0, since)
    if start > since + _FARTHEST_MS:
        raise Refused(limits.CONSTRAINT, "[send_at] is more than a year away")
    if order.expire_at is None:
        return
    if order.expire_at <= start:
        raise Refused(limits.CONSTRAINT, "[expire_at] must be after send_at")
    if order.expire_at > start + limits.LIFE_MS:
        raise Refused(limits.CONSTRAINT, "[expire_at] must be within 3 days after send_at")


# --- texts ------------------------------------------------------------------------------------------------------------


class Split(msgspec.Struct, frozen=True):
    """A text in the parts that go over the air."""

    encoding: str
    """`text` for GSM-7, `unicode` for UCS-2."""
    parts: tuple[str, ...]


@lru_cache(maxsize=1_024)
def split(text: str) -> Split:
    """Cut a text into parts; no escape sequence and no surrogate pair is torn apart."""
    found = smsutil.split(text)
    encoding = "text" if found.encoding == "gsm0338" else "unicode"
    return Split(encoding, tuple(part.content for part in found.parts))


def shortened(text: str) -> str:
    """What of `text` fits in one message that is not one of several."""
    if split(text).encoding == "text":
        return str(smsutil.gsm_split(text, multi_part_bytes=160).parts[0].content)
    return str(smsutil.unicode_split(text, multi_part_bytes=140).parts[0].content)


def filled(order: Order, msisdn: str) -> tuple[str, str]:
    """The text for one recipient, and the first parameter that has no value; empty when all have."""
    if not order.parameters:
        return order.body, ""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        values = order.parameters.get(match[1], {})
        found = values.get(msisdn, values.get("default"))
        if found is None:
            missing.append(match[1])
        return match[0] if found is None else found

    text = _PLACEHOLDER.sub(value, order.body)
    return text, missing[0] if missing else ""


# --- answers and callbacks --------------------------------------------------------------------------------------------


def render_order(order: Order) -> Json:
    """An order as a request that leads to it."""
    optional = {
        "from": order.sender,
        "parameters": order.parameters,
        "udh": order.udh,
        "send_at": None if order.send_at is None else to_rfc3339(order.send_at),
        "expire_at": None if order.expire_at is None else to_rfc3339(order.expire_at),
        "callback_url": order.callback_url,
        "client_reference": order.client_reference,
        "max_number_of_message_parts": order.max_parts,
        "from_ton": order.from_ton,
        "from_npi": order.from_npi,
    }
    always = {"to": list(order.to), "body": order.body, "type": order.type, "delivery_report": order.delivery_report}
    flags: Json = {"feedback_enabled": order.feedback_enabled}
    if order.type == "mt_text":
        flags |= {"flash_message": order.flash_message, "truncate_concat": order.truncate_concat}
    return {**always, **{name: value for name, value in optional.items() if value not in ("", None, {})}, **flags}


def render_batch(batch: Batch) -> Json:
    """A batch as every operation on it answers."""
    return {
        "id": batch.id,
        **render_order(batch.order),
        "canceled": batch.canceled,
        "created_at": to_rfc3339(batch.created_at),
        "modified_at": to_rfc3339(batch.modified_at),
        "expire_at": to_rfc3339(batch.expire_at),
    }


def render_page(name: str, entries: list[Json], page: int, page_size: int) -> Json:
    """One page of a list; `page_size` counts what this page holds."""
    shown = entries[page * page_size : (page + 1) * page_size]
    return {"count": len(entries), "page": page, "page_size": len(shown), name: shown}


def render_dry_run(order: Order, to: tuple[str, ...], details_of: int) -> Json:
    """What a batch would send to these numbers, with details of the first `details_of`."""
    texts = {msisdn: filled(order, msisdn)[0] for msisdn in to}
    splits = {msisdn: _split_of(order, text) for msisdn, text in texts.items()}
    answer: Json = {
        "number_of_recipients": len(to),
        "number_of_messages": sum(len(one.parts) for one in splits.values()),
    }
    if details_of:
        answer["per_recipient"] = [
            {
                "recipient": msisdn,
                "body": "".join(splits[msisdn].parts),
                "number_of_parts": len(splits[msisdn].parts),
                "encoding": splits[msisdn].encoding,
            }
            for msisdn in to[:details_of]
        ]
    return answer


def _split_of(order: Order, text: str) -> Split:
    if order.type == "mt_binary":
        return Split("text", (text,))
    return split(shortened(text) if order.truncate_concat else text)


def render_recipient_report(batch: Batch, msisdn: str, report: Report, originator: str) -> Json:
    """The report about one recipient; `originator` is the account's default."""
    order = batch.order
    told: Json = {
        "type": "recipient_delivery_report_sms",
        "batch_id": batch.id,
        "recipient": msisdn,
        "code": report.code,
        "status": report.status,
        "at": to_rfc3339(report.at),
    }
    if report.operator_at is not None:
        told["operator_status_at"] = to_rfc3339(report.operator_at)
    if order.client_reference:
        told["client_reference"] = order.client_reference
    if order.max_parts is not None:
        told["number_of_message_parts"] = report.parts
    if not order.sender:
        told["applied_originator"] = originator
    return told


def render_batch_report(
    batch: Batch, *, full: bool, statuses: frozenset[str] = frozenset(), codes: frozenset[int] = frozenset()
) -> Json:
    """The report about a whole batch, one entry a code; `statuses` (lower case) and `codes` keep only those."""
    groups: dict[tuple[int, str], list[str]] = {}
    for msisdn, report in batch.reports.items():
        if is_wanted(report, statuses, codes):
            groups.setdefault((report.code, report.status), []).append(msisdn)
    entries: list[Json] = [
        {"code": code, "status": status, "count": len(numbers)} | ({"recipients": numbers} if full else {})
        for (code, status), numbers in groups.items()
    ]
    told: Json = {"type": "delivery_report_sms", "batch_id": batch.id, "total_message_count": len(batch.recipients)}
    if batch.order.client_reference:
        told["client_reference"] = batch.order.client_reference
    return {**told, "statuses": entries}


def is_wanted(report: Report, statuses: frozenset[str], codes: frozenset[int]) -> bool:
    """True for a report that passes both filters; an empty filter passes everything."""
    return (not statuses or report.status.lower() in statuses) and (not codes or report.code in codes)


def render_inbound(inbound: Inbound) -> Json:
    """A message from a customer, as lists and callbacks carry it."""
    return {
        "type": "mo_text",
        "id": inbound.id,
        "from": inbound.sender,
        "to": inbound.to,
        "body": inbound.body,
        "received_at": to_rfc3339(inbound.at),
    }


def render_error(code: str, text: str) -> Json:
    """An error's body."""
    return {"code": code, "text": text}
