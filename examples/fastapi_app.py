"""A FastAPI application whose users sign in with Clerk.

    CLERK_SECRET_KEY=sk_test_... CLERK_WEBHOOK_SIGNING_SECRET=whsec_... \\
        uvicorn examples.fastapi_app:create_app --factory
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request

from clerk_c import WebhookVerificationError, verify_webhook
from clerk_c.integrations.fastapi import ClerkAuth, RequestState
from clerk_c.webhook_events import DeletedEvent, UserEvent


def create_app() -> FastAPI:
    """The settings come from the environment."""
    app = FastAPI()
    auth = ClerkAuth()
    admin = auth.require(role="org:admin")
    secret = os.environ["CLERK_WEBHOOK_SIGNING_SECRET"]
    names: dict[str, str | None] = {}

    @app.get("/me")
    async def me(state: Annotated[RequestState, Depends(auth)]) -> dict[str, str]:
        assert state.payload is not None
        return {"user": state.payload["sub"]}

    @app.get("/admin")
    def reports(state: Annotated[RequestState, Depends(admin)]) -> dict[str, str]:
        assert state.payload is not None
        return {"organization": state.payload["org_id"]}

    @app.get("/open")
    async def hello(state: Annotated[RequestState, Depends(auth.optional)]) -> dict[str, bool]:
        return {"signed_in": state.is_signed_in}

    @app.post("/webhooks/clerk")
    async def webhook(request: Request) -> dict[str, int]:
        try:
            event = verify_webhook(await request.body(), request.headers, secret)
        except WebhookVerificationError as error:
            raise HTTPException(400, error.reason) from None
        if isinstance(event, UserEvent):
            names[event.data.id] = event.data.first_name
        elif isinstance(event, DeletedEvent) and event.data.id is not None:
            names.pop(event.data.id, None)
        return {"users": len(names)}

    return app
