"""Sending through SMSGate: one POST for one SMS, under our own id."""

from datetime import datetime

from gateway import phones
from gateway.providers.base import Accepted, MaybeSent, Refused
from gateway.providers.smsgate import wire
from gateway.providers.transport import USUAL, Limits, Transport


class SmsGateSms:
    """`SmsProvider` for SMSGate. Safe to share between threads: each has its own connection."""

    name = wire.NAME

    def __init__(self, url: str, username: str, password: str, *, limits: Limits = USUAL) -> None:
        """`url`: the phone itself (`http://PHONE:8080`) or the cloud (`https://.../3rdparty/v1`)."""
        self._messages_url = url.rstrip("/") + "/messages"
        self._user = (username, password)
        self._transport = Transport(limits)

    def send(self, message_id: str, to: str, text: str, not_after: datetime) -> Accepted:
        """As `SmsProvider.send`. The same `message_id` again is the same SMS."""
        if phones.normalise(to) != to:
            raise Refused("invalid_phone")
        try:
            text.encode()
            body = wire.message_body(message_id, to, text, not_after)
            answer = self._transport.request("POST", self._messages_url, json=body, auth=self._user)
        except MaybeSent as lost:
            raise MaybeSent(lost.code, message_id) from None
        except UnicodeEncodeError:
            raise Refused("unsendable") from None
        return wire.parse_send_answer(answer.status, answer.body, message_id, answer.retry_after)

    def balance(self) -> str | None:
        """A SIM's balance is not told."""
        return None

    def close(self) -> None:
        """Ends the connections of every thread."""
        self._transport.close()
