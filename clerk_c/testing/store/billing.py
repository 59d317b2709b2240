"""Plans and subscriptions. They begin in Clerk's dashboard and Frontend API, for which
`add_plan` and `subscribe` stand; the Backend API reads, ends and changes them.
"""

from __future__ import annotations

from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.store import organizations, records, users
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.store.records import Record

PLAN = "commerce_plan"
PRICE = "commerce_price"
SUBSCRIPTION = "commerce_subscription"
ITEM = "commerce_subscription_item"
STATEMENT = "commerce_statement"
PAYMENT = "commerce_payment"

_DAY = 24 * 60 * 60 * 1000
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
PERIODS = {"month": _MONTH, "annual": _YEAR}


def add_plan(tx: Transaction, name: str, amount: int, payer_type: str, **more: Any) -> Record:
    """A plan and its default price; amounts are cents a month."""
    slug = name.lower().replace(" ", "-")
    members = {
        "id": tx.new_id("cplan"),
        "name": name,
        "slug": slug,
        "currency": "USD",
        "amount": amount,
        "annual_monthly_amount": amount,
        "description": "",
        "product_id": tx.new_id("cprod"),
        "is_default": False,
        "is_recurring": True,
        "publicly_visible": True,
        "has_base_fee": amount > 0,
        "for_payer_type": payer_type,
        "avatar_url": "",
        "free_trial_enabled": False,
        "free_trial_days": None,
        **more,
    }
    plan = records.add(tx, Record(PLAN, members))
    add_price(tx, plan, amount, is_default=True)
    return plan


def add_price(tx: Transaction, plan: Record, amount: int, **more: Any) -> Record:
    members = {
        "id": tx.new_id("cprice"),
        "parent_id": plan.id,
        "plan_id": plan.id,
        "currency": plan["currency"],
        "amount": amount,
        "annual_monthly_amount": amount,
        "is_default": False,
        "supported_billing_periods": "both",
        **{name: value for name, value in more.items() if value is not None},
    }
    return records.add(tx, Record(PRICE, members))


def payer(tx: Transaction, payer_id: str) -> dict[str, str]:
    """The column that says who pays, with the id: a user or an organization."""
    if payer_id.startswith("org_"):
        return {"parent_id": organizations.find(tx, payer_id).id}
    return {"user_id": str(users.find(tx, payer_id)["id"])}


def subscription_of(tx: Transaction, payer_id: str) -> Record | None:
    return records.first(tx, SUBSCRIPTION, **payer(tx, payer_id))


def subscribe(
    tx: Transaction, payer_id: str, plan_id: str, *, period: str, trial_days: int | None
) -> Record:
    """A new item on the payer's subscription, paid at once unless it is free or tried."""
    plan = records.get(tx, PLAN, plan_id)
    if plan is None:
        raise errors.not_found("plan", plan_id)
    price = records.first(tx, PRICE, plan_id=plan.id, is_default=1)
    assert price is not None, "a plan comes with a price"
    subscription = subscription_of(tx, payer_id)
    if subscription is None:
        members = {"id": tx.new_id("csub"), "status": "active", "active_at": tx.now}
        owner = payer(tx, payer_id)
        members |= {"payer_id": payer_id, "past_due_at": None, **owner}
        subscription = records.add(tx, Record(SUBSCRIPTION, members))
    item = add_item(tx, subscription, price, period=period, trial_days=trial_days)
    if price["amount"] and not trial_days:
        _pay(tx, subscription, item, price)
    return item


def add_item(
    tx: Transaction, subscription: Record, price: Record, *, period: str, trial_days: int | None
) -> Record:
    length = trial_days * _DAY if trial_days else PERIODS[period]
    members = {
        "id": tx.new_id("csub_item"),
        "parent_id": subscription.id,
        "status": "active",
        "plan_id": price["plan_id"],
        "price_id": price.id,
        "plan_period": period,
        "payer_id": subscription["payer_id"],
        "payment_method_id": tx.new_id("cpm"),
        "is_free_trial": bool(trial_days),
        "period_start": tx.now,
        "period_end": tx.now + length,
        "canceled_at": None,
        "past_due_at": None,
        "ended_at": None,
    }
    return records.add(tx, Record(ITEM, members))


def charge(price: Record, period: str) -> int:
    """What a period costs."""
    return int(price["annual_monthly_amount"] * 12 if period == "annual" else price["amount"])


def _pay(tx: Transaction, subscription: Record, item: Record, price: Record) -> None:
    """A payment, on the payer's open statement."""
    owner = payer(tx, subscription["payer_id"])
    statement = records.first(tx, STATEMENT, status="open", **owner)
    if statement is None:
        members = {"id": tx.new_id("cstmt"), "status": "open", "payer_id": subscription["payer_id"]}
        statement = records.add(tx, Record(STATEMENT, {**members, **owner}))
    members = {
        "id": tx.new_id("cpay"),
        "parent_id": statement.id,
        "statement_id": statement.id,
        "payment_id": tx.new_id("cpmt"),
        "charge_type": "checkout",
        "payee_id": tx.new_id("cpayee"),
        "payer_id": subscription["payer_id"],
        "payment_method_id": item["payment_method_id"],
        "subscription_item_id": item.id,
        "amount": charge(price, item["plan_period"]),
        "currency": price["currency"],
        "status": "paid",
        "paid_at": tx.now,
        "failed_at": None,
    }
    records.add(tx, Record(PAYMENT, members))
