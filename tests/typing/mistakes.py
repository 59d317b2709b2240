"""What a type checker has to refuse: on each line that says so, and on no other."""

# ruff: noqa: B018
from clerk_c import Clerk, models, utils


def mistakes(clerk: Clerk, user: models.User) -> None:
    clerk.users.get("user_1")  # wrong: keywords only
    clerk.users.get()  # wrong: an argument is missing
    clerk.users.get(user_id=1)  # wrong: not a number
    clerk.users.get(id="user_1")  # wrong: no such argument
    clerk.users.list(request={"limit": "ten"})  # wrong: in a TypedDict
    clerk.users.list(request={"page": 2})  # wrong: no such key
    clerk.users.list(request=models.GetUsersCountRequest())  # wrong: another request
    clerk.users.get(user_id="user_1").nickname  # wrong: no such field
    clerk.user  # wrong: no such group
    clerk.users.fetch  # wrong: no such operation
    models.Usr  # wrong: no such model
    models.UserObject.PERSON  # wrong: no such member
    models.ClerkError(message="m")  # wrong: a field is missing
    models.ClerkError(message="m", long_message="l", code=1)  # wrong: not a number
    number: int = user.id  # wrong: a text
    text: str = user.first_name  # wrong: may be None
    clerk.users.get(user_id="user_1", retries=3)  # wrong: not a RetryConfig
    utils.RetryConfig("none")  # wrong: an argument is missing
    print(number, text)
