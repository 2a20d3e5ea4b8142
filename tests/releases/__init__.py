"""A database file of each release, with its keys: what every later release must be able to take over."""
