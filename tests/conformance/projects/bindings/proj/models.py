from django.db import models


class Item(models.Model):
    board = models.CharField(max_length=100)
    name = models.CharField(max_length=20)
    number = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    day = models.DateField(null=True)

    unit = "piece"

    @property
    def double(self):
        return self.number * 2

    def shout(self):
        return self.name.upper()

    def first_label(self):
        return self.labels.order_by("pk").first()


class Label(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    item = models.ForeignKey(Item, related_name="labels", on_delete=models.CASCADE)


class Secret(models.Model):
    board = models.CharField(max_length=100)
    word = models.CharField(max_length=20)
