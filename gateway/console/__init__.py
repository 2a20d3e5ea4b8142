"""The officers' pages: log-in, the queue, cases, the account. See docs/console.md for how to add one."""
