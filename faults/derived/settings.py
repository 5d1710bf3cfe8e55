"""The settings of the site with the deriver of the fault suite."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "faults.derived"]
