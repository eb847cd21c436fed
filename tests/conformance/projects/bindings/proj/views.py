from django.db import connection
from django.http import HttpResponse

from proj.bindings import late_binding
from proj.models import Item, Label, Secret


def fresh(request):
    """Empty tables, whose numbers begin with 1 again."""
    with connection.cursor() as cursor:
        for model in (Label, Item, Secret):
            cursor.execute("DELETE FROM %s" % model._meta.db_table)
        cursor.execute("DELETE FROM sqlite_sequence WHERE name LIKE 'proj_%'")
    return HttpResponse("fresh")


def add(request):
    """A page that changes a bound model."""
    item = Item.objects.create(board=request.GET["board"], name=request.GET["name"])
    return HttpResponse("item %s" % item.pk)


late_bindings = []


def late(request):
    if not late_bindings:
        late_bindings.append(late_binding())
    Secret.objects.create(board=request.GET["board"], word="late")
    return HttpResponse("done")
