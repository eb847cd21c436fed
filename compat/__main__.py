"""``python -m compat run manage.py runserver``: any program, with compat installed and nothing edited."""

import argparse
import importlib
import os
import runpy
import shutil
import sys
from typing import List, Optional

import compat
from compat import otree

# Commands that read code, and whose options are their own business.
_OF_CODE = {
    "inventory": "tell what of channels 0.17 a project uses, and what to do next",
    "rewrite": "move code onto the shim, or on to channels 2, 3 and 4",
}


def main(arguments: Optional[List[str]] = None) -> None:
    """The command line.

    Args:
        arguments: what follows ``python -m compat``; sys.argv's by default.
    """
    parser = argparse.ArgumentParser(prog="python -m compat", description="channels-compat " + compat.__version__)
    parser.add_argument("--version", action="version", version=compat.__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    run = commands.add_parser(
        "run",
        help="run a program as it is, with the API of channels 0.17 in place",
        description="Examples: python -m compat run manage.py runserver; python -m compat run -m daphne "
        "project.asgi:channel_layer; python -m compat run otree devserver",
    )
    run.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module")
    run.add_argument("program", metavar="PROGRAM", help="a Python file, a module with -m, or a command on the PATH")
    run.add_argument("arguments", metavar="...", nargs=argparse.REMAINDER)
    for name, about in _OF_CODE.items():
        commands.add_parser(name, add_help=False, help=about)
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] and given[0] in _OF_CODE:
        if sys.version_info < (3, 9):
            raise SystemExit(f"python -m compat {given[0]} needs Python 3.9 or newer; it need not be your project's.")
        package = "rewriter" if given[0] == "rewrite" else given[0]
        raise SystemExit(importlib.import_module(f"compat.{package}.cli").main(given[1:]))
    doctor = commands.add_parser("doctor", help="tell the stage of a project, what is wrong, and the next step")
    doctor.add_argument("--settings", default="", help="its settings module (by default what manage.py says)")
    doctor.add_argument("--folder", default="", help="the folder that its manage.py is in (by default this one)")
    options = parser.parse_args(arguments)
    if options.command == "doctor":
        from compat import doctor as examination

        raise SystemExit(examination.main(options.settings, options.folder))
    run_program(options.program, options.arguments, as_module=options.module)


def run_program(program: str, arguments: List[str], as_module: bool = False) -> None:
    """Run ``program`` as ``__main__`` after :func:`compat.install`.

    Raises:
        SystemExit: the program ends that way, or cannot be found; or no channels is installed.
    """
    if compat.stack() == compat.NONE or otree.without_channels():
        raise SystemExit(compat.missing())
    compat.install()
    if compat.stack() == compat.NEW:
        from compat.v2 import versions

        versions.reload_with([*(["-m"] if as_module else []), program, *arguments])
    if as_module:
        sys.argv = [program, *arguments]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    is_file = os.path.isfile(program)
    path = program if is_file else shutil.which(program)
    if path is None:
        raise SystemExit(f"python -m compat run: there is no file and no command {program!r}")
    sys.argv = [path, *arguments]
    # As `python FILE` has it: the file's folder comes first. A command's own folder is no place to import from;
    # `daphne` and its like take modules from the current one.
    sys.path[0] = os.path.dirname(os.path.abspath(path)) if is_file else os.getcwd()
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main()
