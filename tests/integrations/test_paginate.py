"""paginate() over the embedded server: every listing, the next page beforehand, arguments."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

import clerk_c
from clerk_c import Clerk, _listing, apaginate, models, paginate, pagination
from clerk_c.testing import Server

COUNT = 45
USERS = ("users", "list")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def clerk(server: Server) -> Iterator[Clerk]:
    with Clerk(server.secret_key, server_url=server.url, retry_config=None) as client:
        for number in range(COUNT):
            client.users.create(
                username=f"user{number:03}", external_id=f"ext{number}", password="very-long-8472"
            )
        yield client


def names(users: Any) -> list[str]:
    return [user.username for user in users]


EXPECTED = [f"user{number:03}" for number in reversed(range(COUNT))]


@pytest.mark.parametrize("prefetch", [True, False])
@pytest.mark.parametrize("limit", [None, 1, 2, 10, 44, 45, 46, 500])
def test_all_users(clerk: Clerk, limit: int | None, prefetch: bool) -> None:
    pages = paginate(clerk.users.list, limit=limit, prefetch=prefetch)
    assert names(pages) == EXPECTED
    assert list(pages) == []
    assert pages.total is None  # the list of users is bare
    assert repr(pages) == "<Pages of users.list>"


def test_arguments_of_the_request(clerk: Clerk) -> None:
    wanted = [f"user{number:03}" for number in range(10)]
    order = {"order_by": "username", "query": "user00"}
    for arguments in (
        order,
        {"request": order},
        {"request": models.GetUserListRequest(**order)},
        {"request": {"query": "user00"}, "order_by": "username"},
        {"request": {**order, "limit": 3}, "timeout_ms": 9000},
    ):
        assert names(paginate(clerk.users.list, **arguments)) == wanted
    assert names(paginate(clerk.users.list, **order, offset=4, limit=3)) == wanted[4:]
    assert names(paginate(clerk.users.list, request={**order, "offset": 4})) == wanted[4:]


def test_arguments_that_are_used_up_or_have_no_order(clerk: Clerk) -> None:
    wanted = [f"user{number:03}" for number in range(30)]
    for kind in (iter, set, tuple, frozenset, lambda found: (name for name in found)):
        pages = paginate(clerk.users.list, username=kind(wanted), order_by="username", limit=10)
        assert names(pages) == wanted
        token = pages.token
    listed = set(wanted)
    again = paginate(clerk.users.list, username=listed, order_by="username", resume=token)
    assert list(again) == []


def test_what_is_sent(clerk: Clerk, server: Server) -> None:
    server.requests.clear()
    list(paginate(clerk.users.list, limit=20, query="user"))
    assert [dict(request.query) for request in server.requests] == [
        {"query": "user", "limit": "20", "offset": offset, "order_by": "-created_at"}
        for offset in ("0", "19", "38")
    ]


def test_pages(clerk: Clerk) -> None:
    pages = paginate(clerk.users.list, limit=20)
    lists = list(pages.pages())
    assert [len(page) for page in lists] == [20, 19, 6]
    assert names(user for page in lists for user in page) == EXPECTED


def test_a_total(clerk: Clerk) -> None:
    owner = clerk.users.list(request={"limit": 1})[0].id
    for number in range(7):
        clerk.organizations.create(request={"name": f"Org {number}", "created_by": owner})
    pages = paginate(clerk.organizations.list, limit=3)
    assert pages.total is None
    first = next(pages)
    assert pages.total == 7
    assert len({first.id, *(organization.id for organization in pages)}) == 7


def test_resuming(clerk: Clerk) -> None:
    pages = paginate(clerk.users.list, limit=10)
    before = names(islice(pages, 17))
    token = pages.token
    after = names(paginate(clerk.users.list, limit=7, resume=token))
    assert before + after == EXPECTED
    whole = paginate(clerk.users.list)
    assert names(paginate(clerk.users.list, resume=whole.token)) == EXPECTED
    with pytest.raises(ValueError, match=r"resume is a token of users\.list, not of"):
        paginate(clerk.organizations.list, resume=token)
    with pytest.raises(ValueError, match="other arguments"):
        paginate(clerk.users.list, resume=token, query="ada")


def test_deleting_while_iterating(clerk: Clerk) -> None:
    made = [
        clerk.users.create(username=f"gone{number:02}", password="x8472-xyz!")
        for number in range(25)
    ]
    pages = paginate(clerk.users.list, limit=10, query="gone", prefetch=True)
    deleted = [clerk.users.delete(user_id=user.id).id for user in pages]
    assert sorted(deleted) == sorted(user.id for user in made)
    assert list(paginate(clerk.users.list, query="gone")) == []


def rows() -> list[Any]:
    found = []
    for name in pagination.listings():
        group, _, method = name.partition(".")
        found.append(pytest.param(group, method, id=name))
    return found


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("group", "method"), rows())
def test_every_listing(group: str, method: str, clerk: Clerk, server: Server) -> None:
    """Each is asked for pages as its parameters have it, until a page ends it."""
    operation = getattr(getattr(clerk, group), method)
    row = clerk_c._core.describe(operation.__func__)
    user = clerk.users.list(request={"limit": 1})[0].id
    made = clerk.organizations.create(request={"name": "For a listing", "created_by": user})
    organization = made.id
    known = {"user_id": user, "organization_id": organization, "subject": user}
    known |= {"provider": "oauth_google", "template_type": "email"}
    required = {p[0]: known.get(p[0], "x_1") for p in row["parameters"] if p[2]}
    server.requests.clear()
    status = 200
    try:
        found = list(paginate(operation, **required))
    except models.ClerkBaseError as error:
        status = error.status_code
    else:
        assert all(isinstance(item, clerk_c.BaseModel) for item in found)
    request = server.requests[0]
    assert status == request.status
    assert status in (200, 404)  # what it is about may not be there
    query = dict(request.query)
    if {"limit", "offset"} <= {p[0] for p in row["parameters"]} or (group, method) == USERS:
        assert (float(query["limit"]), float(query["offset"])) == (100, 0)
    else:
        assert not {"limit", "offset"} & query.keys()


def test_listings() -> None:
    found = pagination.listings()
    assert len(found) == len(set(found)) == 40
    assert {"users.list", "m2m.list_tokens", "organizations.list", "domains.list"} <= set(found)
    assert "users.count" not in found


# The next page beforehand, with a client that is a program's own


class Slow:
    """An httpx-like client that answers when it is told to."""

    def __init__(self, pages: int) -> None:
        self.left = pages
        self.asked = threading.Semaphore(0)
        self.allowed = threading.Semaphore(0)
        self.threads: list[str] = []


def scripted(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Slow]:
    state = Slow(3)
    plain = type(clerk.users).list

    class Users:
        def call(self, **arguments: Any) -> Any:
            state.threads.append(threading.current_thread().name)
            state.asked.release()
            assert state.allowed.acquire(timeout=60)
            return clerk.users.list(**arguments)

    listing = _listing.describe(clerk_c._core.describe(plain))
    monkeypatch.setattr(_listing, "listing_of", lambda *_: listing)
    return Users().call, state


def test_the_next_page_is_asked_for_meanwhile(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, state = scripted(clerk, monkeypatch)
    pages = paginate(operation, limit=20)
    state.allowed.release()
    next(pages)
    assert state.asked.acquire(timeout=60)
    assert state.asked.acquire(timeout=60)  # the second, though the first has 19 left
    assert len(names(islice(pages, 19))) == 19
    assert not state.asked.acquire(timeout=0)  # the third waits for the second
    state.allowed.release(2)
    assert names(pages) == EXPECTED[20:]
    assert state.threads[0] == threading.current_thread().name != state.threads[1]


def test_not_beforehand(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, state = scripted(clerk, monkeypatch)
    pages = paginate(operation, limit=20, prefetch=False)
    state.allowed.release(9)
    assert names(islice(pages, 20)) == EXPECTED[:20]
    assert len(state.threads) == 1
    assert names(pages) == EXPECTED[20:]
    assert set(state.threads) == {threading.current_thread().name}


def test_an_error_reaches_the_program_and_iterating_again_asks_again(
    clerk: Clerk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = clerk.users.list
    failing = {"left": 0}

    def call(**arguments: Any) -> Any:
        if arguments["request"]["offset"] > 0 and failing["left"]:
            failing["left"] -= 1
            raise clerk_c.exceptions.ReadTimeout("late")
        return plain(**arguments)

    listing = _listing.listing_of(plain, False)
    monkeypatch.setattr(_listing, "listing_of", lambda *_: listing)
    for prefetch in (True, False):
        failing["left"] = 2
        pages = paginate(call, limit=20, prefetch=prefetch)
        found = names(islice(pages, 20))
        for _ in range(2):
            with pytest.raises(clerk_c.exceptions.ReadTimeout, match="late"):
                next(pages)
        assert found + names(pages) == EXPECTED


# Arguments


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"limit": 0}, ValueError, r"limit: users\.list gives between 1 and 500"),
        ({"limit": 501}, ValueError, r"limit: users\.list gives between 1 and 500"),
        ({"request": {"limit": 501}}, ValueError, r"limit: users\.list gives between 1 and 500"),
        ({"limit": "10"}, TypeError, "limit must be int"),
        ({"limit": True}, TypeError, "limit must be int"),
        ({"offset": -1}, ValueError, "offset must not be negative"),
        ({"offset": "1"}, TypeError, "offset must be int"),
        ({"request": 5}, TypeError, r"request must be models\.GetUserListRequest or dict"),
        ({"usernam": "a"}, TypeError, r"users\.list takes no argument 'usernam'"),
        ({"request": {"usernam": "a"}}, TypeError, r"users\.list takes no argument 'usernam'"),
        ({"resume": "x"}, ValueError, "resume is not a token"),
    ],
)
def test_bad_arguments(
    clerk: Clerk, server: Server, options: Any, kind: type[Exception], says: str
) -> None:
    server.requests.clear()
    with pytest.raises(kind, match=f"^{says}"):
        paginate(clerk.users.list, **options)
    assert not server.requests


def test_bad_operations(clerk: Clerk) -> None:
    cases: list[tuple[Any, type[Exception], str]] = [
        (clerk.users.get, ValueError, r"operation: users\.get lists nothing"),
        (clerk.users.count, ValueError, r"operation: users\.count lists nothing"),
        (clerk.invitations.bulk_create, ValueError, "operation: .* lists nothing"),
        (type(clerk.users).list, TypeError, r"operation: .* clerk\.users\.list"),
        (clerk.users, TypeError, "operation must be a method of a client"),
        ("users.list", TypeError, "operation must be a method of a client"),
        (print, TypeError, "operation must be a method of a client"),
        (3, TypeError, "operation must be a method of a client"),
    ]
    for operation, kind, says in cases:
        with pytest.raises(kind, match=f"^{says}"):
            paginate(operation)
    with pytest.raises(ValueError, match=r"limit: domains\.list gives all at once"):
        paginate(clerk.domains.list, limit=5)
    with pytest.raises(ValueError, match=r"limit: api_keys.get_api_keys gives .* 1 and 100"):
        paginate(clerk.api_keys.get_api_keys, limit=101)
    with pytest.raises(ValueError, match="paginated=False gives all at once"):
        paginate(clerk.sessions.list, paginated=False)
    with pytest.raises(TypeError, match=r"users\.list is for paginate\(\)"):
        apaginate(clerk.users.list)
