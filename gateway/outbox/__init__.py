"""Words out: what may leave (policy), what waits to leave (queue), and what the carrier said of it (receipts)."""
