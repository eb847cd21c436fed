"""``python -m compat doctor`` in the folder of a project that was upgraded in place."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from compat.otree import versions

HERE = Path(__file__).parent


class DoctorTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp()) / "project"
        shutil.copytree(
            str(HERE), str(self.folder), ignore=shutil.ignore_patterns("test_*", "project.py", "__pycache__")
        )
        self.addCleanup(shutil.rmtree, str(self.folder.parent))
        self.before = self.files()

    def files(self):
        found = self.folder.rglob("*")
        return {path: path.read_bytes() for path in found if path.is_file() and "__pycache__" not in path.parts}

    def settings(self, old="", new=""):
        path = self.folder / "settings.py"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1) if old else text + new)
        self.before = self.files()

    def examine(self):
        """What the doctor says, and its exit status. It must have changed nothing."""
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-B", "-m", "compat", "doctor"],
            cwd=str(self.folder),
            env={key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "DATABASE_"))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        self.assertEqual(self.files(), self.before)
        return ran.stdout + ran.stderr, ran.returncode

    def expect(self, status, *sentences):
        said, returned = self.examine()
        for sentence in sentences:
            self.assertIn(sentence, said)
        self.assertEqual(returned, status, said)

    def test_a_project_that_is_well(self):
        self.expect(0, "CHANNEL_LAYERS is read", "MIDDLEWARE_CLASSES is read", "the channel layers load")

    def test_the_word_that_is_missing(self):
        self.settings('["otree", "compat"]', '["otree"]')
        self.expect(1, 'INSTALLED_APPS lacks "compat"', "do: INSTALLED_APPS = ['otree', 'compat']")

    def test_databases(self):
        self.settings(new="\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'own'}}\n")
        if versions.refuses_databases():
            self.expect(1, "oTree ends at once because settings.py has DATABASES", "DATABASE_URL")
        else:
            self.expect(0)

    def test_an_extension_that_otree_refuses(self):
        self.settings('["extension"]', '["otree_tools"]')
        said, _ = self.examine()
        # Elsewhere it works, if it is installed.
        refused = "oTree ends at once because EXTENSION_APPS has otree_tools" in said
        self.assertEqual(refused, bool(versions.refused_extensions()), said)

    def test_a_setting_that_otree_needs(self):
        self.settings("ADMIN_USERNAME", "FORMER_USERNAME")
        self.expect(1, "settings.py has no ADMIN_USERNAME")

    def test_a_routing_that_does_not_load(self):
        (self.folder / "routing.py").write_text("from clicks.consumers import missing\n")
        self.before = self.files()
        self.expect(1, "Cannot import channel routing 'routing.channel_routing'", "missing")

    def test_migrations_of_another_version(self):
        (self.folder / "__temp_migrations").mkdir()
        (self.folder / "__temp_migrations" / "otree-version.txt").write_text("3.0.0")
        self.before = self.files()
        self.expect(1, "are those of oTree 3.0.0", "delete the folder __temp_migrations and the file db.sqlite3")

    def test_a_database_of_another_version(self):
        database = sqlite3.connect(str(self.folder / "db.sqlite3"))
        database.execute("CREATE TABLE otree_session (id INTEGER PRIMARY KEY)")
        database.commit()
        database.close()
        self.before = self.files()
        self.expect(1, "db.sqlite3 is of another version or of older models", "do: otree resetdb")

    def test_a_procfile_with_commands_that_do_nothing(self):
        (self.folder / "Procfile").write_text("web: otree webandworkers\nbots: otree botworker\n")
        self.before = self.files()
        self.expect(0, *["otree botworker does nothing any more"] if versions.retired_commands() else [])

    def test_another_folder(self):
        (self.folder / "settings.py").unlink()
        self.before = self.files()
        self.expect(1, "There is no settings.py here.")
