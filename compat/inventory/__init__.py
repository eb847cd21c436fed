"""``python -m compat inventory``: what of the old API a project uses, what becomes of it, and what to do next.

Python 3.9 or newer, with LibCST and rich (the extra ``rewrite``); neither Django nor what the project needs.
"""
