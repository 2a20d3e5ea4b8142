"""Kannel 1.4.5: an operator's or aggregator's SMPP line, or a modem, behind a server of one's own."""
