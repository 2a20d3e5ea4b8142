"""What the web server loads: the parts, built once for the process, the application over them, and its watch.

`application` is ASGI, for our own server with its fast lane; `app` is Flask's, for a WSGI server of another kind.
"""

import gc
import os
from concurrent.futures import Executor
from pathlib import Path

from gateway import doors, logs
from gateway.app import create_web
from gateway.asgi import Application
from gateway.bootstrap import build, open_carriers
from gateway.lane import Lane
from gateway.server import leave_soon
from gateway.settings import Settings
from gateway.simulator.clock import PracticeClock
from gateway.watch import Watch
from gateway.worker.sending import Sender


def open_lane(threads: Executor) -> Lane | None:
    if web.callbacks is None:
        return None
    if isinstance(parts.clock, PracticeClock):
        parts.clock.look_in(threads)
    return Lane(web.callbacks, web.inbox, web.doors, parts.store, threads)


settings = Settings.load(os.environ, Path.cwd())
logs.configure(settings.log_level)
doors.warn_of_names(settings)
parts = build(settings)
web = create_web(parts)
app = web.flask
application = Application(app, settings.blocking_threads, open_lane, leave_soon)
Watch(parts, lambda: Sender(parts.store, parts.desk, open_carriers(settings), parts.clock)).start()
gc.freeze()  # what lives as long as the process is not looked through again: that made one hop of some thousand wait
gc.set_threshold(10_000, 10, 20)  # what a crowd has under way holds no cycle, and is not looked through for one
