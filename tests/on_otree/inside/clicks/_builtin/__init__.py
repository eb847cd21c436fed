import otree.api


class Page(otree.api.Page):
    pass


class Bot(otree.api.Bot):
    pass
