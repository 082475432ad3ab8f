"""What a run tells while it works, through Python's logging: as lines for people, or one JSON object a line.

Goes in: an event by name, its facts, and the line that says the same to a person. Comes out: records of the logger
`corpus`, so whoever uses the package as a library hears of them by a handler of their own.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, Literal

LOGGER = logging.getLogger("corpus")

Form = Literal["text", "json"]


class AsText(logging.Formatter):
    """The line for people."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


class AsJson(logging.Formatter):
    """`time` (UTC), `level` and `event`, then the facts of the event; ASCII, since machines of clusters often know no
    more."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"time": at, "level": record.levelname.lower(), "event": getattr(record, "event", "message")}
        facts = getattr(record, "facts", None) or {"text": record.getMessage()}
        return json.dumps(told | facts, default=str)


def listen(form: Form) -> None:
    """Put events on standard error in this form, from now on; handlers of others stay."""
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if form == "json" else AsText())
    if form == "text":
        handler.addFilter(lambda record: bool(record.getMessage()))
    ours = (AsText, AsJson)
    LOGGER.handlers = [each for each in LOGGER.handlers if not isinstance(each.formatter, ours)] + [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def is_json() -> bool:
    """Whether events go out as JSON, so that nothing else may stand between the lines."""
    return any(isinstance(handler.formatter, AsJson) for handler in LOGGER.handlers)


def tell(event: str, line: str = "", level: int = logging.INFO, **facts: Any) -> None:
    """An event with its facts; `line` is what a person reads of it, nothing when it is empty."""
    LOGGER.log(level, "%s", line, extra={"event": event, "facts": facts})


def since(started: float) -> float:
    """Seconds since `time.monotonic()` was `started`."""
    return round(time.monotonic() - started, 3)
