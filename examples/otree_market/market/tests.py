from . import pages
from ._builtin import Bot
from .models import Constants


class PlayerBot(Bot):
    def play_round(self):
        yield (pages.Introduction, {"age": 20 + self.player.id_in_group})
        assert self.player.cash == Constants.cash
        yield (pages.Trading)
        assert self.player.payoff == Constants.cash + Constants.units * Constants.values[self.player.id_in_group]
        assert self.player.units_at_the_end == Constants.units
        yield (pages.Results, {"comment": "bots trade nothing"})
