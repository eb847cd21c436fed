"""Moves the code of a project from the API of channels 0.17 onto the shim, and on to that of channels 2, 3 and 4.

``python -m compat rewrite``; needs LibCST (``pip install 'channels-compat[rewrite]'``), but neither Django nor what the
project needs.
"""
