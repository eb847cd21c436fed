"""The engine: runs consumers of channels 0.17 on channels 2, 3 and 4. Imports nothing of ``compat.v0``."""
