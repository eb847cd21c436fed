from django.http import HttpResponse, JsonResponse

from ._builtin import Page, WaitPage
from .models import ChatLine, Constants, Group, Order, Player


class Introduction(Page):
    form_model = "player"
    form_fields = ["age"]

    def before_next_page(self):
        self.participant.vars["grown_up"] = self.player.age >= 21


class StartWaitPage(WaitPage):
    def after_all_players_arrive(self):
        self.group.hand_out()


class Trading(Page):
    def vars_for_template(self):
        return {
            "market_socket": "/market/{}/{}".format(self.group.id, self.player.id),
            "chat_socket": "/market_chat/{}/{}".format(self.group.id, self.player.id),
        }

    def before_next_page(self):
        # Set on a page, so oTree saves it.
        self.player.units_at_the_end = self.player.units
        self.group.tell({"type": "left", "trader": self.player.id_in_group})


class ResultsWaitPage(WaitPage):
    def after_all_players_arrive(self):
        self.group.set_payoffs()


class Results(Page):
    form_model = "player"
    form_fields = ["comment"]

    def vars_for_template(self):
        return {
            "bought": self.player.bought.count(),
            "sold": self.player.sold.count(),
            "grown_up": self.participant.vars["grown_up"],
        }


page_sequence = [Introduction, StartWaitPage, Trading, ResultsWaitPage, Results]


# Views of our own, not oTree's pages: see urls.py.


def announce(request, group_id):
    """The experimenter speaks to all traders of a market."""
    Group.objects.get(id=group_id).tell({"type": "announcement", "text": request.GET["text"]})
    return HttpResponse("announced")


def market_data(request, session_code):
    """All that was traded in a session."""
    groups = Group.objects.filter(session__code=session_code).order_by("id")
    return JsonResponse({"values": Constants.values, "markets": [market(group) for group in groups]})


def market(group):
    return {
        "stopped": group.stopped,
        "closed": group.closed,
        "volume": group.volume,
        "traders": [trader(player) for player in Player.objects.filter(group=group).order_by("id_in_group")],
        "orders": [
            {"trader": order.player.id_in_group, "side": order.side, "price": order.price, "open": order.is_open}
            for order in Order.objects.filter(group=group).order_by("id")
        ],
        "trades": group.trades(),
        "chat": [
            {"trader": line.player.id_in_group, "text": line.text}
            for line in ChatLine.objects.filter(group=group).order_by("id")
        ],
    }


def trader(player):
    return {
        "trader": player.id_in_group,
        "age": player.age,
        "cash": int(player.cash),
        "units": player.units,
        "ready": player.ready,
        "connections": player.connections,
        "listening": player.reply_channel != "",
        "units_at_the_end": player.units_at_the_end,
        "payoff": None if player.payoff is None else int(player.payoff),
        "comment": player.comment,
        "grown_up": player.participant.vars.get("grown_up"),
    }
