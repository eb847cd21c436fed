"""Tests of test_models.py fail where nothing keeps consumers out of oTree's cache: they can see what that is for."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import project

from compat.otree import versions

HERE = Path(__file__).parent


class GuardTest(unittest.TestCase):
    def test_without_it_models_go_wrong(self):
        path = os.path.join(tempfile.mkdtemp(), "ended.json")
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", str(HERE / "run.py"), "test_models", path],
            env=dict(os.environ, **{project.WITHOUT_GUARD: "1"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        with open(path) as file:
            failed = {name for name, how in json.load(file).items() if how == "failed"}
        wanted = (
            {
                "ModelsTest.test_a_consumers_change_is_not_saved_by_a_page_that_runs",
                "ModelsTest.test_what_a_consumers_thread_caches_does_not_end_what_a_page_caches",
            }
            if versions.idmap_is_shared()
            else {"ModelsTest.test_threads_keep_no_objects_of_consumers_before"}
        )
        self.assertEqual(failed, wanted, ran.stdout)
