"""Practice: phones in the browser over the real callbacks, faults, a clock to turn, stories."""
