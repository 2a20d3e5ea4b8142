"""Three PostgreSQL nodes under Patroni and three members of etcd on this machine, in one folder, on loopback only.

From Debian's packages, none of them as a service. `ttl` is as short as Patroni's other times allow (8 s; 20 to 30 in
an office), so that a run takes minutes.
"""

import json
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
import requests

from tests.ha.processes import Daemon, family, kill, make_folder, titled, wait_until

HERE: Final = "127.0.0.1"
PORTS: Final = range(15400, 15500)
"""Below those that the kernel hands out for outgoing connections: a killed node finds its port free again."""
NODES: Final = 3
TAKEN_UP: Final = 3.0
"""Seconds until every node has taken up a change of the shared settings: three rounds of Patroni."""
WORD: Final = "loopback-only"
OURS: Final = "beliperak"
BY_PACKAGE: Final = {
    "postgresql": "/usr/lib/postgresql/*/bin/postgres",
    "patroni": "/usr/bin/patroni",
    "etcd-server": "/usr/bin/etcd",
    "python3-etcd": "/usr/lib/python3/dist-packages/etcd/client.py",
    "python3-psycopg2": "/usr/lib/python3/dist-packages/psycopg2/__init__.py",
}
"""A file of each Debian package that is needed."""


def missing() -> list[str]:
    """The Debian packages that are not here."""
    return [package for package, path in BY_PACKAGE.items() if not any(Path("/").glob(path.lstrip("/")))]


class Etcd(Daemon):
    def __init__(self, name: str, folder: Path, port: int, peers: dict[str, int]) -> None:
        self.url = f"http://{HERE}:{port}"
        peer = f"http://{HERE}:{peers[name]}"
        cluster = ",".join(f"{other}=http://{HERE}:{peers[other]}" for other in peers)
        options = {
            "name": name,
            "data-dir": str(folder / "data"),
            "listen-client-urls": self.url,
            "advertise-client-urls": self.url,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": cluster,
            "initial-cluster-token": "beliperak-ha",
            "enable-v2": "true",  # Node says why
        }
        super().__init__(name, folder, ["/usr/bin/etcd", *(f"--{key}={value}" for key, value in options.items())])

    def leads(self) -> bool:
        with suppress(requests.RequestException):
            status = requests.post(f"{self.url}/v3/maintenance/status", json={}, timeout=2).json()
            return bool(status["leader"] == status["header"]["member_id"])
        return False


class Node(Daemon):
    """Patroni and the server it looks after.

    It speaks to etcd in the older of its two ways, where a leader renews what is still its own (compare and swap).
    Debian 12's Patroni 3.0.2, speaking the newer one, writes its name over another leader's when its lease ran out
    between two steps of a round: who was frozen just there leads again, and what was acknowledged meanwhile is gone
    (mended in 3.0.3, patroni pull request 2689).
    """

    def __init__(self, name: str, folder: Path, port: int, rest_port: int, etcd: list[int]) -> None:
        super().__init__(name, folder, ["/usr/bin/patroni", str(folder / "patroni.yml")])
        self.port, self.rest = port, f"http://{HERE}:{rest_port}"
        self._data, self._etcd, self._rest_port = folder / "data", etcd, rest_port

    def configure(self) -> None:
        make_folder(self.folder)
        path = self.folder / "patroni.yml"
        path.write_text(json.dumps(self._settings()))  # which YAML contains
        path.chmod(0o644)

    def _settings(self) -> dict[str, Any]:
        (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
        listen, rest = f"{HERE}:{self.port}", f"{HERE}:{self._rest_port}"
        shared = {
            "ttl": 8,
            "loop_wait": 1,
            "retry_timeout": 3,
            "synchronous_mode": True,
            "synchronous_mode_strict": True,
            "maximum_lag_on_failover": 1 << 28,  # with 1 MB, its default, nobody would lead after the control
            "postgresql": {
                "use_pg_rewind": True,
                "parameters": {"synchronous_commit": "on", "shared_buffers": "32MB", "wal_log_hints": "on"},
            },
        }
        return {
            "scope": "beliperak-ha",
            "name": self.name,
            "restapi": {"listen": rest, "connect_address": rest},
            "etcd": {"hosts": [f"{HERE}:{port}" for port in self._etcd]},
            "bootstrap": {"dcs": shared, "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"]},
            "postgresql": {
                "listen": listen,
                "connect_address": listen,
                "data_dir": str(self._data),
                "bin_dir": str(programs),
                "pgpass": str(self.folder / "pgpass"),
                "pg_hba": [f"host {what} all {HERE}/32 scram-sha-256" for what in ("all", "replication")],
                "parameters": {"unix_socket_directories": str(self.folder)},
                "authentication": {
                    "superuser": {"username": "postgres", "password": WORD},
                    "replication": {"username": "replicator", "password": WORD},
                },
            },
            "watchdog": {"mode": "off"},
        }

    def roots(self) -> list[int]:
        """Patroni lets go of the server it starts, so that is a root of its own."""
        server = []
        with suppress(OSError, ValueError, IndexError):
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            server = titled([pid], str(self._data))  # not a stranger with the number of one that is long dead
        return super().roots() + server

    def walsenders(self) -> list[int]:
        return titled(family(self.roots()), "walsender")


