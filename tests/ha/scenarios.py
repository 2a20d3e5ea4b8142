"""Each fault: how the cluster is hurt while people call, how it is made whole again, and what came of it."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Final

from tests.faults.scene import Stage
from tests.ha.cluster import Cluster
from tests.ha.processes import Daemon, family, kill, tell, wait_until
from tests.ha.writers import Front, Seen, widest

QUIET_FOR: Final = 4.0
"""Seconds of calls before the fault, and after all is well again."""
MAY_TAKE: Final = 12.0
"""Seconds until a fault shows: a leader that cannot renew its lease of 8 s steps down only then."""
FROZEN_FOR: Final = 20.0
HELD_BACK_FOR: Final = 2.0
COMMITS_AGAIN: Final = 50
"""Calls the database must have acknowledged after a fault before it counts as over."""
OVER_WITHIN: Final = 120

Hurt = Callable[[Cluster], list[Daemon]]
"""Does the harm, and tells what has to be started again."""


@dataclass(frozen=True)
class Scenario:
    name: str
    hurt: Hurt
    moves: bool | None
    """Whether another node must lead afterwards, or must not; None where either is right."""
    synchronous: bool = True
    failsafe: bool = False
    must_lose: bool = False


@dataclass(frozen=True)
class Outcome:
    fault: str
    acknowledged: int
    spooled: int
    """Those of them that the spool acknowledged, not the database."""
    refused: int
    lost: int
    doubled: int
    gap: float
    """Longest time without a commit, in seconds."""
    slowest: float
    """Longest time that a caller waited for her answer, in seconds."""
    moved: bool
    as_meant: bool
    """Whether the fault did to the cluster what it is there for."""
    must_lose: bool = False

    @property
    def holds(self) -> bool:
        lost_rightly = self.lost > 0 if self.must_lose else self.lost == 0
        return self.as_meant and lost_rightly and self.doubled == 0 and self.acknowledged > 0 and self.refused == 0


def kill_leader(cluster: Cluster) -> list[Daemon]:
    leader = cluster.leader()
    kill([leader])
    return [leader]


def freeze_leader(cluster: Cluster) -> list[Daemon]:
    """As a virtual machine that its host does not run for a while: it wakes and believes that it leads."""
    pids = family(cluster.leader().roots())
    tell(pids, SIGSTOP)
    try:
        time.sleep(FROZEN_FOR)
    finally:
        tell(pids, SIGCONT)
    return []


def kill_standby(cluster: Cluster) -> list[Daemon]:
    standby = cluster.standby()
    kill([standby])
    return [standby]


def kill_etcd_leader(cluster: Cluster) -> list[Daemon]:
    """The others must choose one before Patroni can write there again."""
    member = cluster.etcd_leader()
    kill([member])
    return [member]


def kill_etcd_follower(cluster: Cluster) -> list[Daemon]:
    leader = cluster.etcd_leader()
    member = next(member for member in cluster.etcd if member is not leader)
    kill([member])
    return [member]


def kill_site(cluster: Cluster) -> list[Daemon]:
    """Everything at one moment; and everything starts again by itself, as after a power cut."""
    cluster.kill_all()
    cluster.start_all()
    return []


def kill_leader_held_back(cluster: Cluster) -> list[Daemon]:
    """The leader commits, but what it would send to the others stays with it; then it dies."""
    leader = cluster.leader()
    senders = leader.walsenders()
    assert len(senders) == len(cluster.nodes) - 1
    tell(senders, SIGSTOP)
    time.sleep(HELD_BACK_FOR)
    kill([leader])
    return [leader]


SCENARIOS: Final = (
    Scenario("leader killed", kill_leader, moves=True),
    Scenario("leader frozen for 20 s", freeze_leader, moves=True),
    Scenario("synchronous standby killed", kill_standby, moves=False),
    Scenario("etcd member killed", kill_etcd_follower, moves=False),
    Scenario("etcd member killed that leads them", kill_etcd_leader, moves=None),
    Scenario("the same with failsafe_mode", kill_etcd_leader, moves=False, failsafe=True),
    Scenario("whole site killed", kill_site, moves=None),
    Scenario("leader held back 2 s, then killed", kill_leader_held_back, moves=True),
    Scenario(
        "the same, asynchronous (control, must lose)", kill_leader_held_back, True, synchronous=False, must_lose=True
    ),
)


def play_all(cluster: Cluster, root: Path, scenarios: Iterable[Scenario] = SCENARIOS) -> Iterator[Outcome]:
    stage = Stage(root, cluster.url()).prepare()
    for scenario in scenarios:
        yield play(cluster, stage, scenario)


def play(cluster: Cluster, stage: Stage, scenario: Scenario) -> Outcome:
    cluster.change(scenario.synchronous, scenario.failsafe)
    led, front = cluster.leader().name, Front(replace(stage, url=cluster.url()))
    try:
        with front.under_way() as seen:
            _wait_for_commits(seen)
            time.sleep(QUIET_FOR)
            dead = scenario.hurt(cluster)
            time.sleep(MAY_TAKE)
            _wait_for_commits(seen)
            time.sleep(QUIET_FOR)
            _wait_for_commits(seen)  # the gap has an end
        for daemon in dead:
            daemon.start()
        cluster.wait_whole(scenario.synchronous)
        leads = cluster.leader().name
        front.drain()
        kept = front.look(seen)
    finally:
        front.close()
    return Outcome(
        scenario.name,
        acknowledged=len(seen.acknowledged()),
        spooled=len(seen.spooled),
        refused=len(seen.refused),
        lost=kept.lost,
        doubled=kept.doubled,
        gap=widest(seen.began, seen.committed.values()),
        slowest=seen.slowest,
        moved=leads != led,
        as_meant=scenario.moves in (None, leads != led),
        must_lose=scenario.must_lose,
    )


def _wait_for_commits(seen: Seen) -> None:
    before = len(seen.committed)
    wait_until(lambda: len(seen.committed) >= before + COMMITS_AGAIN, "the database takes calls again", OVER_WITHIN)


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A table in Markdown, line by line."""
    heads = ("fault", "acknowledged", "by the spool", "lost", "doubled", "write gap", "slowest answer", "leader", "")
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for outcome in outcomes:
        cells = (
            outcome.fault,
            outcome.acknowledged,
            outcome.spooled,
            outcome.lost,
            outcome.doubled,
            f"{outcome.gap:.1f} s",
            f"{outcome.slowest:.1f} s",
            "moved" if outcome.moved else "stayed",
            "as promised" if outcome.holds else "BROKEN",
        )
        yield "| " + " | ".join(map(str, cells)) + " |"
