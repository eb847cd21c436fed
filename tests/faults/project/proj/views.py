"""What a test must know of a process, and cannot see from outside."""
import asyncio
import gc
import os
import sys
import threading

from channels.asgi import channel_layers
from django.contrib.auth import get_user_model, login
from django.http import HttpResponse, JsonResponse


def state(request):
    facade = channel_layers["default"].channel_layer
    loop = facade.bridge._loop
    gc.collect()
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return JsonResponse(
        {
            "pid": os.getpid(),
            "memory": resident,
            "blocks": sys.getallocatedblocks(),
            "threads": threading.active_count(),
            "tasks": asyncio.run_coroutine_threadsafe(count_tasks(), loop).result(),
            "files": len(os.listdir("/proc/self/fd")),
            "databases": sum("db.sqlite3" in link for link in map(target, os.listdir("/proc/self/fd"))),
            "replies": len(facade._replies),
            "groups": len(facade._groups_of),
            "buffers": len(getattr(facade.native, "receive_buffer", ())),
            "members": len(facade.group_channels("everybody")),
        }
    )


async def count_tasks():
    # aioredis has one for each connection, and those are among the files.
    names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
    return len(names) - names.count("RedisConnection._read_data")


def target(descriptor):
    try:
        return os.readlink("/proc/self/fd/" + descriptor)
    except OSError:  # the one that listed the folder
        return ""


def log_in(request, name):
    user, _ = get_user_model().objects.get_or_create(username=name)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(name)
