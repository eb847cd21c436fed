"""A tiny double auction: whoever bids at least what another one asks, trades.

The books live in this process, under a lock, because the demonstration has no database.
"""

import threading

from channels.generic.websockets import JsonWebsocketConsumer


class Book(object):
    def __init__(self):
        self.traders = 0
        self.bids = []
        self.asks = []
        self.trades = []

    def bid(self, price):
        if self.asks and price >= min(self.asks):
            self.trades.append(min(self.asks))
            self.asks.remove(min(self.asks))
        else:
            self.bids.append(price)

    def ask(self, price):
        if self.bids and price <= max(self.bids):
            self.trades.append(max(self.bids))
            self.bids.remove(max(self.bids))
        else:
            self.asks.append(price)

    def board(self):
        return {
            "traders": self.traders,
            "bid": max(self.bids) if self.bids else None,
            "ask": min(self.asks) if self.asks else None,
            "last": self.trades[-1] if self.trades else None,
            "trades": len(self.trades),
        }


books = {}
lock = threading.RLock()


class MarketConsumer(JsonWebsocketConsumer):
    def connection_groups(self, room):
        return ["market-" + room]

    def connect(self, message, room):
        with lock:
            books.setdefault(room, Book()).traders += 1
            self.publish(room)

    def receive(self, content, room):
        side, price = content.get("side"), content.get("price")
        # bool is an int to Python, but nobody's price
        if side not in ("bid", "ask") or not isinstance(price, int) or isinstance(price, bool):
            self.send({"error": "Send a side (bid or ask) and a whole number as price."})
            return
        with lock:
            book = books[room]
            (book.bid if side == "bid" else book.ask)(price)
            self.publish(room)

    def disconnect(self, message, room):
        with lock:
            books[room].traders -= 1
            self.publish(room)
            if not books[room].traders:
                del books[room]

    def publish(self, room):
        # Inside the lock, so that boards arrive in the order in which they came about.
        for group in self.connection_groups(room=room):
            self.group_send(group, books[room].board())
