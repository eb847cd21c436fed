"""What models of Django 1.11 may leave out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from compat.otree import django1


class Key:
    """Takes what a foreign key takes."""

    def __init__(self, to: Any, on_delete: Any, related_name: str = "", **kwargs: Any) -> None:
        self.made = (to, on_delete, related_name, kwargs)


django1.cascade(Key)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [(("Player",), {"related_name": "x", "null": True}), ((), {"to": "Player", "related_name": "x", "null": True})],
)
def test_without_on_delete_it_cascades_and_warns(args: Any, kwargs: Any) -> None:
    with pytest.warns(UserWarning, match="on_delete=models.CASCADE") as caught:
        key: Any = Key(*args, **kwargs)
    assert key.made == ("Player", models.CASCADE, "x", {"null": True})
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("args", "kwargs"), [(("Player", models.PROTECT, "x"), {}), (("Player",), {"on_delete": models.PROTECT})]
)
def test_with_on_delete_nothing_changes(args: Any, kwargs: Any) -> None:
    key: Any = Key(*args, **kwargs)
    assert key.made[:2] == ("Player", models.PROTECT)
