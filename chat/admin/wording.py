"""Strings of Django and Unfold on the admin's pages whose Korean translation is missing or unsuitable.

Nothing imports this module: makemessages collects its strings into this site's catalogs, which take precedence over
Django's. Each string is spelled exactly as in its library; a test fails when a library changes one.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

UNFOLD = [
    _("After you've created a user, you’ll be able to edit more user options."),
    _("Apply Filters"),
    _("Click to cancel"),
    _("Dark"),
    _("Date from"),
    _("Date to"),
    _("False"),
    _("Filters"),
    _("From"),
    _("Go back"),
    _("Light"),
    _("Loading more results..."),
    _("More actions"),
    _("No results found"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the password "
        'using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
    _("Reset filters"),
    _("Run"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("System"),
    _("This item will be deleted."),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("To"),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("Add row"),
    _("All applications"),
    _("Choose file to upload"),
    _("Click to download"),
    _("Date"),
    _("Expand row"),
    _("Image preview"),
    _("No data"),
    _("No recent searches"),
    _("No results matching your query"),
    _("Recent searches"),
    _("Record picture"),
    _("Return to site"),
    _("Search apps and models..."),
    _("Submit"),
    _("Value"),
]

DJANGO = [
    _(" By %(filter_title)s "),
    _("%(full_result_count)s total"),
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    _("0 of %(cnt)s selected"),
    _("Added {name} “{object}”."),
    _("Added."),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Change history: %s"),
    _("Changed {fields} for {name} “{object}”."),
    _("Changed {fields}."),
    _("Delete selected %(verbose_name_plural)s"),
    _("Deleted {name} “{object}”."),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("Designates whether the user can log into this admin site."),
    _(
        "Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
    ),
    _("Enter a new password for the user <strong>%(username)s</strong>."),
    _("History"),
    _("Items must be selected in order to perform actions on them. No items have been changed."),
    _("No action selected."),
    _("No fields changed."),
    _("No, take me back"),
    _("Remove"),
    _("Remove from sorting"),
    _("Save and add another"),
    _("Save and continue editing"),
    _("Save and view"),
    _("Select %s to change"),
    _("Select %s to view"),
    _("Specific permissions for this user."),
    _("The groups this user belongs to. A user will get all permissions granted to each of their groups."),
    _("The {name} “{obj}” was added successfully."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
    _("Toggle sorting"),
    _("View %s"),
    _("Yes, I’m sure"),
    _("You don’t have permission to view or edit anything."),
    _("permission"),
    _("permissions"),
    _("username"),
    _(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items '
        "will be deleted:"
    ),
    _("Cannot delete %(name)s"),
    _("Click here to select the objects across all pages"),
    _("Conflicting form data submitted. Please try again."),
    _("Enable password-based authentication for this user by setting a password."),
    _("Enter the same password as before, for verification."),
    _("Hold down “Control”, or “Command” on a Mac, to select more than one."),
    _("Invalid password format or unknown hashing algorithm."),
    _("No password set."),
    _("Password changed successfully."),
    _("Password-based authentication was disabled."),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Run the selected action"),
    _("Select all %(total_count)s %(module_name)s"),
    _("Select all objects on this page for an action"),
    _("Select this object for an action - {}"),
    _("Successfully deleted %(count)d %(items)s."),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to "
        "authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    _("You may edit it again below."),
    _("Your password can’t be entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
]

WEEKDAYS = [_("Sun"), _("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat")]

COUNTED = [
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    ngettext_lazy("%(counter)s result", "%(counter)s results", "counter"),
    ngettext_lazy("%(total_count)s selected", "All %(total_count)s selected", "total_count"),
    ngettext_lazy("Please correct the error below.", "Please correct the errors below.", "counter"),
]
