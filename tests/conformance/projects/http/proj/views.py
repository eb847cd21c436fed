"""Django views that a ViewConsumer calls."""
import io

from channels import Channel
from channels.handler import AsgiRequest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from values import dumps


def told(request):
    """What the request knows, and two cookies."""
    data = {
        "method": request.method, "path": request.path, "GET": sorted(request.GET.items()), "body": len(request.body),
        "POST": sorted(request.POST.items()), "COOKIES": sorted(request.COOKIES.items()),
        "FILES": sorted((name, file.name, file.read().decode("ascii")) for name, file in request.FILES.items()),
        "header": request.META.get("HTTP_X_TEXT"), "type": request.META.get("CONTENT_TYPE"),
        "request": isinstance(request, AsgiRequest), "reply": request.reply_channel is not None,
    }
    response = HttpResponse(dumps(data), content_type="text/plain")
    response.set_cookie("first", "1")
    response.set_cookie("second", "2", httponly=True)
    return response


def streaming(request):
    return StreamingHttpResponse((piece for piece in (b"one ", u"tw\xf6 ", b"three")), content_type="text/plain")


def file(request):
    """Longer than what one message carries."""
    return FileResponse(io.BytesIO(b"0123456789" * 130000), content_type="text/plain")


def later(request, word):
    """A consumer answers in place of the view."""
    Channel("custom.answer").send({"reply_channel": request.reply_channel.name, "word": word})
    raise AsgiRequest.ResponseLater


def fails(request):
    raise RuntimeError("in the view")


def failed(request, *args, **kwargs):
    return HttpResponse("it failed", status=500, content_type="text/plain")


def missing(request, *args, **kwargs):
    return HttpResponse("it is not here", status=404, content_type="text/plain")
