"""Templates of the e-mails and short messages that users get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.resources.engine import Context, Resource, action, page
from clerk_c.testing.store import records
from clerk_c.testing.store.records import Record

# Slug, name and subject of those that Clerk itself brings along.
_KNOWN: dict[str, dict[str, tuple[str, str | None]]] = {
    "email": {
        "verification_code": ("Verification code", "{{otp_code}} is your verification code"),
        "magic_link_sign_in": ("Sign-in link", "Sign in to {{app.name}}"),
        "magic_link_sign_up": ("Sign-up link", "Sign up to {{app.name}}"),
        "invitation": ("Invitation", "You are invited to {{app.name}}"),
        "organization_invitation": ("Organization invitation", "Join {{org.name}}"),
        "waitlist_confirmation": ("Waitlist confirmation", "You are on the waitlist"),
        "waitlist_invitation": ("Waitlist invitation", "You are off the waitlist"),
        "password_changed": ("Password changed", "Your password was changed"),
        "primary_email_address_changed": ("Primary address changed", "Your address was changed"),
        "reset_password_code": ("Reset password code", "{{otp_code}} resets your password"),
    },
    "sms": {
        "verification_code": ("Verification code", None),
        "reset_password_code": ("Reset password code", None),
        "invitation": ("Invitation", None),
    },
}
_EDITABLE = ("name", "subject", "markup", "body", "from_email_name", "reply_to_email_name")
_VARIABLE = re.compile(r"{{\s*([\w.]+)\s*}}")
_SAMPLES = {"otp_code": "424242", "app.name": "Your application", "org.name": "Your organization"}


def _default(kind: str, slug: str) -> dict[str, Any]:
    name, subject = _KNOWN[kind][slug]
    body = f"{subject or '{{otp_code}} is your code for {{app.name}}'}"
    return {
        "name": name,
        "subject": subject,
        "markup": f"<p>{body}</p>" if kind == "email" else "",
        "body": body,
        "from_email_name": "notifications" if kind == "email" else "",
        "reply_to_email_name": "",
        "delivered_by_clerk": True,
    }


class Templates(Resource):
    """Clerk's own, and on top of them a record for each that was changed or added."""

    kind, prefix, path = "template", "tmpl", ""

    def _place(self, context: Context) -> tuple[str, str]:
        kind, slug = context.keys[:2]
        _check_kind(kind)
        return kind, slug

    def _changed(self, context: Context, kind: str, slug: str) -> Record | None:
        return records.first(context.tx, self.kind, template_type=kind, slug=slug)

    def _current(self, context: Context, kind: str, slug: str) -> dict[str, Any]:
        changed = self._changed(context, kind, slug)
        own = slug in _KNOWN[kind]
        if changed is None and not own:
            raise errors.not_found("template", slug)
        record: Mapping[str, Any] = changed or {}
        content = {**(_default(kind, slug) if own else {}), **record}
        body = f"{content.get('subject') or ''} {content['body']}"
        return {
            "id": f"{self.prefix}_{kind}_{slug}",
            "created_at": 0,
            "updated_at": 0,
            **content,
            "instance_id": context.call.store.instance_id,
            "resource_type": "system" if own else "user",
            "template_type": kind,
            "slug": slug,
            "position": list(_KNOWN[kind]).index(slug) if own else len(_KNOWN[kind]),
            "can_revert": own and changed is not None,
            "can_delete": not own,
            "can_edit_body": True,
            "can_toggle": True,
            "available_variables": sorted(_SAMPLES),
            "required_variables": sorted(set(_VARIABLE.findall(body)) & {"otp_code"}),
            "enabled": True,
            "flagged_as_suspicious": False,
        }

    def _keep(self, context: Context, kind: str, slug: str, given: Mapping[str, Any]) -> Any:
        record = self._changed(context, kind, slug)
        if record is None:
            base = _default(kind, slug) if slug in _KNOWN[kind] else _blank(slug)
            record = self.make(context, {**base, "template_type": kind, "slug": slug})
        record.update({name: value for name, value in given.items() if value is not None})
        records.save(context.tx, record)
        return self._current(context, kind, slug)

    @action("GET", "/templates/{}")
    def list_all(self, context: Context) -> Any:
        kind = context.keys[0]
        _check_kind(kind)
        added = [record["slug"] for record in records.of(context.tx, self.kind, template_type=kind)]
        slugs = [*dict.fromkeys([*_KNOWN[kind], *added])]
        limit, offset = page(context)
        chosen = slugs[offset:] if limit < 0 else slugs[offset : offset + limit]
        return [self._current(context, kind, slug) for slug in chosen]

    @action("GET", "/templates/{}/{}")
    def get(self, context: Context) -> Any:
        return self._current(context, *self._place(context))

    @action("PUT", "/templates/{}/{}")
    def upsert(self, context: Context) -> Any:
        kind, slug = self._place(context)
        return self._keep(context, kind, slug, context.given())

    @action("POST", "/templates/{}/{}/revert")
    def revert(self, context: Context) -> Any:
        kind, slug = self._place(context)
        changed = self._changed(context, kind, slug)
        if slug not in _KNOWN[kind]:
            raise errors.not_found("default of the template", slug)
        if changed is not None:
            records.delete(context.tx, changed)
        return self._current(context, kind, slug)

    @action("POST", "/templates/{}/{}/toggle_delivery")
    def toggle_delivery(self, context: Context) -> Any:
        kind, slug = self._place(context)
        delivered = context.given().get("delivered_by_clerk")
        if delivered is None:
            delivered = not self._current(context, kind, slug)["delivered_by_clerk"]
        self._current(context, kind, slug)
        return self._keep(context, kind, slug, {"delivered_by_clerk": delivered})

    @action("POST", "/templates/{}/{}/preview")
    def preview(self, context: Context) -> Any:
        """The template, or what it may become, with samples in the place of variables."""
        kind, slug = self._place(context)
        given = {name: value for name, value in context.given().items() if value is not None}
        content = {**self._current(context, kind, slug), **given}

        def fill(text: str | None) -> str | None:
            return text and _VARIABLE.sub(lambda m: _SAMPLES.get(m[1], m[1]), text)

        return {name: fill(content[name]) for name in _EDITABLE if name in content}


def _blank(slug: str) -> dict[str, Any]:
    return {"name": slug, "subject": None, "markup": "", "body": "", "delivered_by_clerk": True}


def _check_kind(kind: str) -> None:
    if kind not in _KNOWN:
        raise errors.wrong_value("template_type", f"must be one of {', '.join(_KNOWN)}")


RESOURCES = (Templates(),)
