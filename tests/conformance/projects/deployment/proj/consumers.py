import os

from channels import Group
from observing import observe


def connect(message):
    Group("everybody").add(message.reply_channel)


def receive(message):
    # "client:number", so that whatever is missing in the end can be named
    observe("begun", text=message["text"], worker=os.getpid())
    message.reply_channel.send({"text": message["text"]})
    observe("done", text=message["text"], worker=os.getpid())


def work(message):
    observe("worked", number=message["number"], worker=os.getpid())
