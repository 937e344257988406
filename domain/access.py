"""What a caller may do: permissions, scopes, and the principal that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.actor import Actor
from domain.errors import PermissionMissing


class Permission(StrEnum):
    EDIT_EXPORTED_TRANSACTIONS = "EDIT_EXPORTED_TRANSACTIONS"
    EXPORT_INVOICES = "EXPORT_INVOICES"
    BYPASS_BATCH_EXPORT = "BYPASS_BATCH_EXPORT"
    UNLOCK_BATCH = "UNLOCK_BATCH"
    MANAGE_CONNECTIONS = "MANAGE_CONNECTIONS"
    MANAGE_EMPLOYEES = "MANAGE_EMPLOYEES"
    MANAGE_ACCOUNT = "MANAGE_ACCOUNT"
    CLOSE_PERIODS = "CLOSE_PERIODS"


#: What the screens call each permission.
LABELS = {
    Permission.EDIT_EXPORTED_TRANSACTIONS: (
        "Allow edit and update of previously exported transactions"
    ),
    Permission.EXPORT_INVOICES: "Create and export invoices",
    Permission.BYPASS_BATCH_EXPORT: "Bypass the export of a batch",
    Permission.UNLOCK_BATCH: "Unlock bypassed batches",
    Permission.MANAGE_CONNECTIONS: "Manage QuickBooks connections",
    Permission.MANAGE_EMPLOYEES: "Manage employees and their permissions",
    Permission.MANAGE_ACCOUNT: "Change the account's settings",
    Permission.CLOSE_PERIODS: "Open and close accounting periods",
}


class Scope(StrEnum):
    """What a credential is for; the values are words of a token's claim `scope`."""

    READ = "read"
    WRITE = "write"
    EXPORT = "export"
    MANAGE = "manage"
    SCHEMA_READ = "schema:read"


EVERY_SCOPE = frozenset(Scope)

#: The permissions of a partner's key come with its scopes; people are granted theirs one by one.
PERMISSIONS_OF: Mapping[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset(),
    Scope.WRITE: frozenset({Permission.EDIT_EXPORTED_TRANSACTIONS, Permission.EXPORT_INVOICES}),
    Scope.EXPORT: frozenset(
        {Permission.EXPORT_INVOICES, Permission.BYPASS_BATCH_EXPORT, Permission.UNLOCK_BATCH}
    ),
    Scope.MANAGE: frozenset(
        {
            Permission.MANAGE_CONNECTIONS,
            Permission.MANAGE_EMPLOYEES,
            Permission.MANAGE_ACCOUNT,
            Permission.CLOSE_PERIODS,
        }
    ),
    Scope.SCHEMA_READ: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: one account, one actor, what it may do."""

    account_id: UUID
    actor: Actor
    permissions: frozenset[Permission]
    #: What the caller signed in with, in words for the audit trail; never the secret.
    credential: str = "none"
    is_administrator: bool = False
    #: It may run registered documents only.
    trusted_only: bool = False
    #: When the credential ends by itself; None: not before it is withdrawn.
    valid_until: datetime | None = None
    #: Which fields of the API the credential opens.
    scopes: frozenset[Scope] = EVERY_SCOPE

    def may(self, permission: Permission) -> bool:
        """Tell whether the permission is granted."""
        return permission in self.permissions

    def require_one_of(self, *permissions: Permission) -> None:
        """Raise PermissionMissing for the first of these unless one of them is granted."""
        if not self.permissions.intersection(permissions):
            self.require(permissions[0])

    def require(self, permission: Permission) -> None:
        """Raise Forbidden, naming the permission and who can grant it, unless it is granted."""
        if permission not in self.permissions:
            raise PermissionMissing(LABELS[permission])
