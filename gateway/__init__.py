"""The shell: the network, the clock, the keys, the people's pages."""
