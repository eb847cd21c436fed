"""Run by the Python of a stack: runs programs in forks of itself. Lines of JSON come in, [folder, argv, seconds], and
go out, [exit status, output]."""

import json
import os
import runpy
import signal
import sys
import tempfile
from importlib import import_module

# What all programs need.
for name in ("django.core.management", "channels.layers", "channels.generic.websocket", "channels.routing"):
    import_module(name)


def program(folder, argv, seconds):
    signal.alarm(seconds)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = argv
    runpy.run_path(argv[0], run_name="__main__")


for line in sys.stdin:
    folder, argv, seconds = json.loads(line)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            program(folder, argv, seconds)
            sys.exit()
        _, status = os.waitpid(child, 0)
        output.seek(0)
        print(json.dumps([status, output.read().decode()]), flush=True)
