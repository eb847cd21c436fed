"""oTree sends through the layer that consumers read, also where it made its own before compat was installed."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

SCRIPT = """
import settings
del settings.CHANNEL_LAYERS
import project
project.set_up()
from channels.asgi import channel_layers
from otree.channels import utils
assert channel_layers["default"].local_only()
assert utils._group_send.__self__ is channel_layers["default"].channel_layer.native
utils.sync_group_send_wrapper(type="anything", group="nobody", event={})
"""


class LayerTest(unittest.TestCase):
    def test_with_and_without_the_start_up_file(self):
        for startup in ("0", "1"):
            with self.subTest(COMPAT_STARTUP=startup):
                subprocess.run(
                    [sys.executable, "-c", SCRIPT],
                    cwd=str(Path(__file__).parent),
                    env=dict(os.environ, COMPAT_STARTUP=startup, PYTHONDONTWRITEBYTECODE="1"),
                    check=True,
                )
