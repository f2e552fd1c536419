"""Structured logs on stderr; never holds text of a conversation."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(*, level: str = "INFO", as_json: bool = False) -> None:
    """Sets up structlog for this process: text for people, or JSON lines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_log(**context: object) -> structlog.typing.FilteringBoundLogger:
    """A logger that carries `context` in every line."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger().bind(**context)
    return log
