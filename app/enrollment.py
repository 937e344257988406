"""The secrets of new Web Connectors and partners, and the .qwc file."""

from uuid import UUID, uuid5

from app.passwords import API_KEY_PREFIX, fingerprint, generate_secret, hash_secret
from app.settings import Settings
from domain.api_keys import prefix_of
from domain.connections import Connection
from qbwc.qwc_file import QwcFile, render_qwc
from resolvers.context import DrawnKey, Enrollment

#: One OwnerID per application, the same for every customer. Source: Web Connector guide, chapter 4.
OWNER_ID = UUID("5f1d2c7e-7d53-4b6d-9c0e-3f1a8f6b2a94")
_USER_NAME_LENGTH = 8


class Enroller:
    """Fits `resolvers.context.Enroll`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def api_key(self) -> DrawnKey:
        """Give a fresh secret for a partner's key, 160 random bits long."""
        secret = f"{API_KEY_PREFIX}{generate_secret()}"
        return DrawnKey(secret=secret, secret_hash=fingerprint(secret), prefix=prefix_of(secret))

    def credentials(self) -> Enrollment:
        """Give fresh credentials; the password has at least 128 random bits."""
        password = generate_secret()
        return Enrollment(
            user_name=f"instep-{generate_secret()[:_USER_NAME_LENGTH].lower()}",
            password=password,
            password_hash=hash_secret(password),
            poll_seconds=self._settings.connector_poll_seconds,
        )

    def qwc_file(self, connection: Connection) -> str:
        """Give the file that the Web Connector opens; the password is not in it."""
        base = str(self._settings.public_url).rstrip("/")
        file = QwcFile(
            app_name=f"Instep: {connection.name}",
            app_description="Keeps invoices in step with QuickBooks",
            app_url=f"{base}/qbwc",
            app_support=f"{base}/qbwc/support",
            user_name=connection.user_name,
            owner_id=OWNER_ID,
            file_id=connection.file_guid,
            run_every_seconds=connection.poll_seconds,
            app_unique_name=f"instep-{uuid5(OWNER_ID, str(connection.id))}",
        )
        return render_qwc(file).decode()
