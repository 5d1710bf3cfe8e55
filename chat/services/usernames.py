"""The rules for usernames: one script, one spelling, and none that can be mistaken for another."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.models.user import USERNAME_CHARS
from chat.protocol.errors import Conflict, Invalid, TooLarge
from chat.unicode import are_one_script, fold, scripts_of, skeleton, skeleton_digest

SIGNS = frozenset("._-")
DIGITS = frozenset("0123456789")

RESERVED = frozenset(
    map(
        skeleton,
        (
            *("admin", "administrator", "root", "system", "support", "sarangbang"),
            *("here", "all", "everyone", "channel", "me"),
            *("관리자", "운영자", "시스템", "모두"),
        ),
    )
)
"""Names that readers would mistake for the site itself, or for everybody."""

SKELETONLESS_CHECKED = 1_000
"""Most usernames without a stored skeleton that are compared; only older, confusable ones have none."""


def clean_username(typed: str, *, may_be_reserved: bool = False) -> str:
    """Return a username as it is stored: lower case, NFKC, letters of one script, digits and `.`, `_`, `-`.

    Raises Invalid, TooLarge, or Conflict for a reserved one, all with the field `username`.
    """
    username = fold(typed[: USERNAME_CHARS + 1].strip())
    if not username:
        raise Invalid(_("Choose a username."), field="username")
    if len(username) > USERNAME_CHARS:
        raise TooLarge(
            _("This is too long: at most %(limit)d characters.") % {"limit": USERNAME_CHARS}, field="username"
        )
    letters = "".join(character for character in username if character not in SIGNS | DIGITS)
    scripts = scripts_of(letters)
    if None in scripts or not set(username) - SIGNS:
        raise Invalid(_("A username can contain letters, digits, “.”, “_” and “-”."), field="username")
    if not are_one_script({script for script in scripts if script}):
        raise Invalid(
            _("Use letters of one script only: different scripts have letters that look alike."), field="username"
        )
    if not may_be_reserved and skeleton(username) in RESERVED:
        raise Conflict(_("This username is reserved."), field="username")
    return username


def free_username(typed: str, *, owner: User | None = None, may_be_reserved: bool = False) -> str:
    """Return a username as it is stored, if nobody but `owner` has it or one that looks like it.

    Raises what `clean_username` raises, or Conflict. If two people choose a name at once, the database refuses one.
    """
    username = clean_username(typed, may_be_reserved=may_be_reserved)
    others = User.objects.exclude(pk=owner.pk) if owner else User.objects.all()
    look = skeleton_digest(username)
    alike = others.filter(Q(username__iexact=username) | Q(username_skeleton=look)).values_list("username", flat=True)[
        :2
    ]
    if any(fold(other) == username for other in alike):
        raise taken()
    if alike or look in _looks_that_are_not_stored(others):
        raise Conflict(_("This username looks like another one here. Choose one that differs more."), field="username")
    return username


def taken() -> Conflict:
    return Conflict(_("This username is taken."), field="username")


def suggest_username(name: str) -> str:
    """Make a username from a name: dots for spaces, and only letters of the first script. May be empty.

    The browser suggests usernames by the same rule (`suggestUsername` in pages.js).
    """
    kept: list[str] = []
    scripts: set[str] = set()
    for character in ".".join(fold(name[:USERNAME_CHARS]).split())[: 2 * USERNAME_CHARS]:
        own = {script for script in scripts_of(character) if script}
        if character in SIGNS | DIGITS:
            kept.append(character)
        elif own and are_one_script(scripts | own):
            scripts |= own
            kept.append(character)
    return "".join(kept[:USERNAME_CHARS]).strip("._-")


def _looks_that_are_not_stored(people: "QuerySet[User]") -> set[str]:
    without = people.filter(username_skeleton=None).values_list("username", flat=True)
    return {skeleton_digest(username) for username in without[:SKELETONLESS_CHECKED]}