class Cluster:
    def __init__(self, folder: Path) -> None:
        ports = free_ports(4 * NODES)
        names = [f"etcd{number}" for number in range(1, NODES + 1)]
        clients, peers = ports[:NODES], dict(zip(names, ports[NODES : 2 * NODES], strict=True))
        self.etcd = [Etcd(name, folder / name, port, peers) for name, port in zip(names, clients, strict=True)]
        self.nodes = [
            Node(f"node{number}", folder / f"node{number}", port, rest, clients)
            for number, port, rest in zip(range(1, NODES + 1), ports[-NODES:], ports[-2 * NODES : -NODES], strict=True)
        ]

    def url(self) -> str:
        """As an operator writes `DATABASE_URL`. A standby first, and last who will probably lead next: so only who asks

        for the one that takes writes finds it, now and afterwards.
        """
        members = self.members()
        rank = {"leader": 1, "sync_standby": 2}
        nodes = sorted(self.nodes, key=lambda node: rank.get(members[node.name]["role"], 0))
        hosts = ",".join(f"{HERE}:{node.port}" for node in nodes)
        return f"postgresql://{OURS}:{WORD}@{hosts}/{OURS}"

    def start(self) -> None:
        for node in self.nodes:
            node.configure()
        self.start_all()
        self.wait_whole()
        leader = psycopg.connect(host=HERE, port=self.leader().port, user="postgres", password=WORD, autocommit=True)
        with leader:
            leader.execute(f"CREATE ROLE {OURS} LOGIN PASSWORD '{WORD}'".encode())
            leader.execute(f"CREATE DATABASE {OURS} OWNER {OURS}".encode())

    def start_all(self) -> None:
        for daemon in (*self.etcd, *self.nodes):
            daemon.start()

    def kill_all(self) -> None:
        kill((*self.nodes, *self.etcd))

    def members(self) -> dict[str, dict[str, Any]]:
        """What Patroni says of each node; empty while it says nothing."""
        for node in self.nodes:
            with suppress(requests.RequestException, KeyError, ValueError):
                found = requests.get(f"{node.rest}/cluster", timeout=1).json()["members"]
                return {member["name"]: member for member in found}
        return {}

    def by_role(self, role: str) -> list[Node]:
        members = self.members()
        return [node for node in self.nodes if members.get(node.name, {}).get("role") == role]

    def leader(self) -> Node:
        (node,) = self.by_role("leader")
        return node

    def standby(self) -> Node:
        """The one that a commit waits for."""
        (node,) = self.by_role("sync_standby")
        return node

    def etcd_leader(self) -> Etcd:
        (member,) = (member for member in self.etcd if member.leads())
        return member

    def change(self, synchronous: bool, failsafe: bool) -> None:
        """Whether a commit waits for a standby, and whether a leader stays one without etcd while all nodes agree."""
        wanted = {
            "synchronous_mode": synchronous,
            "synchronous_mode_strict": synchronous,
            "failsafe_mode": failsafe,
        }
        requests.patch(f"{self.leader().rest}/config", json=wanted, timeout=5).raise_for_status()
        self.wait_whole(synchronous)
        time.sleep(TAKEN_UP)

    def wait_whole(self, synchronous: bool = True) -> None:
        """A leader, and two that follow it closely."""
        roles = ["leader", "replica", "sync_standby" if synchronous else "replica"]

        def is_whole() -> bool:
            members = self.members().values()
            level = len({member.get("timeline") for member in members}) == 1
            runs = all(member["state"] in ("running", "streaming") for member in members)
            close = all(member.get("lag", 0) == 0 for member in members)
            return level and runs and close and sorted(member["role"] for member in members) == sorted(roles)

        wait_until(is_whole, "a leader and two that follow it", 120)


def free_ports(count: int) -> list[int]:
    found: list[int] = []
    with ExitStack() as held:
        for port in PORTS:
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HERE, port))
                found.append(port)
            if len(found) == count:
                return found
    raise AssertionError("no ports are free")


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster that is whole; whatever happens, nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="beliperak-ha-"))
    folder.chmod(0o755)  # the owner of the servers passes through
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill_all()
        shutil.rmtree(folder, ignore_errors=True)
