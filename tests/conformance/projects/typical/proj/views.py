from channels import Group
from django.http import HttpResponse


def publish(request):
    Group(request.GET["group"]).send({"text": request.GET["text"]})
    return HttpResponse("sent")
