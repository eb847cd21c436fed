import json
import time

from channels import Channel
from channels.generic.websockets import JsonWebsocketConsumer

from .models import ChatLine, Constants, Group, Order, Player, Trade


def reply(message, content):
    message.reply_channel.send({"text": json.dumps(content)})


# oTree saves nothing here: what has changed must be saved by hand.


def ws_connect(message, group_id, player_id):
    group = Group.objects.get(id=group_id)
    player = Player.objects.get(id=player_id)
    player.connections += 1
    player.reply_channel = message.reply_channel.name
    player.save()
    group.channel().add(message.reply_channel)
    welcome = {"type": "welcome", "you": player.id_in_group, "trades": group.trades()}
    welcome.update(group.book())
    reply(message, welcome)
    player.tell(player.holdings())
    group.tell({"type": "joined", "trader": player.id_in_group})


def ws_receive(message, group_id, player_id):
    group = Group.objects.get(id=group_id)
    player = Player.objects.get(id=player_id)
    content = json.loads(message["text"])
    kind = content["type"]
    if kind == "ready":
        get_ready(group, player)
    elif kind in ("bid", "ask"):
        error = place_order(group, player, kind, content["price"])
        if error:
            reply(message, {"type": "error", "text": error})
    elif kind == "cancel":
        group.open_orders("bid").filter(player=player).update(is_open=False)
        group.open_orders("ask").filter(player=player).update(is_open=False)
        tell_book(group)
    elif kind == "quote":
        # What would I have if I bought at this price? Only asked, so the player is not saved.
        player.cash -= content["price"]
        player.units += 1
        reply(message, dict(player.holdings(), type="quote"))
    elif kind == "stop":
        # The clock, which runs in another worker, looks at this.
        group.stopped = True
        group.save()


def ws_disconnect(message, group_id, player_id):
    group = Group.objects.get(id=group_id)
    player = Player.objects.get(id=player_id)
    player.reply_channel = ""
    player.save()
    group.channel().discard(message.reply_channel)
    group.tell({"type": "gone", "trader": player.id_in_group})


def get_ready(group, player):
    player.ready = True
    player.save()
    ready = [each.id_in_group for each in group.player_set.order_by("id_in_group") if each.ready]
    group.tell({"type": "ready", "traders": ready})
    if len(ready) == Constants.players_per_group:
        Channel("market.clock").send({"group_id": group.id, "seconds": group.seconds})


def run_clock(message):
    """Opens the market, and closes it when its time is up or a trader has stopped it."""
    group = Group.objects.get(id=message["group_id"])
    group.tell({"type": "open", "seconds": message["seconds"]})
    end = time.time() + message["seconds"]
    while time.time() < end and not Group.objects.get(id=group.id).stopped:
        time.sleep(0.1)
    group = Group.objects.get(id=group.id)
    group.closed = True
    group.volume = sum(trade["price"] for trade in group.trades())
    group.save()
    group.tell({"type": "closed", "volume": group.volume})


def tell_book(group):
    group.tell(dict(group.book(), type="book"))


def place_order(group, player, side, price):
    if group.closed:
        return "The market is closed."
    if side == "bid" and player.cash < price:
        return "You do not have {} points.".format(price)
    if side == "ask" and player.units < 1:
        return "You have nothing to sell."
    others = group.open_orders("ask" if side == "bid" else "bid").exclude(player=player)
    match = others.first()
    if match and (match.price <= price if side == "bid" else match.price >= price):
        match.is_open = False
        match.save()
        trade(group, player, match.player, side, match.price)
    else:
        Order.objects.create(group=group, player=player, side=side, price=price)
    tell_book(group)
    return None


def trade(group, player, other, side, price):
    buyer, seller = (player, other) if side == "bid" else (other, player)
    Trade.objects.create(group=group, buyer=buyer, seller=seller, price=price)
    buyer.cash -= price
    buyer.units += 1
    buyer.save()
    seller.cash += price
    seller.units -= 1
    seller.save()
    group.tell({"type": "trade", "price": price, "buyer": buyer.id_in_group, "seller": seller.id_in_group})
    for each in (buyer, seller):
        each.tell(each.holdings())


class ChatConsumer(JsonWebsocketConsumer):
    def room(self, group_id):
        return "market-chat-{}".format(group_id)

    def connection_groups(self, group_id, player_id):
        return [self.room(group_id)]

    def connect(self, message, group_id, player_id):
        lines = ChatLine.objects.filter(group_id=group_id).order_by("id")
        self.send([{"trader": line.player.id_in_group, "text": line.text} for line in lines])

    def receive(self, content, group_id, player_id):
        player = Player.objects.get(id=player_id)
        ChatLine.objects.create(group_id=group_id, player=player, text=content["text"])
        self.group_send(self.room(group_id), {"trader": player.id_in_group, "text": content["text"]})

    def disconnect(self, message, group_id, player_id):
        player = Player.objects.get(id=player_id)
        self.group_send(self.room(group_id), {"trader": player.id_in_group, "text": None})
