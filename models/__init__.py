"""What is stored and its rules: rows and queries (SQLAlchemy), vocabulary, lifecycle and triage (standard library only)."""
