"""What the web server loads: the parts, built once for the process, the application over them, and its watch."""

import gc
import os
from pathlib import Path

from gateway import doors, logs
from gateway.app import create_app
from gateway.bootstrap import build, open_carriers
from gateway.settings import Settings
from gateway.watch import Watch
from gateway.worker.sending import Sender

settings = Settings.load(os.environ, Path.cwd())
logs.configure(settings.log_level)
doors.warn_of_names(settings)
parts = build(settings)
app = create_app(parts)
Watch(parts, lambda: Sender(parts.store, parts.desk, open_carriers(settings), parts.clock)).start()
gc.freeze()  # what lives as long as the process is not looked through again: that made one hop of some thousand wait
