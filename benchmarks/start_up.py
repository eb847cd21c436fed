"""Start-up: what compat adds to the time that a process takes until it can serve."""

from __future__ import annotations

import os
import subprocess
import time
from typing import List

from measurement import Case, Plan, Sample, Target
from systems import PROJECT, ROOT, SHIM, WITHOUT, Running, StartFailed, environment

# Without the module `site`, whose start-up file of compat would otherwise be in both.
COMMON = "import django; django.setup(); import channels.layers; channels.layers.get_channel_layer(); "
CODE = {
    WITHOUT.name: COMMON + "import channels.routing, django.core.handlers.asgi",
    SHIM.name: "import compat.dropin.startup; " + COMMON + "from channels.asgi import get_channel_layer; "
    "get_channel_layer().application; import django.core.handlers.asgi",
}


def take(running: Running) -> Sample:
    """Processor time, in ms, of a process that ends when it could serve."""
    python = running.site.python
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    given = environment(running.system, running.layer)
    given["PYTHONPATH"] = os.pathsep.join([str(PROJECT), str(ROOT), paths.stdout.strip()])
    given.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their bytecode
    command = [python, "-S", "-c", CODE[running.system.name]]
    for _ in range(2):  # the first one may have to write it
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=given, cwd=str(PROJECT))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status:
            raise StartFailed("The process ended with %d." % status)
    return Sample(1000 * (used.ru_utime + used.ru_stime), median_ms=1000 * (time.perf_counter() - begun))


def cases(plan: Plan) -> List[Case]:
    return [
        Case(
            title="Start-up of a process with channels",
            systems=(SHIM, WITHOUT),
            take=take,
            unit="ms of processor time",
            rounds=plan.rounds(15),
            less=True,
            serve=False,
            targets=(Target(WITHOUT, 50.0, difference=True),),
        )
    ]
