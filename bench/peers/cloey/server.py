"""Cloey (FastAPI on uvicorn): sessions in a dictionary of the process. `uvicorn server:api` in this folder.

Cloey's own route takes JSON; the form of a carrier is read here and handed to the same `handle_request`. The route is
`async`, which is quicker than Cloey's own in a thread, and safe: its steps never wait.
"""

from typing import Annotated

from cloey import Cloey
from cloey.framework import SESSIONS
from fastapi import Form
from fastapi.responses import PlainTextResponse

LAST = 6
menu = Cloey()


def step(number):
    def show(session_id, answer=None):
        if answer is not None:
            SESSIONS[session_id]["data"][number] = answer
        if number == LAST:
            del SESSIONS[session_id]
            return f"END Screen {number}\nThank you"
        menu.next_step(session_id, f"step {number + 1}")
        return f"CON Screen {number}\n1 Next\n2 Other\n0 Back"

    return show


menu.route("start")(step(1))
for number in range(2, LAST + 1):
    menu.route(f"step {number}")(step(number))

api = menu()


@api.post("/ussd", response_class=PlainTextResponse)
async def ussd(sessionId: Annotated[str, Form()], text: Annotated[str, Form()] = "") -> str:  # noqa: N803 - the carrier's
    return menu.handle_request(sessionId, text.rpartition("*")[2])
