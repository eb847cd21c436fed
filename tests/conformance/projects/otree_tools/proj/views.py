from django.http import HttpResponse
from otree.models import Participant, Session
from otree.models_concrete import ParticipantToPlayerLookup

from proj.models import Player


def begin(request):
    """A participant on the second page of the second round."""
    session = Session.objects.create(code="session")
    participant = Participant.objects.create(session=session, code="ann", _max_page_index=4)
    ParticipantToPlayerLookup.objects.create(
        participant_code="ann", participant=participant, page_index=2, app_name="proj",
        player_pk=Player.objects.create(round_number=2).pk, subsession_pk=1, session_pk=session.pk, url="/p/ann/2",
    )
    return HttpResponse("begun")
