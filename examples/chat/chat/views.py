from django.shortcuts import redirect, render


def lobby(request):
    return redirect("room", room="lobby")


def room(request, room):
    return render(request, "chat/room.html", {"room": room})
