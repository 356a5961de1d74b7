"""Logs: JSON lines on stderr, secrets masked. Nothing else writes there, and stdout carries the ready line alone."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

MASK: Final = "***"
_SECRET_KEY: Final = re.compile(r"secret|token|password|authorization|credential|api_key", re.IGNORECASE)
_BROKEN_REQUESTS: Final = (HttpProcessingError, RequestPayloadError, ConnectionError)
_SECRET_TEXT: Final = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}|(://[^/\s:@]+):[^@\s/]+@")


def configure_logs(level: str) -> None:
    """Send everything, the standard library's records too, to stderr as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(note_broken_request)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiohttp.access").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")


def note_broken_request(record: logging.LogRecord) -> bool:
    """Let one line stand for a request that was cut off or is no HTTP: anybody can send such, and it is no defect."""
    problem = record.exc_info[1] if record.exc_info else None
    if record.name == "aiohttp.server" and isinstance(problem, _BROKEN_REQUESTS):
        record.msg, record.args, record.exc_info = f"request_broken: {type(problem).__name__}", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return logging.getLogger().isEnabledFor(record.levelno)


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values whose key names a secret, and credentials inside texts."""
    for key, value in event.items():
        if _SECRET_KEY.search(key):
            event[key] = MASK
        elif isinstance(value, str):
            event[key] = mask_text(value)
    return event


def mask_text(text: str) -> str:
    """Replace credentials inside a text: Authorization values, and passwords in URLs."""
    return _SECRET_TEXT.sub(lambda match: f"{match[2]}:{MASK}@" if match[2] else f"{match[1]} {MASK}", text)
