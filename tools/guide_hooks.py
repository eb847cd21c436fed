"""For mkdocs: what is a comment to the tests of the guide's examples is shown to its readers."""

import re

NOT_RUN = re.compile(r"^( *)<!-- not run: (.+) -->\n+", re.M)


def on_page_markdown(markdown: str, **_) -> str:
    """Show why a block is not run, above it."""
    return NOT_RUN.sub(r"\1*Not run by the tests as it stands: \2.*\n\n", markdown)
