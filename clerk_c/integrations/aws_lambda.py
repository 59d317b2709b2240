"""Clerk in AWS Lambda: functions behind API Gateway (REST, HTTP and WebSocket APIs) or a load
balancer, and authorizers.

    auth = ClerkAuth()

    @auth.protect
    def handler(event, context, state):
        return {"statusCode": 200, "body": state.payload["sub"]}

    authorizer = auth.authorizer()
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, overload

from clerk_c.security.types import RequestState

from . import _common

_Handler = Callable[[Any, Any], Any]
_Guarded = Callable[[Any, Any, RequestState], Any]
# What an authorizer hands on, and the claim or member that it comes from.
_CONTEXT = {
    "user_id": "sub",
    "session_id": "sid",
    "org_id": "org_id",
    "org_slug": "org_slug",
    "org_role": "org_role",
    "subject": "subject",
    "token_id": "id",
}


class ClerkAuth(_common.ClerkAuth):
    __doc__ = _common.ClerkAuth.__doc__

    def of(self, event: Mapping[str, Any]) -> RequestState:
        """Who is asking, by the headers of an event.

        Args:
            event: of API Gateway (payload 1.0 or 2.0), of a load balancer, or of an
                authorizer (TOKEN or REQUEST).

        Raises:
            TypeError: the event is no mapping.
        """
        return self.authenticate(_headers(event))

    @overload
    def protect(self, handler: _Guarded, /) -> _Handler: ...
    @overload
    def protect(
        self, handler: None = None, /, *, role: str | None = None, permission: str | None = None,
        feature: str | None = None, plan: str | None = None, reverification: Any = None,
    ) -> Callable[[_Guarded], _Handler]: ...
    def protect(self, handler: Any = None, /, **wanted: Any) -> Any:
        """Calls `handler(event, context, state)` for requests that are signed in and fulfil the
        conditions, which are those of `AuthObject.has`; answers 401, 403 or 503 otherwise, in
        the form that the event's sender takes."""
        conditions = _common.Conditions(wanted)
        if handler is None:
            return functools.partial(self._protected, conditions)
        return self._protected(conditions, handler)

    def _protected(self, conditions: _common.Conditions, handler: _Guarded) -> _Handler:
        def guarded(event: Any, context: Any) -> Any:
            state = self.of(event)
            refusal = conditions.refusal(state)
            if refusal is not None:
                return _answer(event, refusal)
            return handler(event, context, state)

        # Not functools.wraps: its __wrapped__ would show a third parameter.
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(guarded, name, getattr(handler, name, None) or getattr(guarded, name))
        return guarded

    def authorizer(
        self,
        *,
        simple: bool | None = None,
        role: str | None = None,
        permission: str | None = None,
        feature: str | None = None,
        plan: str | None = None,
        reverification: Any = None,
    ) -> _Handler:
        """A handler for a Lambda authorizer.

        It allows the whole stage or nothing, since API Gateway keeps its answer for other
        routes too. The context that it hands on has user_id, session_id, org_id, org_slug and
        org_role, as far as they are known, or for a refusal the reason.

        Args:
            simple: whether to answer {"isAuthorized": ...} instead of a policy. Default: as
                HTTP APIs with payload 2.0 have it.
            role, permission, feature, plan, reverification: see `AuthObject.has`.
        """
        wanted = {
            "role": role,
            "permission": permission,
            "feature": feature,
            "plan": plan,
            "reverification": reverification,
        }
        conditions = _common.Conditions(wanted)

        def authorize(event: Any, context: Any) -> dict[str, Any]:
            state = self.of(event)
            refusal = conditions.refusal(state)
            shape = event.get("version") == "2.0" if simple is None else simple
            return _simple(state, refusal) if shape else _policy(event, state, refusal)

        return authorize


def _headers(event: Any) -> list[tuple[str, str]]:
    if not isinstance(event, Mapping):
        raise TypeError(f"event must be a dict, not {type(event).__name__!r}")
    pairs: list[tuple[str, str]] = []
    several = event.get("multiValueHeaders")
    if isinstance(several, Mapping):
        pairs = [(n, v) for n, values in several.items() for v in _many(values)]
    elif isinstance(event.get("headers"), Mapping):
        pairs = list(event["headers"].items())
    token = event.get("authorizationToken")
    if isinstance(token, str):
        pairs.append(("authorization", token))
    pairs += [("cookie", cookie) for cookie in _many(event.get("cookies"))]
    return [(n, v) for n, v in pairs if isinstance(n, str) and isinstance(v, str)]


def _many(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _answer(event: Mapping[str, Any], refusal: _common.Refusal) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **refusal.headers}
    answer: dict[str, Any] = {
        "statusCode": refusal.status,
        "headers": headers,
        "body": json.dumps(refusal.body),
        "isBase64Encoded": False,
    }
    source = event.get("requestContext")
    if isinstance(source, Mapping) and "elb" in source:
        phrase = HTTPStatus(refusal.status).phrase
        answer["statusDescription"] = f"{refusal.status} {phrase}"
        if "multiValueHeaders" in event:  # then the other kind is ignored
            del answer["headers"]
            answer["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return answer


def _context(state: RequestState, refusal: _common.Refusal | None) -> dict[str, str]:
    if refusal is not None:
        return {"reason": refusal.code}
    payload = state.payload or {}
    found = {name: payload.get(claim) for name, claim in _CONTEXT.items()}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _simple(state: RequestState, refusal: _common.Refusal | None) -> dict[str, Any]:
    return {"isAuthorized": refusal is None, "context": _context(state, refusal)}


def _policy(
    event: Mapping[str, Any], state: RequestState, refusal: _common.Refusal | None
) -> dict[str, Any]:
    context = _context(state, refusal)
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if refusal is None else "Deny",
        "Resource": _stage(event.get("methodArn") or event.get("routeArn")),
    }
    return {
        "principalId": context.get("user_id") or context.get("subject") or "anonymous",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def _stage(arn: Any) -> str:
    """All routes of the stage that an ARN is about: ...:api/stage/GET/path."""
    if not isinstance(arn, str) or arn.count("/") < 2:
        raise ValueError("event: it is none of an authorizer: it has no methodArn")
    api, stage, _ = arn.split("/", 2)
    return f"{api}/{stage}/*"


__all__ = ["ClerkAuth", "RequestState"]
