"""Routes: every documented operation is found by method and path, and nothing else is."""

import pytest

from fake_sinch import routes

EVERY = [("v1", o) for o in routes.V1] + [("v2", o) for o in routes.V2]


@pytest.mark.parametrize(("version", "operation"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_every_operation_is_found(version: str, operation: routes.Operation) -> None:
    """With the ids of its path, in order."""
    ids = [f"ID{n}" for n in range(operation.path.count("{}"))]
    path = operation.path.replace("{}", "%s") % tuple(ids)
    assert routes.find(version, operation.method, path) == (operation, tuple(ids))


def test_names_are_unique_and_counted() -> None:
    """45 operations of v1, two to register opt-in and opt-out, six of templates v2."""
    names = [o.name for _, o in EVERY]
    assert len(names) == len(set(names))
    assert (len(routes.V1), len(routes.V2)) == (47, 6)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/messages/a/b"),
        ("POST", "/messages/a"),
        ("GET", "/messages/"),
        ("POST", "/messages:Send"),
        ("POST", "/conversations/a:stop:stop"),
        ("GET", "/apps\n"),
    ],
)
def test_near_misses_are_not_found(method: str, path: str) -> None:
    """Case, further segments and wrong methods count."""
    assert routes.find("v1", method, path) is None
