"""The Conversation API over HTTP, with aiohttp: OAuth2 or Basic, JSON in and out, bounded in time and size."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson

from contactpro_bridge.chats.attached import own_entry_id
from contactpro_bridge.clients.api import MAX_ID, ApiError, ConversationApi, SentQuery, error_from_answer
from contactpro_bridge.clients.tokens import Token, TokenKeeper
from contactpro_bridge.clock import SECOND_US, Clock, render_rfc3339
from contactpro_bridge.intake.callbacks import name_of
from contactpro_bridge.intake.fields import text_of
from contactpro_bridge.settings.tenant import ServiceSettings

TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5)
MAX_ANSWER: Final = 8 * 1024 * 1024
MAX_RETRY_AFTER_S: Final = 3600.0
_PAGE: Final = 100
_MAX_PAGES: Final = 10
# Our clock and the API's differ; looking a little further back costs nothing.
_SLACK_US: Final = 300 * SECOND_US


def http_api_factory(session: aiohttp.ClientSession) -> "HttpApiFactory":
    """Return a factory whose clients share ``session``."""
    return HttpApiFactory(session)


class HttpApiFactory:
    """Makes HTTP clients."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def __call__(self, service: ServiceSettings, clock: Clock) -> ConversationApi:
        """Return the client of ``service``."""
        return HttpConversationApi(self._session, service, clock)


class HttpConversationApi:
    """One project's Conversation API."""

    def __init__(self, session: aiohttp.ClientSession, service: ServiceSettings, clock: Clock) -> None:
        self._session = session
        self._service = service
        self._basic = aiohttp.encode_basic_auth(service.key_id, service.key_secret)
        self._tokens = TokenKeeper(self._fetch_token, clock) if service.token_url else None

    async def send(self, body: Mapping[str, Any]) -> str:
        """Send a message; return its id."""
        answer = await self._call("POST", self._service.service_connection, body=body)
        return _id_of(answer, "message_id")

    async def contact_name(self, contact_id: str) -> str | None:
        """Return a contact's display name, None when it has none or does not exist."""
        try:
            return name_of(
                await self._call("GET", f"{self._service.project_url}/contacts/{quote(contact_id, safe='')}")
            )
        except ApiError as problem:
            if problem.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def find_sent(self, query: SentQuery) -> str | None:
        """Return the id of the message that carries our entry id, None when the API has no such message."""
        url = f"{self._service.project_url}/messages"
        parameters = {
            "app_id": query.app_id,
            "start_time": render_rfc3339(query.since_us - _SLACK_US),
            "page_size": str(_PAGE),
            "view": "WITH_METADATA",
        }
        if query.contact_id:
            parameters["contact_id"] = query.contact_id
        else:
            parameters |= {"channel_identity": query.identity, "messages_source": "DISPATCH_SOURCE"}
        for _ in range(_MAX_PAGES):
            answer = await self._call("GET", url, parameters=parameters)
            messages = answer.get("messages")
            for message in messages if isinstance(messages, list) else []:
                metadata = message.get("metadata") if isinstance(message, dict) else None
                if isinstance(metadata, str) and own_entry_id(metadata) == query.entry_id:
                    return _id_of(message, "id")
            token = answer.get("next_page_token")
            if not token:
                break
            parameters["page_token"] = str(token)
        return None

    async def _call(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call with the current token; once more with a new one when it was refused."""
        for last in (False, True):
            authorization = await self._authorization()
            status, answer, retry_after_s = await self._request(
                method, url, {"Authorization": authorization}, body=body, parameters=parameters
            )
            if status == HTTPStatus.UNAUTHORIZED and self._tokens is not None and not last:
                self._tokens.refused(authorization.removeprefix("Bearer "))
                continue
            if not _is_success(status):
                raise error_from_answer(status, answer, retry_after_s)
            if isinstance(answer, dict):
                return answer
            break
        raise ApiError(
            "BAD_ANSWER", "The Conversation API's answer is not a JSON object.", retryable=True, maybe_done=True
        )

    async def _authorization(self) -> str:
        return self._basic if self._tokens is None else f"Bearer {await self._tokens.token()}"

    async def _fetch_token(self) -> Token:
        """Ask the token endpoint; its 5xx and 429 leave nothing done, so repeating is safe."""
        form = aiohttp.FormData({"grant_type": "client_credentials"})
        headers = {"Authorization": self._basic}
        try:
            status, answer, retry_after_s = await self._request(
                "POST", self._service.token_url or "", headers, form=form
            )
            if not _is_success(status):
                raise error_from_answer(status, answer, retry_after_s)
        except ApiError as problem:
            problem.maybe_done = False
            raise
        value, lifetime = (
            (answer.get("access_token"), answer.get("expires_in")) if isinstance(answer, dict) else (None, None)
        )
        if not isinstance(value, str) or not isinstance(lifetime, int | float):
            raise ApiError("BAD_ANSWER", "The token endpoint's answer has no token.", retryable=True)
        return Token(value, float(lifetime))

    async def _request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        *,
        body: Mapping[str, Any] | None = None,
        form: aiohttp.FormData | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, float | None]:
        data: Any = form
        if body is not None:
            data, headers = orjson.dumps(body), {**headers, "Content-Type": "application/json"}
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, params=parameters, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                content = await _read(answer.content)
                return answer.status, _json(content), _retry_after_s(answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError:
            raise ApiError("UNREACHABLE", "The Conversation API cannot be reached.", retryable=True) from None
        except TimeoutError:
            raise ApiError(
                "TIMEOUT", "The Conversation API did not answer in time.", retryable=True, maybe_done=True
            ) from None
        except (aiohttp.ClientError, OSError) as problem:
            raise ApiError(
                "CONNECTION",
                f"The connection to the Conversation API failed ({type(problem).__name__}).",
                retryable=True,
                maybe_done=True,
            ) from None


def _id_of(answer: Mapping[str, Any], key: str) -> str:
    """Return a message's id; one that cannot be kept says that the message is there, and not which it is."""
    value = text_of(answer, key)
    if not 0 < len(value) <= MAX_ID:
        raise ApiError(
            "BAD_ANSWER", "The Conversation API answered without a message id.", retryable=True, maybe_done=True
        )
    return value


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


async def _read(stream: aiohttp.StreamReader) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise ApiError("BAD_ANSWER", "The Conversation API's answer is too large.", retryable=True, maybe_done=True)
    return bytes(content)


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        return None


def _retry_after_s(header: str | None) -> float | None:
    """Return the seconds a Retry-After header asks for; its date form is not used by the API and not read."""
    if header is None or not header.strip().isascii() or not header.strip().isdigit():
        return None
    return min(float(header.strip()[:9]), MAX_RETRY_AFTER_S)
