"""A session of two, as oTree and the package's {% chat %} make it."""
from django.http import HttpResponse
from otree.models import Participant, Session
from otreechat.models import ChatMessage, NicknameRegistration
from values import dumps


def begin(request):
    session = Session.objects.create()
    for code in ("ann", "bob"):
        participant = Participant.objects.create(session=session, code=code, _max_page_index=1)
        for channel in ("1-chat-1", "1-chat-2"):
            NicknameRegistration.objects.update_or_create(
                participant=participant, channel=channel, defaults={"nickname": code.title()},
            )
    return HttpResponse("begun")


def kept(request):
    return HttpResponse(dumps([list(row) for row in ChatMessage.objects.order_by("id").values_list(
        "channel", "participant__code", "nickname", "body",
    )]))
