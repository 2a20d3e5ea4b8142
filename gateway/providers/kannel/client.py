"""Sending through Kannel's smsbox: one GET for one SMS."""

from datetime import datetime

from gateway import phones
from gateway.clock import Clock, utc_now
from gateway.providers.base import Accepted, MaybeSent, Refused
from gateway.providers.kannel import wire
from gateway.providers.transport import USUAL, Limits, Transport


class KannelSms:
    """`SmsProvider` for Kannel. Safe to share between threads: each has its own connection."""

    name = wire.NAME

    def __init__(
        self,
        sendsms_url: str,
        username: str,
        password: str,
        dlr_url: str,
        *,
        limits: Limits = USUAL,
        clock: Clock = utc_now,
    ) -> None:
        """`dlr_url`: where Kannel reaches our `/webhooks/kannel/<token>/delivery`."""
        self._sendsms_url, self._dlr_url = sendsms_url, dlr_url
        self._user = {"username": username, "password": password}
        self._transport = Transport(limits)
        self._clock = clock

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """As `SmsProvider.send`. Kannel has no idempotency key: what may have left is not sent again from here."""
        if phones.normalise(to) != to:
            raise Refused("invalid_phone")
        fields = wire.sendsms_query(message_id, to, text, not_after, self._clock(), self._dlr_url)
        try:
            answer = self._transport.request("GET", self._sendsms_url, params={**self._user, **fields})
        except MaybeSent as lost:
            raise MaybeSent(lost.code, message_id) from None
        except UnicodeEncodeError:
            raise Refused("unsendable") from None
        return wire.parse_send_answer(answer.status, answer.body, message_id, answer.retry_after)

    def balance(self) -> str | None:
        """Kannel knows no balance."""
        return None

    def close(self) -> None:
        """Ends the connections of every thread."""
        self._transport.close()
