"""Real Kannel on loopback: bearerbox, smsbox and the fake SMSC of Debian's kannel and kannel-extras.

    with Kannel(folder, callbacks="http://127.0.0.1:8000/webhooks/kannel/TOKEN") as kannel:
        kannel.text("+6281...", "LAPOR ...")     # a phone texts us
        kannel.received                          # what phones got from us: (to, kind, text)

It runs the configuration that an office gets, deploy/kannel/kannel.conf, with other ports and a fake link.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote_from_bytes, unquote_to_bytes

SAMPLE = Path(__file__).parent.parent / "deploy" / "kannel" / "kannel.conf"
FAKE_SMSC = Path("/usr/lib/kannel/test/fakesmsc")
OURS = "12345"
USER, PASSWORD = "beliperak", "SENDSMS-PASSWORD"
LINK = "group = smsc\nsmsc = fake\nsmsc-id = LINK1\nport = {port}\nconnect-allow-ip = 127.0.0.1\n\n"
GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (\S+) (.*)>$", re.MULTILINE)


def missing() -> str | None:
    """What to tell who has not installed it."""
    found = shutil.which("bearerbox", path=PATH) and shutil.which("smsbox", path=PATH) and FAKE_SMSC.exists()
    return None if found else "real Kannel is not installed: apt-get install kannel kannel-extras"


PATH = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"


def free_ports(count: int) -> list[int]:
    lines = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [line.getsockname()[1] for line in lines]
    for line in lines:
        line.close()
    return ports


def wait_for(seen: Callable[[], object], what: str, within: float = 90.0) -> None:
    assert came(seen, within), what


def came(seen: Callable[[], object], within: float) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if seen():
            return True
        time.sleep(0.05)
    return False


class Kannel:
    def __init__(self, folder: Path, callbacks: str) -> None:
        """`callbacks`: where `/sms` is reached, with the token."""
        self.folder = folder
        self.link, self.box, self.sendsms, admin = free_ports(4)
        self.sendsms_url = f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"
        for name in ("store", "dlr"):
            (folder / name).mkdir()
        self.conf = folder / "kannel.conf"
        self.conf.write_text(self._configuration(SAMPLE.read_text(), callbacks, admin))
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def _configuration(self, sample: str, callbacks: str, admin: int) -> str:
        """The sample with everything replaced that its head names, each of them exactly where it stands."""
        link = sample[sample.index("\ngroup = smsc\n") + 1 : sample.index("# End of the link.")]
        changes = {
            link: LINK.format(port=self.link),
            "admin-port = 14000": f"admin-port = {admin}",
            "smsbox-port = 14001": f"smsbox-port = {self.box}",
            "bearerbox-port = 14001": f"bearerbox-port = {self.box}",
            "sendsms-port = 14013": f"sendsms-port = {self.sendsms}",
            "http://127.0.0.1:8000/webhooks/kannel/WEBHOOK-TOKEN": callbacks,
            "/var/lib/kannel": str(self.folder),
            "http-queue-delay = 10": "http-queue-delay = 1",
            "OUR-NUMBER\n": f"{OURS}\n",
        }
        for old, new in changes.items():
            assert old in sample, old
            sample = sample.replace(old, new)
        return sample

    def __enter__(self) -> Self:
        self._start("bearerbox", "bearerbox", "-v", "2", str(self.conf))
        self._wait_for_port(self.box)
        self._start("smsbox", "smsbox", "-v", "2", str(self.conf))
        self._wait_for_port(self.sendsms)
        self._phones()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in ("fakesmsc", "smsbox", "bearerbox"):
            self._stop(name)

    def text(self, sender: str, words: str, kind: str = "text") -> None:
        """A phone texts our number; `ucs2` as phones do for what is not in the GSM alphabet."""
        octets = words.encode("utf-16-be" if kind == "ucs2" else "utf-8")
        said = quote_from_bytes(octets, safe="") if kind == "ucs2" else words
        self._stop("fakesmsc")
        self._phones(f"{sender} {OURS} {kind} {said}")

    @property
    def received(self) -> list[tuple[str, str, str]]:
        """(phone, `text` or `ucs-2`, text) of every SMS that reached a phone."""
        log = self.folder / "fakesmsc.log"
        found = GOT.findall(log.read_text(errors="replace")) if log.exists() else []
        return [(to, kind, _plain(kind, said)) for _, to, kind, said in found]

    def _phones(self, *messages: str) -> None:
        """The fake SMSC stays connected after its messages, and shows what it gets."""
        said = ["-m", str(len(messages)), *(messages or ["1 2 text unused"])]
        self._start("fakesmsc", str(FAKE_SMSC), "-H", "127.0.0.1", "-r", str(self.link), "-i", "0.1", *said)

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": PATH}, cwd=self.folder)

    def _stop(self, name: str) -> None:
        """bearerbox with SMS in hand wants to be told twice."""
        process = self._running.pop(name, None)
        if process is None:
            return
        for patience in (3, 3):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        process.wait()

    def _wait_for_port(self, port: int) -> None:
        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for(answers, f"Kannel does not listen at {port}: see {self.folder}")


def _plain(kind: str, said: str) -> str:
    if kind == "text":
        return said
    return unquote_to_bytes(said.replace("+", "%20")).decode("utf-16-be")
