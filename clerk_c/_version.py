"""Versions: of this package, and of the interface that it offers."""

__version__ = "0.1.0"
"""Version of clerk_c; the build reads it from here."""

REFERENCE_VERSION = "7.0.0"
"""Version of clerk-backend-api whose interface this is."""

API_VERSION = "2025-11-10"
"""Value of the Clerk-API-Version header."""

OPENAPI_DOC_VERSION = "2026-05-12"
"""Version of the API's description that the interface was made from."""

USER_AGENT = f"clerk_c/{__version__} (interface of clerk-backend-api {REFERENCE_VERSION})"

FIXED_HEADERS = (
    ("Clerk-API-Version", API_VERSION),
    ("X-Clerk-SDK", f"python/{REFERENCE_VERSION}"),
)
"""Headers of every request, which nothing a call says can change."""
