"""What the office counts: one sealed fact a case, sums of closed months, and tables in which nobody is alone."""
