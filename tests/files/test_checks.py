"""The checks that explain wrong settings of files."""

from typing import Any

import pytest

from files.checks import check_storage

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, []),
        ({"FILES_ACCEL_LOCATION": "/sarangbang-files/"}, []),
        ({"FILES_ACCEL_LOCATION": "sarangbang-files"}, ["files.E003"]),
        ({"FILES_ACCEL_LOCATION": "/a\n/"}, ["files.E003"]),
        ({"FILES_ACCEL_LOCATION": "/a/", "FILES_S3_BUCKET": "b"}, ["files.E001"]),
    ],
)
def test_settings_that_contradict_each_other_are_reported(
    settings: Any, values: dict[str, str], ids: list[str]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert [error.id for error in check_storage() if error.id != "files.E002"] == ids


def test_a_bucket_needs_its_library(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILES_S3_BUCKET = "b"
    for spec, ids in ((None, ["files.E002"]), (object(), [])):
        monkeypatch.setattr("files.checks.find_spec", lambda _name, spec=spec: spec)
        assert [error.id for error in check_storage()] == ids
