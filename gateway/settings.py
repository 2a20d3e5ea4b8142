"""Every setting: its name in the environment, its default, what it means, and what is wrong with it.

A default is written here as an operator would write it, so that the README's table, `.env.example` (both made by
`setting_papers`) and the program can not differ. What a single setting must look like is in `setting_kinds`; how
settings must fit together is here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Self

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import make_url

from gateway import secret_files
from gateway import setting_kinds as kinds

CARRIERS: Final = ("simulator", "africastalking", "kannel", "smsgate")
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
SHORTEST: Final = 8
"""Characters below which a secret of ours is refused; those we make ourselves are far longer."""
ALWAYS_NEEDED: Final = ("SECRET_KEY", "FIELD_KEYS_FILE", "WEBHOOK_TOKEN")
NEEDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "africastalking": ("AT_USERNAME", "AT_API_KEY"),
    "kannel": ("KANNEL_SENDSMS_URL", "KANNEL_USERNAME", "KANNEL_PASSWORD", "KANNEL_DLR_URL"),
    "smsgate": ("SMSGATE_URL", "SMSGATE_USERNAME", "SMSGATE_PASSWORD", "SMSGATE_SIGNING_KEY"),
}
"""What each carrier can not do without. A sender id is not: it is left out for a shared short code."""


class BadSettings(Exception):
    """The settings can not be used. `faults` names every one and holds no value, which may be a secret."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def _by(parse: Callable[[str], object]) -> BeforeValidator:
    return BeforeValidator(lambda raw: parse(raw) if isinstance(raw, str) else raw)


def _setting(default: str | None, meaning: str, *, shown: bool = True) -> Any:
    if default is None:
        return Field(None, description=meaning, repr=shown)
    return Field(default, validate_default=True, description=meaning, repr=shown)


Plain = Annotated[str, _by(kinds.parse_plain)]
Secret = Annotated[SecretStr, _by(kinds.parse_plain)]
Tokens = Annotated[tuple[SecretStr, ...], _by(kinds.parse_tokens)]
Called = Annotated[str, _by(kinds.parse_called)]
Texted = Annotated[str, _by(kinds.parse_texted)]
WebAddress = Annotated[str, _by(kinds.parse_web_address)]
SecretAddress = Annotated[SecretStr, _by(kinds.parse_web_address)]
Folder = Annotated[Path, _by(Path)]
Duration = Annotated[timedelta, _by(kinds.parse_some_time)]
Rising = Annotated[tuple[timedelta, ...], _by(kinds.parse_rising())]
Three = Annotated[tuple[timedelta, ...], _by(kinds.parse_three)]
ThreeRising = Annotated[tuple[timedelta, ...], _by(kinds.parse_rising(3))]


