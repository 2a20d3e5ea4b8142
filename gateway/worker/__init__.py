"""The scheduler process: it only ticks; every due time is a row."""
