"""Africa's Talking: the documented contract; it is not known to serve Indonesian networks."""
