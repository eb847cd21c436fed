"""The rules, one a file, each with its examples beside it (``*.cases``), which the tests run."""
