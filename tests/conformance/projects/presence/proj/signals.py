"""As in the package's documentation."""
import json

from channels import Group
from channels_presence.signals import presence_changed
from django.dispatch import receiver


@receiver(presence_changed)
def broadcast_presence(sender, room, added, removed, bulk_change, **kwargs):
    Group(room.channel_name).send({
        "text": json.dumps({
            "type": "presence",
            "payload": {
                "channel_name": room.channel_name,
                "members": [user.username for user in room.get_users().order_by("username")],
                "lurkers": room.get_anonymous_count(),
                "added": bool(added),
                "removed": bool(removed),
                "bulk_change": bulk_change,
            },
        }),
    })
