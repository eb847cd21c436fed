"""Writes down which consumers have run, so that a client can wait for its connect consumer."""

import os


def note(event, socket):
    if socket is None:
        return  # no consumer: the shim asks for a route
    with open(os.environ["GUIDE_EVENTS"], "a") as file:
        file.write("%s %s\n" % (event, socket))
