from django.db import models


class Player(models.Model):
    """As much of an oTree app's player as the package looks at."""

    round_number = models.PositiveIntegerField()
