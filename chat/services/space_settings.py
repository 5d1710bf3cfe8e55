"""Changing the settings of the space while it runs."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.bus.bus import bus
from chat.bus.events import SpaceChanged
from chat.models import Space, User
from chat.models.audit import Action
from chat.models.space import SPACE_ID
from chat.models.space_settings import SETTINGS, TWO_STEPS, Choice, Setting, Words, contradiction
from chat.protocol.errors import Forbidden, Invalid
from chat.queries.space import space_memory
from chat.services import audit, two_steps


def change_settings(actor: User, *, values: Mapping[str, Any]) -> Space:
    """Change settings, given by name. A setting whose value is the default follows the default again.

    Every process applies them at once. Requires the permission to change the space. Raises Forbidden, or Invalid for
    an unknown name or an invalid value or combination.
    """
    if not actor.has_perm("chat.change_space"):
        raise Forbidden
    for name, value in values.items():
        _check(name, value)
    with transaction.atomic():
        space = Space.objects.select_for_update(no_key=True).get(pk=SPACE_ID)
        before = {name: space.value(SETTINGS[name]) for name in values}
        changed = {name: [before[name], value] for name, value in values.items() if value != before[name]}
        if changed:
            space.settings = _stored(space.settings | values)
            _check_combination(space.settings)
            space.save(update_fields=["settings"])
            if TWO_STEPS.name in changed:
                two_steps.require_of(actor, values[TWO_STEPS.name])
            audit.record(actor, Action.SPACE_SETTINGS, target=space, details=changed)
            publish_space()
    return space


def publish_space() -> None:
    """After COMMIT, make every process read the space again."""
    transaction.on_commit(_publish)


def _publish() -> None:
    space_memory.forget()
    bus.publish([SpaceChanged()])


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to store: those that differ from the defaults."""
    known = {name: value for name, value in values.items() if name in SETTINGS}
    return {name: value for name, value in known.items() if value != SETTINGS[name].default}


def _check(name: str, value: object) -> None:
    setting = SETTINGS.get(name)
    if setting is None:
        raise Invalid(_("There is no such setting."))
    # The operator's own value may exceed the bounds.
    if not setting.accepts(value) and value != setting.default:
        raise Invalid(_reason(setting), field=name)


def _reason(setting: Setting[Any]) -> str:
    if isinstance(setting, Choice):
        return _("Choose one of the values.")
    if isinstance(setting, Words):
        return _("There are too many lines, or one of them is too long.")
    bounds = {"minimum": setting.minimum, "maximum": setting.maximum}  # type: ignore[attr-defined]
    return _("This must be between %(minimum)s and %(maximum)s.") % bounds


def _check_combination(values: Mapping[str, Any]) -> None:
    found: tuple[Setting[Any], str | Promise] | None = contradiction(values)
    if found is not None:
        raise Invalid(found[1], field=found[0].name)
