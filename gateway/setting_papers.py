"""What people read of the settings: the README's table and `.env.example`, made of what the program itself reads."""

from gateway.settings import Settings, setting_names


def settings_table() -> str:
    """The README's table."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name in setting_names():
        field = Settings.model_fields[name.lower()]
        rows.append(f"| `{name}` | {f'`{field.default}`' if field.default else ''} | {field.description} |")
    return "\n".join(rows) + "\n"


def env_example() -> str:
    """The text of `.env.example`: every setting, commented out, with its default."""
    lines = ["# Settings of the Beli Perak Gateway. Copy to .env and uncomment what differs from the default."]
    for name in setting_names():
        field = Settings.model_fields[name.lower()]
        lines += ["", f"# {field.description}", f"#{name}={field.default or ''}"]
    return "\n".join(lines) + "\n"
