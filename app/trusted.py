"""Reads the registered documents that the settings name, before anything is served."""

from collections.abc import Mapping

from app.settings import Settings, SettingsError
from schema.manifest import ManifestError, read_manifest


def trusted_documents(settings: Settings) -> Mapping[str, str]:
    """Give them by their SHA-256; none where no file is named. Raises SettingsError."""
    path = settings.trusted_documents
    if path is None:
        return {}
    try:
        return read_manifest(path.read_bytes())
    except OSError as fault:
        problems = [f"it cannot be read: {fault.strerror}."]
    except ManifestError as error:
        problems = error.problems
    raise SettingsError([f"INSTEP_TRUSTED_DOCUMENTS ({path}): {it}" for it in problems])
