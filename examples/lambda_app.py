"""AWS Lambda functions whose callers sign in with Clerk. CLERK_JWT_KEY in the environment, the
instance's public key, saves a request at each cold start; otherwise CLERK_SECRET_KEY.
"""

import base64
import json
import os
from typing import Any

from clerk_c import WebhookVerificationError, verify_webhook
from clerk_c.integrations.aws_lambda import ClerkAuth, RequestState
from clerk_c.webhook_events import UserEvent

auth = ClerkAuth()
authorizer = auth.authorizer()


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


@auth.protect
def me(event: dict[str, Any], context: Any, state: RequestState) -> dict[str, Any]:
    assert state.payload is not None
    return answer(200, {"user": state.payload["sub"]})


@auth.protect(role="org:admin")
def reports(event: dict[str, Any], context: Any, state: RequestState) -> dict[str, Any]:
    assert state.payload is not None
    return answer(200, {"organization": state.payload["org_id"]})


def hello(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return answer(200, {"signed_in": auth.of(event).is_signed_in})


def webhook(event: dict[str, Any], context: Any) -> dict[str, Any]:
    body = event["body"]
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    secret = os.environ["CLERK_WEBHOOK_SIGNING_SECRET"]
    try:
        found = verify_webhook(body, event["headers"], secret)
    except WebhookVerificationError as error:
        return answer(400, {"detail": error.reason})
    return answer(200, {"user": found.data.id if isinstance(found, UserEvent) else None})
