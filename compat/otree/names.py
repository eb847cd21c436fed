"""The group names and paths of ``otree.channels.utils``, asked for as in oTree 2.2.4."""

from importlib import import_module
from typing import Any, Callable, Dict, Tuple, Union

from . import versions

# From 2.5 these take keywords only, and some have other names.
_POSITIONS: Dict[str, Tuple[str, ...]] = {
    "auto_advance_path": ("participant_code", "page_index"),
    "gbat_path": ("session_pk", "page_index", "app_name", "player_id"),
    "room_participant_path": ("room_name", "participant_label", "tab_unique_id"),
}
_RENAMED = {"session_id": "session_pk", "index_in_pages": "page_index"}


def create_session_group_name(pre_create_id: str) -> str:
    return f"wait_for_session_{pre_create_id}"


def wait_for_session_path(pre_create_id: str) -> str:
    return f"/wait_for_session/{pre_create_id}/"


def wait_page_group_name(session_id: int, page_index: int, group_id_in_subsession: Union[int, str] = "") -> str:
    """The group of the participants who wait on a page.

    Args:
        session_id: the session's primary key.
        page_index: the page's number in the session.
        group_id_in_subsession: whose wait page; empty if all groups wait for each other.
    """
    utils = import_module("otree.channels.utils")
    if group_id_in_subsession == "":
        return utils.subsession_wait_page_name(session_id, page_index)  # type: ignore[no-any-return]
    group: Any = group_id_in_subsession
    if versions.wait_pages_know_primary_keys():
        group = _group_pk(session_id, page_index, int(group_id_in_subsession))
    return utils.group_wait_page_name(session_id, page_index, group)  # type: ignore[no-any-return]


def take_positions(utils: Any) -> None:
    """Let the functions of ``utils`` take their arguments as in 2.2.4 too.

    Args:
        utils: the module ``otree.channels.utils``.
    """
    for name, positions in _POSITIONS.items():
        setattr(utils, name, _either_way(getattr(utils, name), positions))


def _either_way(native: Callable[..., str], positions: Tuple[str, ...]) -> Callable[..., str]:
    def path(*args: Any, **kwargs: Any) -> str:
        given = {_RENAMED.get(key, key): value for key, value in kwargs.items()}
        given.update(zip(positions, args))
        if "player_id" in given and "participant_id" not in given:
            players = _models(given["app_name"]).Player.objects
            given["participant_id"] = players.values_list("participant_id", flat=True).get(id=given["player_id"])
        return native(**given)

    return path


def _models(app_name: str) -> Any:
    return import_module(versions.common_module()).get_models_module(app_name)


def _group_pk(session_pk: int, page_index: int, id_in_subsession: int) -> Any:
    sessions = import_module("otree.models").Session.objects
    code = sessions.values_list("code", flat=True).get(pk=session_pk)
    page = import_module("otree.lookup").get_page_lookup(code, int(page_index))
    groups = _models(page.app_name).Group.objects
    return groups.values_list("pk", flat=True).get(subsession_id=page.subsession_id, id_in_subsession=id_in_subsession)
