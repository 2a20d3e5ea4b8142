"""erase and retention."""

from gateway.commands.shell import Commands


def add_parsers(commands: Commands) -> None:
    pass
