from clicks.models import Player

seen = []


def change(message, player, save):
    player = Player.objects.get(pk=player)
    player.clicks += 1000
    if save == "save":
        player.save()
    message.reply_channel.send({"text": "changed"})


def swallow(message):
    seen.append(message["path"])
