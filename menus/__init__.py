"""What people see and type: screens, texts, SMS reading. Pure: no clock, no database, no Flask, no randomness."""
