from clicks import late  # noqa: F401
from django.core.urlresolvers import reverse  # noqa: F401
from django.http import HttpResponse

from ._builtin import Page


def view(request):
    return HttpResponse("a view named in quotes, stamped %s" % request.stamp)


class Click(Page):
    form_model = "player"
    form_fields = ["note"]


page_sequence = [Click]
