"""Static files whose names carry a hash of their content, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Hashes names in CSS, and also in the import paths of JavaScript modules, which Django leaves alone by default."""

    support_js_module_import_aggregation = True
