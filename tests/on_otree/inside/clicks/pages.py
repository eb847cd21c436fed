from clicks import held, late  # noqa: F401
from django.core.urlresolvers import reverse  # noqa: F401
from django.http import HttpResponse

from ._builtin import Page


def view(request):
    return HttpResponse("a view named in quotes, stamped %s" % request.stamp)


class Click(Page):
    form_model = "player"
    form_fields = ["note"]

    def before_next_page(self):
        if self.player.note.startswith("held "):
            held.tell("page of %d begins" % self.player.pk)
            self.player.note += ": " + held.wait(self.player.note[5:])


page_sequence = [Click]
