"""anysd on Flask and gunicorn: sessions in Redis, as its README sets it up. ANYSD_CONFIG_FILE names the server.

Two lists to choose from, then a form of questions: its own two kinds of screen.
"""

from anysd import FormFlow, ListInput, NavigationController, NavigationMenu
from flask import Flask, request

QUESTIONS = {
    "1": {"name": "THIRD", "menu": ListInput(items=["Next", "Other"], title="Screen 3")},
    "2": {"name": "FOURTH", "menu": ListInput(items=["Next", "Other"], title="Screen 4")},
    "3": {"name": "FIFTH", "menu": ListInput(items=["Next", "Other"], title="Screen 5")},
    "4": {"name": "LAST", "menu": "END Screen 6\nThank you"},
}


def take(step, answer, **known):
    return True, None


form = FormFlow(form_questions=QUESTIONS, step_validator=take)
home = NavigationMenu(name="home", title="Screen 1", show_title=True)
second = NavigationMenu(name="second", title="Screen 2", parent=home)
NavigationMenu(name="other", title="Other", parent=home, next_form=form)
NavigationMenu(name="third", title="Next", parent=second, next_form=form)
NavigationMenu(name="other", title="Other", parent=second, next_form=form)

app = Flask(__name__)


@app.post("/ussd")
def ussd():
    asked = request.form
    return NavigationController(home, asked["phoneNumber"], asked["sessionId"], asked["text"]).navigate()
