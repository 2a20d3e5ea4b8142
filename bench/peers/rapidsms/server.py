"""RapidSMS 2.2 on Django and gunicorn: its generic HTTP backend, the message log, one keyword handler that answers.

ROUTER=blocking handles a message within its request; ROUTER=db writes it and hands it to Celery (a Redis broker), as
its documentation recommends for production. `python server.py` makes the tables, `gunicorn server:application` serves,
`celery -A server worker` handles what the db router queued.
"""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import path

ROUTERS = {
    "blocking": "rapidsms.router.blocking.BlockingRouter",
    "db": "rapidsms.router.db.DatabaseRouter",
}

settings.configure(
    SECRET_KEY="only for this benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "rapidsms",
        "rapidsms.router.db",
        "rapidsms.backends.database",
        "rapidsms.contrib.messagelog",
        "rapidsms.contrib.handlers",
    ],
    INSTALLED_BACKENDS={"carrier": {"ENGINE": "rapidsms.backends.database.DatabaseBackend"}},
    RAPIDSMS_ROUTER=ROUTERS[os.environ["ROUTER"]],
    RAPIDSMS_HANDLERS=["answering.Answering"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(os.environ["STATE"], "rapidsms.db"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from celery import Celery  # noqa: E402 - only after Django is set up
from rapidsms.backends.http.views import GenericHttpBackendView  # noqa: E402

app = Celery("server", broker=os.environ.get("BROKER"))
app.set_default()  # for the threads of gunicorn too
app.autodiscover_tasks(["rapidsms.router.db"])

FIELDS = {"identity_name": "from", "text_name": "text"}
urlpatterns = [path("sms", GenericHttpBackendView.as_view(backend_name="carrier", params=FIELDS))]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
else:
    application = get_wsgi_application()
