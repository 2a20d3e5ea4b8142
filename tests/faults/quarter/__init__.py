"""A quarter of a year at an office, on one clock: people who answer late or never, and a carrier that fails."""
