"""The command line, one module a subject. Each module adds its parsers and holds the functions they call."""
