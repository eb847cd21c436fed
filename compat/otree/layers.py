"""oTree 2.3 makes its channel layer before any other app is loaded, and so before CHANNEL_LAYERS is translated."""

import sys
from typing import Any, List

from asgiref.sync import async_to_sync
from channels.layers import channel_layers


def replace_early() -> None:
    """Have layers that were made already made again, and oTree send through the new one."""
    made: List[str] = list(channel_layers.backends)
    channel_layers.backends.clear()
    utils: Any = sys.modules.get("otree.channels.utils")
    if made and utils is not None:
        # Names that oTree binds once and for all.
        utils._group_send = channel_layers["default"].group_send
        utils._sync_group_send = async_to_sync(utils._group_send)