class Settings(BaseModel):
    """Read once, by `load`, and frozen. `root` is the folder that relative paths and `var/` belong to."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    root: Path

    database_url: Annotated[str, _by(kinds.parse_database)] = _setting(
        "sqlite:///var/beliperak.db", "SQLite file, or `postgresql://` where one machine is not enough", shown=False
    )
    provider: Annotated[tuple[str, ...], _by(kinds.parse_carriers(CARRIERS))] = _setting(
        "simulator", f"carrier: {', '.join(CARRIERS)}; a comma list is tried in its order"
    )
    host: Annotated[str, _by(kinds.parse_host)] = _setting("127.0.0.1", "address to listen at")
    port: Annotated[int, _by(kinds.parse_whole(1, 65535))] = _setting("8000", "port to listen at")
    web_concurrency: Annotated[int, _by(kinds.parse_whole(1, 64))] = _setting(
        "1", "web processes; more than one needs PostgreSQL"
    )
    blocking_threads: Annotated[int, _by(kinds.parse_whole(1, 2048))] = _setting(
        "512",
        "threads of one web process for pages, texts and reports; they are made as they are needed",
    )
    log_level: Annotated[str, _by(kinds.parse_choice(*LEVELS))] = _setting(
        "info", f"least serious line to log: {', '.join(LEVELS)}"
    )
    secret_key: Secret = _setting(
        None, "signs console log-ins; at least 8 characters, better 32 (made for you in practice)"
    )
    field_keys_file: Folder = _setting(
        "var/field_keys.json", "key file that opens personal data, mode 0600 (made for you in practice)"
    )
    webhook_token: Tokens = _setting(
        None, "secret word in every callback's address; two, by comma, while changing it (made for you in practice)"
    )

    at_username: Plain | None = _setting(None, "Africa's Talking: user name, `sandbox` for its sandbox")
    at_api_key: Secret | None = _setting(None, "Africa's Talking: API key")
    at_sender_id: Plain | None = _setting(None, "Africa's Talking: sender id; left out for a shared short code")
    at_service_code: Annotated[str, _by(kinds.parse_service_code)] | None = _setting(
        None, "Africa's Talking: the USSD code that people dial"
    )
    at_base_url: Annotated[str, _by(kinds.parse_guarded_address)] | None = _setting(
        None, "Africa's Talking: another host for its API, such as a rehearsal server"
    )
    kannel_sendsms_url: WebAddress | None = _setting(
        None, "Kannel: address of its `sendsms`, such as `http://127.0.0.1:14013/cgi-bin/sendsms`"
    )
    kannel_username: Plain | None = _setting(None, "Kannel: sendsms user")
    kannel_password: Secret | None = _setting(None, "Kannel: sendsms password")
    kannel_dlr_url: SecretAddress | None = _setting(
        None, "Kannel: where it reaches our `/webhooks/kannel/<token>/delivery`"
    )
    smsgate_url: WebAddress | None = _setting(
        None, "SMSGate: the phone's own address, such as `http://PHONE:8080`, or the cloud's"
    )
    smsgate_username: Plain | None = _setting(None, "SMSGate: user")
    smsgate_password: Secret | None = _setting(None, "SMSGate: password")
    smsgate_signing_key: Secret | None = _setting(
        None, "SMSGate: key that signs its callbacks; at least 8 characters, better 32"
    )

    district: Folder | None = _setting(None, "folder of another district's areas, terms and services (built in: Paser)")
    timezone: Annotated[str, _by(kinds.parse_zone)] = _setting("Asia/Makassar", "the office's time zone")
    default_language: Annotated[str, _by(kinds.parse_choice("id", "en"))] = _setting(
        "id", "language until a caller chooses another: id, en"
    )
    quiet_hours: Annotated[tuple[time, time], _by(kinds.parse_hours)] = _setting(
        "21:00-07:00", "when only danger and answers leave; equal ends for never"
    )
    resume_within: Annotated[timedelta, _by(kinds.parse_duration)] = _setting(
        "PT20M", "how long a dropped USSD report may be taken up again"
    )
    session_expires_after: Duration = _setting("PT20M", "silence after which officers get an unfinished report")
    duty_desk: Called | None = _setting(None, "phone of the duty desk, named to officers and agencies")
    night_agency: Texted | None = _setting(None, "phone of the 24-hour agency, alerted when nobody is on duty")
    metrics_token: Secret | None = _setting(None, "bearer token for `/metrics` from another machine")

    ladder_p1: ThreeRising = _setting(
        "PT10M,PT20M,PT30M", "P1 not accepted: when all on duty, the supervisor, the head are alerted"
    )
    accept_within_p2: Duration = _setting("PT6H", "time to accept a P2 case")
    accept_within_p3: Duration = _setting("PT24H", "time to accept a P3 case")
    first_action_within: Three = _setting("PT1H,PT6H,PT24H", "time to the first action, for P1, P2, P3")
    call_me_within: Duration = _setting("PT10M", "time to accept a wish to be called, in duty hours")
    follow_up_after: Rising = _setting("P3D,P14D", "after a report: when those who agreed are asked how they are")
    keep_closed_cases: Duration = _setting("P1826D", "how long an ended case can be read; then it is shredded")
    worker_tick: Annotated[timedelta, _by(kinds.parse_tick)] = _setting("PT1S", "how often the worker looks for work")
    send_rate: Annotated[float, _by(kinds.parse_rate)] = _setting("5", "messages a second, for the whole office")
    send_connections: Annotated[int, _by(kinds.parse_whole(1, 256))] = _setting("8", "connections to a carrier")
    sms_price: Annotated[float, _by(kinds.parse_price)] | None = _setting(
        None, "what one SMS costs the office, such as 350; shown before a message to many cadres"
    )

    callback_cidrs: Annotated[tuple[IPv4Network | IPv6Network, ...], _by(kinds.parse_networks)] | None = _setting(
        None, "networks that callbacks may come from, by comma; none: any, the secret word decides"
    )
    allowed_hosts: Annotated[tuple[str, ...], _by(kinds.parse_hosts)] | None = _setting(
        None,
        "host names or addresses that are answered, by comma, besides this machine's own: those that people type; "
        "unset: in practice `HOST` (unless it is every address) and no other, with a carrier any",
    )
    trusted_proxies: Annotated[int, _by(kinds.parse_whole(0, 9))] = _setting(
        "0", "proxies in front of us whose `X-Forwarded-For` is believed; needs a loopback HOST"
    )
    audit_anchor_file: Folder | None = _setting(
        None, "file on another machine's disk to which the daily anchor of the case chains is appended"
    )
    audit_anchor_sms: Annotated[bool, _by(kinds.parse_yes)] = _setting(
        "no", "whether two supervisors get the short anchor by SMS: yes, no"
    )

    @classmethod
    def load(cls, environ: Mapping[str, str], root: Path) -> Self:
        """The settings of `environ`, and below it of `root/.env`. Raises BadSettings with every fault at once.

        In practice (`PROVIDER=simulator` alone) missing secrets are made, and kept in `var/`.
        """
        given = _given(environ, root)
        if faults := cls._faults(given, root):
            raise BadSettings(faults)
        made = {}
        for name in ("secret_key", "webhook_token"):
            if name not in given:
                try:
                    made[name] = secret_files.keep(root / "var" / name)
                except (OSError, ValueError):
                    raise BadSettings([f"{name.upper()} is not set and can not be kept in var/{name}"]) from None
        return cls.model_validate({"root": root, **given, **made})._at_home()

    @classmethod
    def _faults(cls, given: dict[str, str], root: Path) -> list[str]:
        """Every fault, in the settings' order. What is wrong by itself has its default in the second look."""
        faults: dict[str, str] = {}
        sound: dict[str, object] = {"root": root, **given}
        try:
            cls.model_validate(sound)
        except ValidationError as error:
            for wrong in error.errors(include_input=False, include_url=False):
                name = str(wrong["loc"][0])
                faults[name.upper()] = str(wrong.get("ctx", {}).get("error", "can not be read"))
                sound.pop(name)
        draft = cls.model_validate(sound)._at_home()
        for name, contradiction in draft._contradictions({name.upper() for name in given}):
            faults.setdefault(name, contradiction)
        return [f"{name} {faults[name]}" for name in setting_names() if name in faults]

    def _contradictions(self, given: set[str]) -> Iterator[tuple[str, str]]:
        """Settings that are fine alone and do not fit the others, or the disk."""
        if self.uses_sqlite and self.web_concurrency > 1:
            yield "WEB_CONCURRENCY", "is above 1 with SQLite, which one process must write; use PostgreSQL or 1"
        if self.district and not self.district.is_dir():
            yield "DISTRICT", "is not a folder"
        if self.trusted_proxies and not ip_address(self.host).is_loopback:
            yield "TRUSTED_PROXIES", "needs HOST on loopback: whoever reaches us past the proxy could say who he is"
        if self.is_practice:
            return
        names = ", ".join(self.provider)
        for name in (*ALWAYS_NEEDED, *(need for carrier in self.provider for need in NEEDED_BY.get(carrier, ()))):
            if name not in given:
                yield name, f"is missing; PROVIDER={names} needs it"
        yield from self._weak_secrets()
        if "FIELD_KEYS_FILE" in given and (unfit := secret_files.unfit(self.field_keys_file)):
            yield "FIELD_KEYS_FILE", unfit

    def _weak_secrets(self) -> Iterator[tuple[str, str]]:
        ours = (
            ("SECRET_KEY", [self.secret_key]),
            ("WEBHOOK_TOKEN", self.webhook_token or ()),
            ("METRICS_TOKEN", [self.metrics_token]),
            ("SMSGATE_SIGNING_KEY", [self.smsgate_signing_key]),
        )
        for name, words in ours:
            if any(word and len(word.get_secret_value()) < SHORTEST for word in words):
                yield name, f"is too easy to guess; expected at least {SHORTEST} characters"

    def _at_home(self) -> Self:
        """The same with relative paths taken from `root`, whatever folder the process moves to."""
        home: dict[str, object] = {"field_keys_file": self.root / self.field_keys_file}
        if self.audit_anchor_file:
            home["audit_anchor_file"] = self.root / self.audit_anchor_file
        if self.district:
            home["district"] = self.root / self.district
        url = make_url(self.database_url)
        if self.uses_sqlite and url.database and not url.database.startswith("file:"):
            home["database_url"] = url.set(database=str(self.root / url.database)).render_as_string(hide_password=False)
        return self.model_copy(update=home)

    @property
    def is_practice(self) -> bool:
        """Nothing leaves this machine."""
        return self.provider == ("simulator",)

    @property
    def own_host(self) -> str:
        """Under which this machine reaches itself, as in an address: HOST, or loopback where that is every address."""
        here = ip_address(self.host)
        if here.is_unspecified:
            return "127.0.0.1" if here.version == 4 else "[::1]"
        return f"[{here}]" if here.version == 6 else self.host

    @property
    def rehearses_on_this_machine(self) -> bool:
        """Messages go to a server of ours on loopback, and reach nobody."""
        return self.provider == ("africastalking",) and kinds.is_loopback(self.at_base_url or "")

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def webhook_tokens(self) -> tuple[str, ...]:
        return tuple(token.get_secret_value() for token in self.webhook_token)

    @property
    def var(self) -> Path:
        """Local state, ignored by git."""
        return self.root / "var"

    @property
    def spool(self) -> Path:
        """Where callbacks wait while the database is down."""
        return self.var / "spool"


def setting_names() -> list[str]:
    return [name.upper() for name, field in Settings.model_fields.items() if field.description]


def _given(environ: Mapping[str, str], root: Path) -> dict[str, str]:
    """What was set, by field name. A blank value counts as not set."""
    try:
        filed = dotenv_values(root / ".env", interpolate=False, encoding="utf-8")
    except (OSError, ValueError):
        raise BadSettings([".env can not be read; expected UTF-8 lines NAME=value"]) from None
    raw = {**filed, **environ}
    return {name.lower(): value.strip() for name in setting_names() if (value := raw.get(name)) and value.strip()}
