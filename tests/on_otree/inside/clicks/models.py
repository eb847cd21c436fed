from channels import Group as ChannelGroup
from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, models
from otree.channels.utils import wait_page_group_name
from otree.db.models import ForeignKey, Model


class Constants(BaseConstants):
    name_in_url = "clicks"
    players_per_group = 2
    num_rounds = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    def announce(self):
        ChannelGroup("group-%d" % self.pk).send({"text": "announced"})

    def release(self, page_index):
        name = wait_page_group_name(self.session.pk, page_index, self.id_in_subsession)
        ChannelGroup(name).send({"text": '{"status": "ready"}'})
        return name


class Player(BasePlayer):
    clicks = models.IntegerField(initial=0)
    note = models.StringField(blank=True)

    def live_click(self, number):
        self.clicks += number
        return {self.id_in_group: {"clicks": self.clicks}}


class Remark(Model):
    player = ForeignKey(Player)
    text = models.StringField()
