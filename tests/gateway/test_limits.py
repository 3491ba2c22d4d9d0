"""Limits are exact: never one call more, never one fewer, whatever the order and the time."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.catalog.plans import Plan
from gatelodge.gateway.limits import UNLIMITED, Limit, Limits, Standing, UsedUp, of_plan, of_quota
from gatelodge.storage import applications, subscriptions
from gatelodge.storage.connections import Connection
from tests.gateway.installation import NOW, SUBSCRIPTION, Answer, Installation, application

QUOTA = Limit("quota", (1, 2), 3, 60)
PLAN = Limit("plan", (1, 9), 5, 60)


def test_a_window_opens_with_the_first_call() -> None:
    """Three calls pass, the fourth does not, until a period after the first one."""
    limits = Limits()

    assert [limits.spend([QUOTA], NOW + at)[0].remaining for at in (0, 10, 59)] == [2, 1, 0]
    with pytest.raises(UsedUp) as refused:
        limits.spend([QUOTA], NOW + 59)
    assert refused.value.standing == Standing(QUOTA, 0, NOW + 60)
    assert limits.spend([QUOTA], NOW + 60) == [Standing(QUOTA, 2, NOW + 120)]


def test_a_clock_that_was_wrong_locks_nobody_out() -> None:
    """A window that began in what is the future now is none."""
    limits, limit = Limits(), Limit("quota", 1, 1, 60)
    limits.spend([limit], 10_000)
    (standing,) = limits.spend([limit], 1_000)
    assert standing.reset_at == 1_060
    with pytest.raises(UsedUp):
        limits.spend([limit], 1_000)


def test_a_refused_call_spends_nothing() -> None:
    """When the second limit is used up, the first one stays as it was."""
    limits = Limits()
    narrow = Limit("plan", (1, 9), 1, 60)
    limits.spend([QUOTA, narrow], NOW)

    for _ in range(5):
        with pytest.raises(UsedUp) as refused:
            limits.spend([QUOTA, narrow], NOW + 1)
        assert refused.value.standing.limit is narrow
        assert [each.remaining for each in refused.value.standings] == [2, 0]

    assert [each.remaining for each in limits.look([QUOTA, narrow], NOW + 1)] == [2, 0]
    assert limits.spend([QUOTA], NOW + 1)[0].remaining == 1


def test_looking_opens_no_window() -> None:
    """Before the first call everything remains, and the window still begins with the call."""
    limits = Limits()

    assert limits.look([QUOTA], NOW) == [Standing(QUOTA, 3, NOW + 60)]
    assert limits.spend([QUOTA], NOW + 30)[0].reset_at == NOW + 90


def test_a_lowered_limit_holds_at_once() -> None:
    """What was used counts against the new limit, and nothing goes below zero."""
    limits = Limits()
    for _ in range(3):
        limits.spend([QUOTA], NOW)
    lowered = Limit("quota", (1, 2), 2, 60)

    assert limits.look([lowered], NOW)[0].remaining == 0
    with pytest.raises(UsedUp):
        limits.spend([lowered], NOW)


def test_windows_that_are_over_are_forgotten() -> None:
    """Memory holds the windows of one period, and never more than the most."""
    limits = Limits(most=10)
    for owner in range(50):
        limits.spend([Limit("quota", owner, 3, 60)], NOW)
    assert len(limits._periods[60]) == 10

    limits.spend([QUOTA], NOW + 60)

    assert list(limits._periods[60]) == [("quota", (1, 2))]


def test_what_the_catalogue_says() -> None:
    """A quota counts for a user of an application, a plan for an application and an API."""
    assert of_quota("10PerMin", 4, 7).calls == 10
    assert of_quota("10PerMin", 4, 7).owner == (4, 7)
    assert of_quota("Unlimited", 4, 0).calls == UNLIMITED
    assert of_plan(Plan(name="Hourly", limit=2, period=3600), 4, 9).period == 3600
    assert of_plan(Plan(name="Unlimited", limit=None), 4, 9).calls == UNLIMITED


CALLS = st.lists(
    st.tuples(st.sampled_from([(1,), (2,), (1, 2)]), st.integers(0, 25)), min_size=1, max_size=120
)


@given(CALLS)
def test_limits_agree_with_a_model_that_remembers_every_call(
    calls: list[tuple[tuple[int, ...], int]],
) -> None:
    """Whatever is called when: a limit passes exactly what its window has left."""
    every = {1: Limit("quota", 1, 3, 60), 2: Limit("plan", 2, 5, 30)}
    limits, now = Limits(), NOW
    opened: dict[int, int] = {}
    used: Counter[int] = Counter()
    for names, later in calls:
        now += later
        for name in names:
            if name in opened and now >= opened[name] + every[name].period:
                del opened[name], used[name]
        passes = all(used[name] < every[name].calls for name in names)
        try:
            standings = limits.spend([every[name] for name in names], now)
        except UsedUp:
            assert not passes
            continue
        assert passes
        for name, standing in zip(names, standings, strict=True):
            opened.setdefault(name, now)
            used[name] += 1
            assert standing.remaining == every[name].calls - used[name]
            assert standing.reset_at == opened[name] + every[name].period


async def test_64_callers_at_once_get_exactly_the_quota(installation: Installation) -> None:
    """Of 64 parallel calls of one access token ten pass; the others are told until when."""

    def restrict(conn: Connection) -> None:
        applications.replace(conn, application(quota="10PerMin"))

    await installation.change("application", restrict)
    jwt = installation.sign(installation.row())

    async def call() -> Answer:
        return await installation.call("/things/1", jwt)

    answers = await asyncio.gather(*(call() for _ in range(64)))

    assert Counter(answer.status for answer in answers) == {200: 10, 429: 54}
    assert installation.echo.calls == 10
    assert installation.usage.refusals == {"quota": 54, "plan": 0}
    refused = next(answer for answer in answers if answer.status == 429)
    until = "2027-Jan-15 08:01:00+0000 UTC"
    assert refused.json() == {
        "code": "900803",
        "message": "Message throttled out",
        "description": f"You have exceeded your quota .You can access API after {until}",
        "nextAccessTime": until,
    }
    assert refused.header("retry-after") == "Fri, 15 Jan 2027 08:01:00 GMT"
    assert (refused.header("ratelimit") or "").startswith('"quota";r=0;t=60')


async def test_users_have_quotas_of_their_own_and_share_the_plan(
    installation: Installation,
) -> None:
    """A user's calls do not use up the application's own quota; the plan is for all of them."""

    def restrict(conn: Connection) -> None:
        applications.replace(conn, application(quota="10PerMin"))
        subscriptions.change_plan(conn, SUBSCRIPTION, "Standard")

    await installation.change("application", restrict)
    own = installation.sign(installation.row())
    users = [installation.sign(installation.row(user=True)) for _ in range(2)]

    remaining = []
    for jwt in (own, *users):
        answer = await installation.call("/things/1", jwt)
        assert answer.header("ratelimit-policy") == '"quota";q=10;w=60, "plan";q=600;w=60'
        remaining.append(answer.header("ratelimit"))
    assert remaining == [
        '"quota";r=9;t=60, "plan";r=599;t=60',
        '"quota";r=9;t=60, "plan";r=598;t=60',
        '"quota";r=8;t=60, "plan";r=597;t=60',
    ]
    installation.now += 20
    refused = await installation.call("/secrets", own)
    assert refused.header("ratelimit") == '"quota";r=9;t=40, "plan";r=597;t=40'


async def test_a_used_up_plan_is_900804(installation: Installation) -> None:
    """A plan that no longer exists lets nothing through either."""

    def restrict(conn: Connection) -> None:
        subscriptions.change_plan(conn, SUBSCRIPTION, "Withdrawn")

    await installation.change("application", restrict)
    answer = await installation.call("/things/1", installation.sign(installation.row()))

    assert (answer.status, answer.json()["code"]) == (429, "900804")
    assert installation.usage.refusals == {"quota": 0, "plan": 1}
