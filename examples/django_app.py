"""A Django project in one file, whose users sign in with Clerk.

    CLERK_SECRET_KEY=sk_test_... CLERK_WEBHOOK_SIGNING_SECRET=whsec_... \\
        python examples/django_app.py runserver
"""

import os
import sys
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clerk_c import WebhookVerificationError, verify_webhook
from clerk_c.webhook_events import DeletedEvent, UserEvent

if not settings.configured:  # in a project of its own this is settings.py
    settings.configure(
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "for trying out only"),
        ALLOWED_HOSTS=["localhost", "127.0.0.1", "testserver"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["clerk_c.integrations.django.ClerkMiddleware"],
        CLERK_SECRET_KEY=os.environ.get("CLERK_SECRET_KEY"),
    )

from clerk_c.integrations.django import protect

NAMES: dict[str, Any] = {}


@protect
def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": request.clerk.payload["sub"]})


@protect(role="org:admin")
async def reports(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"organization": request.clerk.payload["org_id"]})


def hello(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"signed_in": request.clerk.is_signed_in})


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> JsonResponse:
    secret = os.environ["CLERK_WEBHOOK_SIGNING_SECRET"]
    try:
        event = verify_webhook(request.body, request.headers, secret)
    except WebhookVerificationError as error:
        return JsonResponse({"detail": error.reason}, status=400)
    if isinstance(event, UserEvent):
        NAMES[event.data.id] = event.data.first_name
    elif isinstance(event, DeletedEvent):
        NAMES.pop(event.data.id, None)
    return JsonResponse({"users": len(NAMES)})


urlpatterns = [
    path("me", me),
    path("admin", reports),
    path("open", hello),
    path("webhooks/clerk", webhook),
]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
