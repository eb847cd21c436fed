from django.db import models


class Line(models.Model):
    room = models.CharField(max_length=20)
    text = models.CharField(max_length=100)
    who = models.CharField(max_length=100)
