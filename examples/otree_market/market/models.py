import json

import channels
from django.db import models as djmodels
from otree.api import (
    BaseConstants,
    BaseGroup,
    BasePlayer,
    BaseSubsession,
    models,
)

author = "The channels-compat authors"

doc = """
Two traders, each with cash and units of one good, in a continuous double auction with a chat.
"""


class Constants(BaseConstants):
    name_in_url = "market"
    players_per_group = 2
    num_rounds = 1

    cash = 100
    units = 4
    # What a unit is worth at the end: the first trader should buy, the second one should sell.
    values = {1: 30, 2: 10}


class Subsession(BaseSubsession):
    def creating_session(self):
        for player in self.get_players():
            player.unit_value = Constants.values[player.id_in_group]


class Group(BaseGroup):
    seconds = models.IntegerField(initial=60)
    stopped = models.BooleanField(initial=False, doc="A trader asked the market to close")
    closed = models.BooleanField(initial=False)
    volume = models.IntegerField()

    def hand_out(self):
        self.seconds = self.session.config["market_seconds"]
        for player in self.get_players():
            player.cash = Constants.cash
            player.units = Constants.units

    def set_payoffs(self):
        for player in self.get_players():
            player.payoff = player.cash + player.units * player.unit_value
        # Nobody is on the trading page any more, so nobody hears it, unless a screen in the lab shows this market.
        self.tell({"type": "payoffs"})

    def channel(self):
        # Not Group(...) of channels by its name alone: in this module that is oTree's group.
        return channels.Group("market-{}".format(self.id))

    def tell(self, content):
        self.channel().send({"text": json.dumps(content)})

    def open_orders(self, side):
        """The best one first; of two with the same price, the older one."""
        orders = Order.objects.filter(group=self, side=side, is_open=True)
        return orders.order_by("-price" if side == "bid" else "price", "id")

    def book(self):
        return {
            side + "s": [[order.price, order.player.id_in_group] for order in self.open_orders(side)]
            for side in ("bid", "ask")
        }

    def trades(self):
        return [
            {"price": trade.price, "buyer": trade.buyer.id_in_group, "seller": trade.seller.id_in_group}
            for trade in Trade.objects.filter(group=self).order_by("id")
        ]


class Player(BasePlayer):
    age = models.IntegerField(label="How old are you?", min=18, max=99)
    unit_value = models.CurrencyField()
    cash = models.CurrencyField(initial=0)
    units = models.IntegerField(initial=0)
    ready = models.BooleanField(initial=False)
    connections = models.IntegerField(initial=0, doc="How often the trading page opened its socket")
    reply_channel = models.StringField(initial="", doc="Where this trader's socket listens; empty when it is closed")
    units_at_the_end = models.IntegerField()
    comment = models.LongStringField(label="Any comments?", blank=True)

    def holdings(self):
        return {"type": "holdings", "cash": int(self.cash), "units": self.units}

    def tell(self, content):
        if self.reply_channel:
            channels.Channel(self.reply_channel).send({"text": json.dumps(content)})


class Order(djmodels.Model):
    group = djmodels.ForeignKey(Group, on_delete=djmodels.CASCADE)
    player = djmodels.ForeignKey(Player, on_delete=djmodels.CASCADE)
    side = djmodels.CharField(max_length=3)
    price = djmodels.IntegerField()
    is_open = djmodels.BooleanField(default=True)


class Trade(djmodels.Model):
    group = djmodels.ForeignKey(Group, on_delete=djmodels.CASCADE)
    buyer = djmodels.ForeignKey(Player, on_delete=djmodels.CASCADE, related_name="bought")
    seller = djmodels.ForeignKey(Player, on_delete=djmodels.CASCADE, related_name="sold")
    price = djmodels.IntegerField()


class ChatLine(djmodels.Model):
    group = djmodels.ForeignKey(Group, on_delete=djmodels.CASCADE)
    player = djmodels.ForeignKey(Player, on_delete=djmodels.CASCADE)
    text = djmodels.TextField()
