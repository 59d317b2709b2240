"""Resources: what the stand-in keeps as records, each with the operations on it.

Routes come from the interface: an operation that no resource carries out is an error here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from clerk_c.testing.call import Call
from clerk_c.testing.interface import interface
from clerk_c.testing.resources import (
    access,
    billing,
    connections,
    instance,
    keys,
    machines,
    oauth,
    organization_domains,
    organization_invitations,
    organizations,
    roles,
    sessions,
    templates,
    tickets,
)
from clerk_c.testing.resources.engine import general, handler

_MODULES = (
    access,
    billing,
    connections,
    instance,
    keys,
    machines,
    oauth,
    organization_domains,
    organization_invitations,
    organizations,
    roles,
    sessions,
    templates,
    tickets,
)

Routes = list[tuple[str, str, Callable[[Call], Any]]]


def routes(others: Iterable[tuple[str, str]]) -> tuple[Routes, Routes]:
    """The routes of all operations but the `others`, which have functions of their own: those
    that ask for the secret key, and those that do not."""
    steps = {
        key: step
        for module in _MODULES
        for resource in module.RESOURCES
        for key, step in resource.steps()
    }
    done = {(method, general(path)) for method, path in others}
    result: Routes = []
    public: Routes = []
    for operation in interface().operations:
        key = (operation.method, general(operation.path))
        if key in done:
            continue
        if key not in steps:
            raise LookupError(f"nothing carries out {operation.method} {operation.path}")
        route = (operation.method, operation.path, handler(operation, steps[key]))
        (public if operation.public else result).append(route)
    return result, public
