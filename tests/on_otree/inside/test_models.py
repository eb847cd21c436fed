"""Pages save what they change, consumers save what they say they save, also when both run at the same moment."""

import threading
import unittest

import project

project.set_up()

from channels.asgi import channel_layers
from channels.worker import Worker
from clicks.models import Player, Remark

from compat.otree import versions


def page_cache():
    """What oTree wraps around a page: objects are shared, and saved at the end."""
    from contextlib import contextmanager

    from otree.db import idmap

    @contextmanager
    def saving():
        with idmap.use_cache():
            yield
            if not versions.idmap_is_shared():
                idmap.save_objects()

    return saving()


def run_consumer(player, save):
    """The consumer, in a thread, as the engine runs it."""

    def run():
        Worker(channel_layers["default"]).dispatch(
            "websocket.receive", {"path": "/change/%d/%s" % (player.pk, save), "order": 1, "reply_channel": "x!y"}
        )

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


class ModelsTest(unittest.TestCase):
    def setUp(self):
        self.player = Player.objects.filter(session=project.make_session()).first()

    def stored(self):
        return tuple(Player.objects.filter(pk=self.player.pk).values_list("clicks", "note").get())

    def test_defaults_as_the_manual_says(self):
        self.assertEqual(self.stored(), (0, None))

    def test_a_model_of_ones_own_whose_key_says_nothing_of_deletion(self):
        remark = Remark.objects.create(player=self.player, text="before")
        remark.text = "after"
        remark.save()
        self.assertEqual([each.text for each in Remark.objects.filter(player=self.player)], ["after"])
        self.assertEqual(Remark._meta.get_field("player").remote_field.on_delete.__name__, "CASCADE")

    def test_a_consumers_change_is_not_saved_by_a_page_that_runs(self):
        with page_cache():
            player = Player.objects.get(pk=self.player.pk)
            player.note = "of the page"
            run_consumer(self.player, "forget")
            self.assertEqual(player.clicks, 0)
        self.assertEqual(self.stored(), (0, "of the page"))

    def test_a_page_and_a_consumer_do_not_overwrite_each_other(self):
        with page_cache():
            player = Player.objects.get(pk=self.player.pk)
            player.note = "of the page"
            run_consumer(self.player, "save")
        self.assertEqual(self.stored(), (1000, "of the page"))

    def test_a_consumer_reads_afresh(self):
        run_consumer(self.player, "save")
        run_consumer(self.player, "save")
        self.assertEqual(self.stored()[0], 2000)

    def test_what_a_consumers_thread_caches_does_not_end_what_a_page_caches(self):
        def elsewhere():
            with page_cache():
                pass

        with page_cache():
            player = Player.objects.get(pk=self.player.pk)
            player.note = "of the page"
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            self.assertIs(Player.objects.get(pk=self.player.pk), player)
        self.assertEqual(self.stored()[1], "of the page")

    def test_threads_keep_no_objects_of_consumers_before(self):
        if versions.idmap_is_shared():
            self.skipTest("this version keeps none outside pages")
        from idmap import tls

        worker, kept = Worker(channel_layers["default"]), []

        def run():
            for player in Player.objects.filter(session=self.player.session).values_list("pk", flat=True):
                worker.dispatch(
                    "websocket.receive", {"path": "/change/%d/forget" % player, "order": 1, "reply_channel": "x!y"}
                )
                kept.append(len(tls.get_cache(Player)))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(kept, [1, 1])
