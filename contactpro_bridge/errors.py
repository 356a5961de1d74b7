"""The bridge's refusals: a stable code, a sentence, a hint, and the HTTP status that carries them.

A ``Refusal`` is an answer to whoever asked; a defect of ours is any other exception and becomes a 500 without details.
"""

from typing import Any


class Refusal(Exception):
    """Something was asked that cannot be done; ``code`` is stable, ``message`` and ``hint`` are for people."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint

    def body(self) -> dict[str, Any]:
        """Return the JSON body every error of the bridge has."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


def bad_request(message: str, hint: str = "", *, code: str = "bad_request") -> Refusal:
    """Build the 400 for input that is not what the interface asks for."""
    return Refusal(400, code, message, hint)


def not_found(what: str, hint: str = "Check the id; it may have been deleted.") -> Refusal:
    """Build the 404 for a thing that does not exist, or that the caller may not know of."""
    return Refusal(404, "not_found", f"There is no such {what}.", hint)


def missing_right(right: str) -> Refusal:
    """Build the 403 for an agent who lacks ``right``."""
    return Refusal(
        403,
        "missing_right",
        f"This agent does not have the right '{right}'.",
        "An administrator grants rights in the agent's settings.",
    )
