"""The view that tells the harness that a server and its workers are up."""
from django.http import HttpResponse


def ready(request):
    return HttpResponse("ready")
