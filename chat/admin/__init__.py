"""The admin, for the staff of a space. It writes only through services, so that open browsers are updated."""

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401 (both register models that are unregistered below)
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chat.admin.audit import AuditAdmin
from chat.admin.background import DeriverAdmin, DueAdmin
from chat.admin.groups import GroupAdmin
from chat.admin.held_messages import HeldMessageAdmin
from chat.admin.invitations import InvitationAdmin
from chat.admin.messages import MessageAdmin
from chat.admin.people import PersonAdmin
from chat.admin.reports import ReportAdmin
from chat.admin.rooms import RoomAdmin
from chat.admin.site import may_enter, own_addresses, own_password, set_up_first
from chat.admin.space import SpaceAdmin
from chat.admin.tokens import TokenAdmin

__all__ = [
    "AuditAdmin",
    "DeriverAdmin",
    "DueAdmin",
    "GroupAdmin",
    "HeldMessageAdmin",
    "InvitationAdmin",
    "MessageAdmin",
    "PersonAdmin",
    "ReportAdmin",
    "RoomAdmin",
    "SpaceAdmin",
    "TokenAdmin",
]

admin.site.index_title = _("Overview")

# There is one sign-in page, with one set of rate limits, and one page to change one's own password.
admin.site.login = set_up_first(secure_admin_login(admin.site.login))  # type: ignore[method-assign]
admin.site.has_permission = may_enter  # type: ignore[method-assign]
admin.site.password_change = own_password  # type: ignore[method-assign,assignment]

_addresses = admin.site.get_urls
admin.site.get_urls = lambda: own_addresses(_addresses())  # type: ignore[method-assign]

# An email address is part of a person's account, and is changed there. Nobody sees the ways in which others sign in.
admin.site.unregister([EmailAddress, Authenticator])
