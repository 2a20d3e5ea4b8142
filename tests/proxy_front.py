"""Real HAProxy on loopback, from the sample that an office gets, before a real web process with the sample's settings.

    with Front(folder, TRUSTED_PROXIES="1") as front:
        front.post("/webhooks/...", form, source="127.0.0.2")

Only ports, paths and the settings that the sample leaves open differ.
"""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway import keyring

BELIPERAK = str(Path(sys.executable).with_name("beliperak"))
DEPLOY = Path(__file__).parent.parent / "deploy"
HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
NAME, TOKEN = "gateway.example", "a-token-of-the-proxy-test"
LOOKS = 600
"""A tenth of a second apart."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: dict[str, str]
    """Names in small letters."""


def settings(port: int, **more: str) -> dict[str, str]:
    """deploy/beliperak.env as an office fills it in."""
    lines = (DEPLOY / "beliperak.env").read_text().splitlines()
    sample = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    filled = {"SECRET_KEY": "s" * 32, "WEBHOOK_TOKEN": TOKEN, "METRICS_TOKEN": "m" * 32, "AT_USERNAME": "office"}
    filled |= {"AT_API_KEY": "k" * 20, "DUTY_DESK": "0543-000000", "ALLOWED_HOSTS": NAME}
    assert filled.keys() <= sample.keys(), "the sample names what is filled in"
    ours = {"PORT": str(port), "FIELD_KEYS_FILE": "keys.json", "AT_BASE_URL": "http://127.0.0.1:9"}
    return {"PATH": os.environ["PATH"], **sample, **filled, **ours, **more}


def configuration(sample: str, folder: Path, port: int, web: int) -> str:
    changes = {
        "bind :443 ": f"bind 127.0.0.1:{port} ",
        "/etc/haproxy/gateway.pem": str(folder / "gateway.pem"),
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "/dev/log": str(folder / "log"),
    }
    for old, new in changes.items():
        assert old in sample, old
        sample = sample.replace(old, new)
    return sample


def certificate() -> bytes:
    """Key and certificate of our name, for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + made.public_bytes(Encoding.PEM)


class Front:
    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port, self.web = _free_ports(2)
        self.log: list[str] = []
        self._settings = settings(self.web, **more)
        self._open = ExitStack()
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        assert HAPROXY
        keyring.generate(self.folder / "keys.json")
        (self.folder / "gateway.pem").write_bytes(certificate())
        conf = self.folder / "haproxy.cfg"
        conf.write_text(configuration((DEPLOY / "haproxy.cfg").read_text(), self.folder, self.port, self.web))
        self._listen()
        upgrade = [BELIPERAK, "db", "upgrade"]
        subprocess.run(upgrade, cwd=self.folder, env=self._settings, check=True, timeout=60, capture_output=True)
        self._start("web", BELIPERAK, "web")
        self._start("haproxy", HAPROXY, "-db", "-f", str(conf))
        try:
            self._wait_for_life()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def ask(
        self, method: str, path: str, body: str = "", source: str = "127.0.0.1", host: str = NAME, **headers: str
    ) -> Answer:
        """One request by TLS from this address of this machine."""
        named = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        with self._connection(source) as line:
            line.request(method, path, body or None, named)
            answer = line.getresponse()
            return Answer(
                answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
            )

    def post(self, path: str, form: dict[str, str], source: str = "127.0.0.1", **more: str) -> Answer:
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(form), source, Content_Type=kind, **more)

    def say(self, words: bytes) -> ssl.SSLSocket:
        """A connection on which so much was said."""
        line = _trusting().wrap_socket(socket.create_connection(("127.0.0.1", self.port), 60), server_hostname=NAME)
        line.sendall(words)
        return line

    def seen_by_web(self) -> str:
        """What the web process wrote to its log."""
        return (self.folder / "web.log").read_text()

    @contextmanager
    def _connection(self, source: str) -> Iterator[HTTPConnection]:
        line = HTTPSConnection("127.0.0.1", self.port, timeout=60, context=_trusting(), source_address=(source, 0))
        try:
            yield line
        finally:
            line.close()

    def _listen(self) -> None:
        """To HAProxy's log, in place of the machine's journal."""
        ear = self._open.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        ear.bind(str(self.folder / "log"))

        def hear() -> None:
            with suppress(OSError):
                while line := ear.recv(65536):
                    self.log.append(line.decode())

        thread = threading.Thread(target=hear)
        thread.start()
        self._open.callback(thread.join)
        self._open.callback(ear.shutdown, socket.SHUT_RDWR)

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=self._settings, stdout=log, stderr=log)
        self._running.append(process)
        self._open.callback(process.wait, 30)
        self._open.callback(process.terminate)

    def _wait_for_life(self) -> None:
        """Until the proxy finds the web process alive."""
        pause, last = threading.Event(), ""
        for _ in range(LOOKS):
            try:
                last = str(self.ask("GET", "/healthz").status)
            except (OSError, HTTPException) as fault:
                last = type(fault).__name__
            if last == "200":
                return
            if any(process.poll() is not None for process in self._running):
                break
            pause.wait(0.1)
        told = "\n".join((self.folder / f"{name}.log").read_text() for name in ("web", "haproxy"))
        raise AssertionError(f"{last}\n{told}")


@cache
def _trusting() -> ssl.SSLContext:
    """The certificate is of this test's making."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _free_ports(count: int) -> list[int]:
    lines = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [line.getsockname()[1] for line in lines]
    for line in lines:
        line.close()
    return ports
