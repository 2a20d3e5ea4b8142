"""Use cases on a case. Each takes `session` first and never commits; the entrypoint owns the transaction."""
