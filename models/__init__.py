"""What is stored and its rules: rows and queries; vocabulary, lifecycle and triage are standard library only."""
