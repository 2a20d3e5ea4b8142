"""Splathash on Django and gunicorn: sessions in Django's session table (SQLite), the only context it has.

It speaks one carrier's JSON; the form of Africa's Talking is put into those words and back. `python server.py` makes
the tables, `gunicorn server:application` serves.
"""

import os
from pathlib import Path
from types import SimpleNamespace

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    SECRET_KEY="only for this benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "splathash"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(os.environ["STATE"], "splathash.db"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    USE_TZ=True,
)
django.setup()

from splathash.data.node_response import NodeResponse  # noqa: E402 - only after Django is set up
from splathash.engine.application.application import NALOApplication  # noqa: E402
from splathash.engine.context.application_context import ApplicationContextFactory  # noqa: E402
from splathash.engine.router.router import BaseLookupTableRouter  # noqa: E402
from splathash.node.node import Node  # noqa: E402
from splathash.response.response_handler import UserResponseHandler  # noqa: E402

LAST = 6


def handler_of(number):
    class Shown(Node):
        def create_menu(self, context):
            response = NodeResponse(f"Screen {number}" + ("\nThank you" if number == LAST else ""))
            if number < LAST:
                response.add_multiple_options({"1": "Next", "2": "Other"})
            return response, str(number + 1)

    class Handler(UserResponseHandler):
        def get_node(self, context):
            if number > 1:
                context.update(f"answer {number - 1}", context.getData())
            return Shown()

    return Handler


class Screens(BaseLookupTableRouter):
    table = {"": handler_of(1), **{str(number): handler_of(number) for number in range(2, LAST + 1)}}  # noqa: RUF012


@csrf_exempt
def ussd(request):
    asked = request.POST
    words = {
        "MSISDN": asked["phoneNumber"],
        "NETWORK": asked.get("networkCode", ""),
        "USERDATA": asked["text"].rpartition("*")[2],
        "MSGTYPE": asked["text"] == "",
        "USERID": asked["sessionId"],
    }
    application = NALOApplication()  # with a context of its own: the class's is shared by all threads
    application.context = ApplicationContextFactory.default()
    answer = application.run(SimpleNamespace(data=words), Screens())
    return HttpResponse(("CON " if answer["MSGTYPE"] else "END ") + answer["MSG"], content_type="text/plain")


urlpatterns = [path("ussd", ussd)]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
else:
    application = get_wsgi_application()
