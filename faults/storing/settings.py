"""The settings of the site with the storage of the fault suite."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import FILES_ROOT, STORAGES

STORAGES = {
    **STORAGES,
    "files": {"BACKEND": "faults.storing.storage.FaultyStorage", "OPTIONS": {"location": FILES_ROOT}},
}
