"""What the web server loads: the parts, built once for the process, and the application over them."""

import os
from pathlib import Path

from gateway import logs
from gateway.app import create_app
from gateway.bootstrap import build
from gateway.settings import Settings

settings = Settings.load(os.environ, Path.cwd())
logs.configure(settings.log_level)
app = create_app(build(settings))
