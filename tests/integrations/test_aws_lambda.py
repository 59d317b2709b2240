"""AWS Lambda: the events of its senders, in the forms that Amazon documents."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from clerk_c.integrations.aws_lambda import ClerkAuth

ARN = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/GET/me/1"
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod/*"


def rest(headers: dict[str, str]) -> dict[str, Any]:
    return {
        "resource": "/me",
        "path": "/me",
        "httpMethod": "GET",
        "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "requestContext": {"stage": "prod"},
        "body": None,
    }


def http(headers: dict[str, str]) -> dict[str, Any]:
    """Payload 2.0 has cookies apart."""
    cookies = headers.get("Cookie", "").split("; ") if "Cookie" in headers else []
    plain = {name.lower(): value for name, value in headers.items() if name != "Cookie"}
    event = {"version": "2.0", "routeKey": "GET /me", "headers": plain, "requestContext": {}}
    return {**event, "cookies": cookies} if cookies else event


def balancer(headers: dict[str, str]) -> dict[str, Any]:
    plain = {name.lower(): value for name, value in headers.items()}
    return {"requestContext": {"elb": {"targetGroupArn": "x"}}, "path": "/me", "headers": plain}


def balancer_several(headers: dict[str, str]) -> dict[str, Any]:
    event = balancer(headers)
    event["multiValueHeaders"] = {name: [value] for name, value in event.pop("headers").items()}
    return event


EVENTS = [rest, http, balancer, balancer_several]


@pytest.fixture
def auth(instance: Any) -> ClerkAuth:
    return ClerkAuth(**instance.settings)


@pytest.mark.parametrize("shape", EVENTS)
def test_outcomes(
    shape: Any, auth: ClerkAuth, instance: Any, outcomes: Callable[[], Any],
    judge: Callable[..., None],
) -> None:  # fmt: skip
    @auth.protect
    def me(event: Any, context: Any, state: Any) -> Any:
        return {"statusCode": 200, "user": state.payload["sub"], "context": context}

    @auth.protect(role="org:admin")
    def admin(event: Any, context: Any, state: Any) -> Any:
        return me(event, context)

    handlers = {"/me": me, "/admin": admin}
    for path, headers, status, code in outcomes():
        if path not in handlers:
            assert auth.of(shape(headers)) is not None  # signed in or not
            continue
        answer = handlers[path](shape(headers), "context")
        assert answer["statusCode"] == status, (path, headers)
        if status == 200:
            assert answer == {"statusCode": 200, "user": instance.user, "context": "context"}
            continue
        several = answer.get("multiValueHeaders")
        assert (several is not None) == (shape is balancer_several)
        found = answer["headers"] if several is None else {n: v[0] for n, v in several.items()}
        assert found["Content-Type"] == "application/json"
        plain = {name.lower(): value for name, value in found.items()}
        judge(status, code, json.loads(answer["body"]), plain)
        phrase = {401: "401 Unauthorized", 403: "403 Forbidden"}[status]
        expected = phrase if shape in (balancer, balancer_several) else None
        assert answer.get("statusDescription") == expected
        assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize("shape", EVENTS)
def test_odd_headers(shape: Any, auth: ClerkAuth, odd: list[tuple[str, str]]) -> None:
    state = auth.of(shape(dict(odd)))
    assert not state.is_signed_in


@pytest.mark.parametrize(
    "event",
    [
        {}, {"headers": None}, {"headers": []}, {"headers": {1: 2}}, {"headers": {"cookie": None}},
        {"multiValueHeaders": {"cookie": "x", "authorization": [None, 5]}}, {"cookies": "x"},
        {"cookies": [None, 1, {}]}, {"authorizationToken": 5}, {"requestContext": []},
    ],
)  # fmt: skip
def test_odd_events(event: Any, auth: ClerkAuth) -> None:
    assert not auth.of(event).is_signed_in
    handler = auth.protect(lambda event, context, state: None)
    assert handler(event, None)["statusCode"] == 401


@pytest.mark.parametrize("event", [None, [], "x", 5])
def test_no_event(event: Any, auth: ClerkAuth) -> None:
    with pytest.raises(TypeError, match="event must be a dict"):
        auth.of(event)


def test_a_handler_keeps_its_name(auth: ClerkAuth) -> None:
    @auth.protect
    def handler(event: Any, context: Any, state: Any) -> Any:
        """What it does."""

    assert (handler.__name__, handler.__doc__) == ("handler", "What it does.")
    assert handler.__module__ == __name__
    assert list(inspect.signature(handler).parameters) == ["event", "context"]


# Authorizers


def token_event(token: str) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": ARN}


def request_event(token: str) -> dict[str, Any]:
    headers = {"cookie": f"__session={token}"}
    return {"type": "REQUEST", "version": "1.0", "methodArn": ARN, **rest(headers)}


def http_event(token: str) -> dict[str, Any]:
    event = http({"Cookie": f"a=b; __session={token}"})
    return {**event, "type": "REQUEST", "routeArn": ARN}


@pytest.mark.parametrize("shape", [token_event, request_event])
def test_policies(shape: Any, auth: ClerkAuth, instance: Any) -> None:
    authorizer = auth.authorizer()
    answer = authorizer(shape(instance.token(organization=True)), None)
    assert answer["principalId"] == instance.user
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": STAGE}],
    }
    context = answer["context"]
    assert context["user_id"] == instance.user
    assert context["org_id"] == instance.organization
    assert context["session_id"].startswith("sess_")
    assert all(isinstance(value, str) for value in context.values())
    refused = authorizer(shape(instance.expired()), None)
    assert refused["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert refused["principalId"] == "anonymous"
    assert refused["context"] == {"reason": "token-expired"}


def test_simple_answers(auth: ClerkAuth, instance: Any) -> None:
    authorizer = auth.authorizer(role="org:admin")
    allowed = authorizer(http_event(instance.token(organization=True)), None)
    assert allowed["isAuthorized"] is True
    assert allowed["context"]["user_id"] == instance.user
    refused = authorizer(http_event(instance.token()), None)
    assert refused == {"isAuthorized": False, "context": {"reason": "not-allowed"}}
    policy = auth.authorizer(simple=False)(http_event(instance.token()), None)
    assert policy["policyDocument"]["Statement"][0]["Resource"] == STAGE
    simple = auth.authorizer(simple=True)(token_event(instance.token()), None)
    assert simple["isAuthorized"] is True


@pytest.mark.parametrize("arn", [None, "", "arn:aws", 5])
def test_an_event_that_is_for_no_authorizer(arn: Any, auth: ClerkAuth) -> None:
    with pytest.raises(ValueError, match="event: it is none of an authorizer"):
        auth.authorizer()({"methodArn": arn}, None)
    with pytest.raises(TypeError, match="event must be a dict"):
        auth.authorizer()(None, None)


def test_bad_conditions(auth: ClerkAuth) -> None:
    with pytest.raises(TypeError):
        auth.authorizer(role=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reverification"):
        auth.protect(reverification="now and then")
