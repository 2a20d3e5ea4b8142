"""web, worker: the processes that stay up. They load nothing of the other commands, which would stay with them."""

import argparse
import gc

from gateway import bootstrap
from gateway.commands.shell import Commands, check_parts, open_parts, say
from gateway.draining import Drainer
from gateway.providers.base import SmsProvider
from gateway.spool import Spool


def add_parsers(commands: Commands) -> None:
    web = commands.add_parser("web", help="the web process: callbacks and pages")
    web.set_defaults(run=run_web)
    worker = commands.add_parser("worker", help="the scheduler process: rules and sending")
    worker.add_argument("--once", action="store_true", help="do all that is due, then end")
    worker.set_defaults(run=run_worker)


def run_web(args: argparse.Namespace) -> int:
    """Wrong keys or a newer database are told here, in one line, before anybody is answered.

    With several processes this one only watches over those that answer, which read the lists themselves.
    """
    settings = check_parts()
    from gateway import server  # uvicorn is the web's alone

    server.serve(settings)
    return 0


def run_worker(args: argparse.Namespace) -> int:
    from gateway.worker import jobs, scheduler  # what only a worker does
    from gateway.worker.sending import Sender

    parts = open_parts()
    carriers: tuple[SmsProvider, ...]
    more: tuple[jobs.Job, ...] = ()
    if parts.settings.is_practice:
        from gateway.app import create_app  # in practice the worker plays the network; with a carrier it has no pages
        from gateway.simulator.practice import Practice

        practice = Practice(parts, create_app(parts))
        carriers, more = (practice.open_carrier(),), practice.jobs()
    else:
        carriers = bootstrap.open_carriers(parts.settings)
    sender = Sender(parts.store, parts.desk, carriers, parts.clock)
    drainer = Drainer(parts, Spool(parts.settings.spool, parts.desk.keyring))
    bench = jobs.Bench(parts.store, parts.desk, sender, parts.clock, more, drain=drainer.run)
    gc.freeze()
    if args.once:
        done = jobs.run_once(bench)
        sender.close()
        say(f"{done} done, nothing is due")
    else:
        scheduler.run(bench)
    parts.close()
    return 0
