"""The webhook endpoint: size, type, signature, form, commit, 200, in this order.

200 is said only after the commit. What is not believed is not stored; what was stored before is acknowledged again.
"""

from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web

from contactpro_bridge.agent.web_json import read_bounded
from contactpro_bridge.clock import SECOND_US
from contactpro_bridge.errors import Refusal, bad_request, not_found
from contactpro_bridge.intake.apply import Intake, apply_callback
from contactpro_bridge.intake.callbacks import UNKNOWN, Callback, InboundMessage, Malformed, Unknown, parse_callback
from contactpro_bridge.intake.signature import Verdict, verify
from contactpro_bridge.metrics import Metrics
from contactpro_bridge.settings.tenant import ServiceSettings
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.tenants import Tenant, Tenants

_log = structlog.get_logger(__name__)

ACCEPTED: Final = b"{}"
# Some ten seconds of work: whoever waits longer has given up, and delivers again.
MAX_BACKLOG: Final = 4000

_SENTENCES: Final = {
    Verdict.MISSING: "The signature headers are missing.",
    Verdict.WRONG: "The signature does not belong to this body and the configured secret.",
    Verdict.TOO_OLD: "The signature is older than allowed.",
}


class WebhookServer:
    """Takes callbacks."""

    def __init__(self, db: Database, tenants: Tenants, intake: Intake, metrics: Metrics, max_bytes: int) -> None:
        self._db = db
        self._tenants = tenants
        self._intake = intake
        self._metrics = metrics
        self._max_bytes = max_bytes

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/{tenant}/webhooks/{service}", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback."""
        tenant = self._tenants.get(request.match_info["tenant"])
        service = None if tenant is None else tenant.services.get(request.match_info["service"])
        if tenant is None or service is None:
            raise not_found("webhook address", "Compare the webhook's target with the address the bridge shows.")
        try:
            body = await self._body(request)
            self._check_signature(tenant, service, request.headers, body)
            try:
                callback = parse_callback(body)
            except Malformed as problem:
                raise bad_request(str(problem), code="malformed_callback") from None
        except Refusal as refusal:
            self._metrics.webhooks.labels(tenant.id, UNKNOWN, refusal.code).inc()
            raise
        fresh = await self._db.write(lambda tx: self._apply(tx, tenant, service.name, callback, body))
        self._count(tenant, callback, fresh=fresh)
        return web.Response(body=ACCEPTED, content_type="application/json")

    def _apply(self, tx: Tx, tenant: Tenant, service: str, callback: Callback, body: bytes) -> bool:
        if self._tenants.get(tenant.id) is None:  # deleted while the body arrived: nothing of it may come back
            raise not_found("webhook address")
        return apply_callback(tx, self._intake, tenant, service, callback, body)

    async def _body(self, request: web.Request) -> bytes:
        """Return the body; one that is too large is refused before it is read, or as soon as that shows."""
        if request.content_type != "application/json":
            raise Refusal(
                415, "unsupported_media_type", "A callback is application/json.", "Set the Content-Type header."
            )
        if self._db.backlog > MAX_BACKLOG:
            raise Refusal(503, "overloaded", "More callbacks wait than can be stored now.", "Deliver it again later.")
        return await read_bounded(request, self._max_bytes)

    def _check_signature(
        self, tenant: Tenant, service: ServiceSettings, headers: Mapping[str, str], body: bytes
    ) -> None:
        settings = tenant.settings.chat_settings
        if not service.webhook_secret:
            if settings.strict_webhook_signatures:
                raise Refusal(
                    401,
                    "no_webhook_secret",
                    f"Service {service.name!r} has no webhook secret, and unsigned webhooks are refused.",
                    "Configure the secret of the webhook in the service.",
                )
            return
        verdict = verify(
            headers,
            body,
            service.webhook_secret,
            now_s=tenant.clock.now() // SECOND_US,
            max_age_s=settings.webhook_max_age_seconds,
        )
        if verdict is not Verdict.GOOD:
            _log.warning("webhook_refused", tenant=tenant.id, service=service.name, reason=verdict.value)
            raise Refusal(
                401,
                f"signature_{verdict.value}",
                _SENTENCES[verdict],
                "The webhook's secret and the service's webhook secret must be the same.",
            )

    def _count(self, tenant: Tenant, callback: Callback, *, fresh: bool) -> None:
        result = "accepted" if fresh else "duplicate"
        # The name of an unknown callback is the sender's choice, and every label lives as long as the process.
        trigger = UNKNOWN if isinstance(callback.event, Unknown) else callback.trigger
        if fresh and isinstance(callback.event, Unknown):
            result = "kept"
            _log.info("callback_kept", tenant=tenant.id, trigger=callback.trigger)
        elif fresh and isinstance(callback.event, InboundMessage) and callback.event.dispatch:
            _log.warning(
                "app_in_dispatch_mode",
                tenant=tenant.id,
                app_id=callback.event.app_id,
                hint="Set the app's processing mode to CONVERSATION; names and conversations are missing otherwise.",
            )
        self._metrics.webhooks.labels(tenant.id, trigger, result).inc()
