"""ussd-airflow-engine on Flask and gunicorn: sessions in files, journeys in YAML, both its defaults."""

import collections
import collections.abc
import inspect
import os
from pathlib import Path

import structlog
from flask import Flask, request

inspect.getargspec = inspect.getfullargspec  # names that its PyConfigure still uses and Python has dropped
collections.MutableMapping, collections.Mapping = collections.abc.MutableMapping, collections.abc.Mapping

import ussd  # noqa: E402, F401 - loads its screens
from simplekv.fs import FilesystemStore  # noqa: E402
from ussd.core import UssdEngine, UssdRequest  # noqa: E402
from ussd.store.journey_store.YamlJourneyStore import YamlJourneyStore  # noqa: E402

LAST = 6
STATE = Path(os.environ["STATE"])

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))  # as production would: no debug lines
journeys = YamlJourneyStore(journey_directory=str(STATE / "journeys"))
sessions = FilesystemStore(str(STATE / "sessions"))


def screen(number):
    if number == LAST:
        return {"type": "quit_screen", "text": f"Screen {number}\nThank you"}
    following = f"screen_{number + 1}"
    options = [{"text": "Next", "next_screen": following}, {"text": "Other", "next_screen": following}]
    return {"type": "menu_screen", "text": f"Screen {number}\n", "options": options}


journeys.save(
    "walk",
    {"initial_screen": "screen_1", **{f"screen_{number}": screen(number) for number in range(1, LAST + 1)}},
    "1",
)
app = Flask(__name__)


@app.post("/ussd")
def hop():
    asked = request.form
    known = UssdRequest(
        session_id=asked["sessionId"],
        phone_number=asked["phoneNumber"],
        ussd_input=asked["text"].rpartition("*")[2],
        language="en",
        journey_name="walk",
        journey_version="1",
        journey_store=journeys,
        session_store_backend=sessions,
    )
    answer = UssdEngine(known).ussd_dispatcher()
    return ("CON " if answer.status else "END ") + str(answer)
