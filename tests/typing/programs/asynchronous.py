"""Asynchronous calls, and what is known of their answers."""

import asyncio

from clerk_c import Clerk, ResponseInfo, models, response_of


async def names(clerk: Clerk) -> "list[str]":
    users = await clerk.users.list_async(request={"limit": 20})
    first: models.User = await clerk.users.get_async(user_id=users[0].id, timeout_ms=2_000)
    count, deleted = await asyncio.gather(
        clerk.users.count_async(), clerk.users.delete_async(user_id=first.id)
    )
    print(count.total_count, deleted.deleted)
    return [user.first_name or user.id for user in users]


async def main() -> None:
    async with Clerk(bearer_auth="sk_test") as clerk:
        print(await names(clerk))
        task = asyncio.create_task(clerk.users.get_async(user_id="user_1"))
        task.cancel()
    other = Clerk()
    try:
        info: ResponseInfo = response_of(await other.users.count_async())
        seconds = None if info.timing.total is None else info.timing.total / 1000
        print(info.status, info.headers["content-type"], info.url, info.attempts, seconds)
    finally:
        await other.aclose()


if __name__ == "__main__":
    asyncio.run(main())
