"""Billing: plans, prices, subscriptions, statements, and credits of users and organizations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from clerk_c.testing import errors, shapes
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import billing, credits, organizations, records, users
from clerk_c.testing.store.billing import ITEM, PAYMENT, PLAN, PRICE, STATEMENT, SUBSCRIPTION
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import Where


class Plans(Resource):
    kind, prefix, path = PLAN, "cplan", "/billing/plans"
    filters = {"payer_type": "for_payer_type"}

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        fees = {"fee": "amount", "annual_monthly_fee": "annual_monthly_amount"}
        currency = record["currency"]
        shown = {name: shapes.money(record[member], currency) for name, member in fees.items()}
        annual = shapes.money(12 * record["annual_monthly_amount"], currency)
        texts = {
            f"{member}_formatted": shown[name]["amount_formatted"] for name, member in fees.items()
        }
        return {
            **record,
            **shown,
            **texts,
            "annual_fee": annual,
            "annual_amount": annual["amount"],
            "annual_amount_formatted": annual["amount_formatted"],
            "currency_symbol": annual["currency_symbol"],
            "payer_type": [record["for_payer_type"]],
            "features": [],
        }


class Prices(Resource):
    kind, prefix, path = PRICE, "cprice", "/billing/prices"

    def create(self, context: Context) -> Any:
        given = context.given()
        plan = Plans().find(context, given.pop("plan_id"))
        if given["amount"] is not None and given["amount"] < 0:
            raise errors.wrong_value("amount", "must not be negative")
        amount = given.pop("amount") or 0
        return self.show(context, billing.add_price(context.tx, plan, amount, **given))

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        fee = shapes.money(record["amount"], record["currency"])
        return {
            **record,
            "currency_symbol": fee["currency_symbol"],
            "instance_id": context.call.store.instance_id,
            "fee": fee,
            "annual_monthly_fee": shapes.money(record["annual_monthly_amount"], record["currency"]),
        }


class Items(Resource):
    kind, prefix, path = ITEM, "csub_item", "/billing/subscription_items"
    searched = ("id", "payer_id", "plan_id")
    filters = {"payer_type": "", "include_free": "", "status": ""}

    def narrow(self, context: Context, where: Where) -> None:
        query = context.call.query
        own = records.column("plan_id")
        plan = f"(SELECT {{}} FROM records AS plan WHERE plan.id = {own})"
        if kind := query.text("payer_type"):
            where.add(plan.format("json_extract(plan.data, '$.for_payer_type')") + " = ?", kind)
        if not query.flag("include_free"):
            where.add(plan.format("json_extract(plan.data, '$.amount')") + " > 0")
        status = query.text("status")
        if status == "free_trial":
            where.add(f"{records.column('is_free_trial')} = 1")
        elif status:
            where.add(f"{records.column('status')} = ?", status)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        tx = context.tx
        plan, price = (
            records.get(tx, k, record[n]) for k, n in ((PLAN, "plan_id"), (PRICE, "price_id"))
        )
        assert plan is not None and price is not None, "neither can be deleted"
        cost = billing.charge(price, record["plan_period"])
        amount = shapes.money(cost, price["currency"])
        paid = sum(p["amount"] for p in records.of(tx, PAYMENT, subscription_item_id=record.id))
        moment = datetime.fromtimestamp(record["period_start"] / 1000, timezone.utc)
        ending = record["status"] != "active" or record["canceled_at"]
        return {
            **record,
            "instance_id": context.call.store.instance_id,
            "plan": Plans().show(context, plan),
            "payer": payer_of(context, record["payer_id"]),
            "payment_source_id": record["payment_method_id"],
            "lifetime_paid": shapes.money(paid, price["currency"]),
            "amount": amount,
            "next_payment": None if ending else {"amount": amount, "date": record["period_end"]},
            "proration_date": moment.date().isoformat(),
        }

    def delete(self, context: Context) -> Any:
        """At the end of the period, unless the request says now."""
        record = self.here(context)
        if record["status"] not in ("active", "past_due", "upcoming"):
            raise errors.in_use("subscription item", f"it is {record['status']}")
        if context.call.query.flag("end_now"):
            record.update(status="ended", ended_at=context.now)
        else:
            record["status"] = "canceled"
        record["canceled_at"] = context.now
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/extend_free_trial")
    def extend(self, context: Context) -> Any:
        record, until = self.here(context), context.given()["extend_to"]
        if not record["is_free_trial"] or record["status"] != "active":
            raise errors.in_use("subscription item", "it is no free trial")
        if until <= record["period_end"]:
            raise errors.wrong_value("extend_to", "must lie after the end of the free trial")
        record["period_end"] = until
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/price_transition")
    def transition(self, context: Context) -> Any:
        """Another price of any plan, at once."""
        tx, record, given = context.tx, self.here(context), context.given()
        if given["from_price_id"] != record["price_id"]:
            raise errors.wrong_value("from_price_id", "must be the price of the item")
        old, new = (Prices().find(context, given[n]) for n in ("from_price_id", "to_price_id"))
        if old.id == new.id:
            raise errors.wrong_value("to_price_id", "must be another price")
        subscription = records.get(tx, SUBSCRIPTION, str(record["parent_id"]))
        assert subscription is not None, "items go with their subscription"
        item = billing.add_item(
            tx, subscription, new, period=record["plan_period"], trial_days=None
        )
        record.update(status="ended", ended_at=context.now, canceled_at=context.now)
        records.save(tx, record)
        details = {
            "previous_plan": Plans().show(context, Plans().find(context, old["plan_id"])),
            "previous_price": Prices().show(context, old),
            "effective_at": context.now,
            "effective_mode": "immediate",
            "charged_immediately": False,
            "previous_subscription_item_status": "ended",
            "previous_subscription_item_id": record.id,
            "next_billing_date": item["period_end"],
        }
        return {"subscription_item": self.show(context, item), "transition": details}


class Statements(Resource):
    kind, prefix, path = STATEMENT, "cstmt", "/billing/statements"

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        payments = records.of(context.tx, PAYMENT, parent_id=record.id)
        total = shapes.money(sum(p["amount"] for p in payments), payments[0]["currency"])
        none = shapes.money(0, payments[0]["currency"])
        shown = [self._payment(context, payment) for payment in payments]
        return {
            **record,
            "instance_id": context.call.store.instance_id,
            "timestamp": record["created_at"],
            "payer": payer_of(context, record["payer_id"]),
            "totals": {
                "grand_total": total,
                "subtotal": total,
                "base_fee": total,
                "tax_total": none,
            },
            "groups": [{"timestamp": record["created_at"], "items": shown}],
        }

    def _payment(self, context: Context, payment: Record) -> Mapping[str, Any]:
        amount = shapes.money(payment["amount"], payment["currency"])
        none = shapes.money(0, payment["currency"])
        method = {
            "id": payment["payment_method_id"],
            "payer_id": payment["payer_id"],
            "payment_type": "card",
            "gateway": "stripe",
            "last4": "4242",
            "card_type": "visa",
        }
        return {
            **payment,
            "instance_id": context.call.store.instance_id,
            "payee": {"id": payment["payee_id"]},
            "payer": payer_of(context, payment["payer_id"]),
            "amount": amount,
            "payment_method": method,
            "totals": {
                "grand_total": amount,
                "subtotal": amount,
                "base_fee": amount,
                "tax_total": none,
            },
        }

    @action("GET", "~/{}/payment_attempts")
    def list_payments(self, context: Context) -> Any:
        statement = self.here(context)
        found = records.of(context.tx, PAYMENT, parent_id=statement.id)
        limit, offset = context.call.query.optional_page()
        rows = found[offset:] if limit < 0 else found[offset : offset + limit]
        return {"data": [self._payment(context, row) for row in rows], "total_count": len(found)}


class Payers(Resource):
    """What a user or an organization pays for, and the credits of both."""

    kind, prefix = SUBSCRIPTION, "csub"

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        items = [
            Items().show(context, item)
            for item in records.of(context.tx, ITEM, parent_id=record.id)
        ]
        due = [item for item in items if item["next_payment"]]
        first = min(due, key=lambda item: item["period_end"], default=None)
        return {
            **record,
            "instance_id": context.call.store.instance_id,
            "subscription_items": items,
            "next_payment": first and first["next_payment"],
        }

    @action("GET", "/users/{}/billing/subscription")
    def of_user(self, context: Context) -> Any:
        user_id = context.user(context.keys[0])
        return self._subscription(context, user_id)

    @action("GET", "/organizations/{}/billing/subscription")
    def of_organization(self, context: Context) -> Any:
        return self._subscription(context, organizations.find(context.tx, context.keys[0]).id)

    def _subscription(self, context: Context, payer_id: str) -> Any:
        found = billing.subscription_of(context.tx, payer_id)
        if found is None:
            raise errors.not_found("subscription of the payer", payer_id)
        return self.show(context, found)

    @action("GET", "/users/{}/billing/credits")
    def credits_of_user(self, context: Context) -> Any:
        return _balance(context, context.user(context.keys[0]))

    @action("GET", "/organizations/{}/billing/credits")
    def credits_of_organization(self, context: Context) -> Any:
        return _balance(context, organizations.find(context.tx, context.keys[0]).id)

    @action("POST", "/users/{}/billing/credits")
    def adjust_user(self, context: Context) -> Any:
        return _adjust(context, "user_id", context.user(context.keys[0]))

    @action("POST", "/organizations/{}/billing/credits")
    def adjust_organization(self, context: Context) -> Any:
        return _adjust(context, "record_id", organizations.find(context.tx, context.keys[0]).id)


def _balance(context: Context, payer_id: str) -> Any:
    found = credits.balance(context.tx, payer_id)
    money = None if found is None else shapes.money(*found)
    return {"object": "commerce_credit_balance", "balance": money}


def _adjust(context: Context, owner: str, payer_id: str) -> Any:
    given = context.given()
    if not 1 <= given["amount"] < 2**31:
        raise errors.wrong_value("amount", f"must lie between 1 and {2**31 - 1}")
    return shapes.credit(credits.adjust(context.tx, owner, payer_id, given))


def payer_of(context: Context, payer_id: str) -> dict[str, Any]:
    """A payer as statements and items show it."""
    tx, origin = context.tx, context.call.origin
    shown: dict[str, Any] = {"id": payer_id, "instance_id": context.call.store.instance_id}
    if payer_id.startswith("org_"):
        organization = organizations.find(tx, payer_id)
        public = organizations.shape(tx, organization, origin)
        return {
            **shown,
            "organization_id": payer_id,
            "organization_name": organization["name"],
            "image_url": public["image_url"],
        }
    user = users.find(tx, payer_id)
    return {**shown, **organizations.public_user(tx, user, origin), "email": _email(context, user)}


def _email(context: Context, user: Any) -> str | None:
    sql = "SELECT identifier FROM identifications WHERE id = ?"
    row = context.tx.one(sql, user["primary_email_address_id"])
    return None if row is None else str(row["identifier"])


RESOURCES = (Plans(), Prices(), Items(), Statements(), Payers())
