"""Errors that the stand-in answers with: one exception, one constructor per documented code.

A handler raises what a constructor returns; `app` turns it into Clerk's error body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class ApiError(Exception):
    """An answer other than success: a status and one or more problems."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        long_message: str | None = None,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        problem: dict[str, Any] = {
            "message": message,
            "long_message": message if long_message is None else long_message,
            "code": code,
        }
        if meta:
            problem["meta"] = dict(meta)
        super().__init__(f"{status} {code}: {problem['long_message']}")
        self.status = status
        self.code = code
        self.problems = [problem]
        self.headers = dict(headers or {})

    def body(self, trace_id: str) -> dict[str, Any]:
        return {"errors": self.problems, "clerk_trace_id": trace_id}


def combine(errors: Iterable[ApiError]) -> ApiError:
    """One error that lists the problems of all; the first decides the status."""
    first, *others = errors
    for other in others:
        first.problems.extend(other.problems)
    return first


def _param(status: int, code: str, message: str, long_message: str, name: str) -> ApiError:
    return ApiError(status, code, message, long_message, {"param_name": name})


# The request as a whole


def key_missing() -> ApiError:
    text = "This request carries no Authorization header; send the instance's secret key."
    return ApiError(401, "authentication_invalid", "Invalid authentication", text)


def authorization_malformed() -> ApiError:
    text = "The Authorization header has to read 'Bearer <secret key>'."
    message = "Invalid Authorization header format"
    return ApiError(401, "authorization_header_format_invalid", message, text)


def key_wrong() -> ApiError:
    text = "The secret key of this request is not the key of this instance."
    return ApiError(401, "clerk_key_invalid", "Invalid secret key", text)


def body_malformed(reason: str) -> ApiError:
    return ApiError(400, "request_body_invalid", "Request body invalid", reason)


def content_type_unsupported(actual: str, expected: str) -> ApiError:
    text = f"The content type {actual!r} is not supported here; send {expected}."
    return ApiError(415, "unsupported_content_type", "Content-Type is unsupported", text)


def body_too_large(limit: int) -> ApiError:
    text = f"The request body exceeds the {limit} bytes allowed."
    return ApiError(413, "request_body_too_large", "Request body too large", text)


def path_unknown() -> ApiError:
    return ApiError(404, "resource_not_found", "URL not found", "No endpoint has this path.")


def method_not_allowed(method: str, allowed: Iterable[str]) -> ApiError:
    names = ", ".join(sorted(allowed))
    text = f"{method} is not allowed for this path; allowed: {names}."
    headers = {"Allow": names}
    return ApiError(405, "method_not_allowed", "Method not allowed", text, headers=headers)


def unexpected() -> ApiError:
    text = "The embedded server met an error of its own; its log has the traceback."
    return ApiError(500, "internal_clerk_error", "Unexpected error", text)


# Resources


def not_found(what: str, identifier: str) -> ApiError:
    text = f"No {what} was found with id {identifier}"
    return ApiError(404, "resource_not_found", "not found", text)


def missing_resource(name: str, *, status: int = 422) -> ApiError:
    text = f"What {name} refers to was not found."
    return _param(status, "form_resource_not_found", "is missing", text, name)


def in_use(what: str, reason: str) -> ApiError:
    text = f"The {what} is in use: {reason}."
    return ApiError(409, "resource_conflict", "conflict", text)


# Parameters


def missing(name: str, *, status: int = 422) -> ApiError:
    return _param(status, "form_param_missing", "is missing", f"{name} must be included.", name)


def missing_with(name: str, other: str) -> ApiError:
    text = f"{name} is required when {other} is present."
    return _param(422, "form_conditional_param_missing", "is missing", text, name)


def not_allowed_with(name: str, other: str) -> ApiError:
    text = f"{name} cannot be combined with {other}."
    return _param(422, "form_conditional_param_disallowed", "is not allowed", text, name)


def unknown(name: str) -> ApiError:
    text = f"{name} is no parameter of this request."
    return _param(422, "form_param_unknown", "is unknown", text, name)


def wrong_type(name: str, expected: str) -> ApiError:
    text = f"{name} must be {expected}."
    return _param(422, "form_param_type_invalid", "is invalid", text, name)


def wrong_format(name: str, expected: str) -> ApiError:
    text = f"{name} must be {expected}."
    return _param(422, "form_param_format_invalid", "is invalid", text, name)


def wrong_value(name: str, reason: str, *, status: int = 422) -> ApiError:
    return _param(status, "form_param_value_invalid", "is invalid", f"{name} {reason}.", name)


def too_long(name: str, limit: int) -> ApiError:
    text = f"{name} must not exceed {limit} characters."
    return _param(422, "form_param_max_length_exceeded", "exceeds maximum length", text, name)


def too_many(name: str, limit: int) -> ApiError:
    text = f"{name} must not exceed {limit} items."
    return _param(422, "form_param_array_size_exceeded", "exceeds maximum size", text, name)


def too_large(name: str, limit: int) -> ApiError:
    text = f"{name} must not exceed {limit} bytes of JSON."
    return _param(422, "form_param_exceeds_allowed_size", "exceeds maximum size", text, name)


def bad_time(name: str) -> ApiError:
    text = f"{name} must be a moment in RFC 3339 form, such as 2022-10-20T10:00:27.645Z."
    return _param(422, "form_param_invalid_time", "invalid format", text, name)


def future_time(name: str) -> ApiError:
    text = f"{name} must not lie in the future."
    return _param(422, "form_disallow_future_date", "is in the future", text, name)


def exists(name: str, what: str) -> ApiError:
    text = f"That {what} is taken. Please try another."
    return _param(422, "form_identifier_exists", text, text, name)


def bulk_too_large(limit: int) -> ApiError:
    text = f"This request accepts at most {limit} items."
    return ApiError(400, "bulk_size_exceeded", "bulk size exceeded", text)


# Passwords and second factors


def username_invalid(code: str, reason: str) -> ApiError:
    return _param(422, f"form_username_{code}", reason, reason, "username")


def password_invalid(code: str, reason: str) -> ApiError:
    return _param(422, f"form_password_{code}", reason, reason, "password")


def digest_invalid(hasher: str) -> ApiError:
    text = f"password_digest is not a digest of the hasher {hasher}."
    message = "is invalid"
    return _param(422, "form_password_digest_invalid_code", message, text, "password_digest")


def no_password() -> ApiError:
    text = "This user has no password."
    return ApiError(400, "no_password_set", "no password set", text)


def incorrect_password() -> ApiError:
    text = "The password given is not the password of this user."
    return ApiError(422, "incorrect_password", "incorrect password", text)


def totp_secret_invalid() -> ApiError:
    text = "The TOTP secret must be encoded in base32."
    return ApiError(422, "invalid_totp_secret_code", "invalid TOTP secret", text)


def totp_disabled() -> ApiError:
    text = "This user has neither TOTP nor backup codes."
    return ApiError(400, "totp_disabled", "TOTP is disabled", text)


def totp_length() -> ApiError:
    text = "A TOTP code has 6 digits."
    return ApiError(422, "totp_invalid_length", "invalid length", text)


def totp_incorrect() -> ApiError:
    text = "The code given is not correct."
    return ApiError(422, "totp_incorrect_code", "incorrect TOTP", text)
