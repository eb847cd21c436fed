"""Where the migration guide explains things."""

# What leaves the machine it is made on (a web page) cannot point at a file.
PAGES = "https://github.com/channels-compat/channels-compat/blob/main/migration_guide/"


def see(anchor: str) -> str:
    """The sentence that ends an error message: where in ``migration_guide/errors.md`` it is explained."""
    return f"See migration_guide/errors.md#{anchor}"
