"""Template filters for `chat.policy`."""

from django import template

from chat import policy

register = template.Library()

register.filter(policy.may_find_people)
register.filter(policy.may_invite_people)
register.filter(policy.may_open_admin)
