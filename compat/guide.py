"""Where the migration guide explains an error."""


def see(anchor: str) -> str:
    """The sentence that ends an error message: where in ``migration_guide/errors.md`` it is explained."""
    return f"See migration_guide/errors.md#{anchor}"
