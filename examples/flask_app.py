"""A Flask application whose users sign in with Clerk.

    CLERK_SECRET_KEY=sk_test_... CLERK_WEBHOOK_SIGNING_SECRET=whsec_... \\
        flask --app examples.flask_app run
"""

import os
from typing import Any

from flask import Flask, request

from clerk_c import WebhookVerificationError, verify_webhook
from clerk_c.integrations.flask import ClerkAuth
from clerk_c.webhook_events import DeletedEvent, UserEvent


def create_app() -> Flask:
    """The settings come from the environment, or from `app.config`."""
    app = Flask(__name__)
    auth = ClerkAuth(app)
    secret = os.environ["CLERK_WEBHOOK_SIGNING_SECRET"]
    names: dict[str, str | None] = {}

    @app.get("/me")
    @auth.protect
    def me() -> Any:
        assert auth.state.payload is not None
        return {"user": auth.state.payload["sub"]}

    @app.get("/admin")
    @auth.protect(role="org:admin")
    def reports() -> Any:
        assert auth.state.payload is not None
        return {"organization": auth.state.payload["org_id"]}

    @app.get("/open")
    def hello() -> Any:
        return {"signed_in": auth.state.is_signed_in}

    @app.post("/webhooks/clerk")
    def webhook() -> Any:
        try:
            event = verify_webhook(request.get_data(), request.headers, secret)
        except WebhookVerificationError as error:
            return {"detail": error.reason}, 400
        if isinstance(event, UserEvent):
            names[event.data.id] = event.data.first_name
        elif isinstance(event, DeletedEvent) and event.data.id is not None:
            names.pop(event.data.id, None)
        return {"users": len(names)}

    return app
