"""A QuickBooks company file: which one it is, and what it last told of itself.

It is recognised by the marks in it, by its path and by its company's name. A mark is the FileID of
a .qwc file: each connection has its own, and its Web Connector writes it into the open company
file, beside the marks of others.

- A mark of a connection to another company file, and none of ours: the wrong file.
- Our own mark proves little. Web Connectors are said to write it when a session begins, so it may
  have come into the wrong file a moment ago. It speaks against a foreign mark, and no more.
- A file that was moved or whose file name was changed has its company's name, one whose company was
  renamed has its path. With both changed it counts as another file, whatever its marks: that can be
  cured by a person, an invoice in the books of another business hardly.
- A copy or a restored backup keeps marks and name, so it looks like a moved file and is taken for
  one. What it lacks is found by the answers to each request.
- The first session binds: to any file but one with a foreign mark, and not to a file whose path
  and name are already those of another company file of the account.

Sources: Web Connector guide, chapter 4 (FileID); when exactly it is written is not documented.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.customer_mapping import CustomerMapping
from domain.quickbooks import Ref

#: A version of qbXML, major and minor.
QbxmlVersion = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """QuickBooks as it runs beside the Web Connector; None was not told."""

    product_name: str | None = None
    major_version: str | None = None
    minor_version: str | None = None
    country: str | None = None
    qbxml_versions: tuple[QbxmlVersion, ...] = ()
    #: "SingleUser" or "MultiUser".
    file_mode: str | None = None
    is_automatic_login: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFacts:
    """The company; None was not told."""

    name: str | None = None
    is_sample: bool | None = None
    has_accountant_copy: bool | None = None
    #: Up to here an accountant's copy keeps others from changing anything.
    dividing_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the QuickBooks administrator switched on; None was not told."""

    #: None: the books were never closed. Whether a password guards the date is not told.
    closing_date: date | None = None
    uses_classes: bool | None = None
    #: "None", "Accounts", "Items" or "Names".
    assign_classes_to: str | None = None
    are_sites_available: bool | None = None
    uses_sites: bool | None = None
    uses_sales_tax: bool | None = None
    default_tax_item: Ref | None = None
    taxable_code: Ref | None = None
    non_taxable_code: Ref | None = None
    is_auto_applying_payments: bool | None = None
    uses_multi_currency: bool | None = None
    uses_audit_trail: bool | None = None
    is_automatic_login_allowed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFileFacts:
    """What QuickBooks told when a session began; a part it did not answer is None."""

    read_at: datetime
    host: HostFacts | None = None
    company: CompanyFacts | None = None
    preferences: Preferences | None = None

    def updated_by(self, newer: "CompanyFileFacts") -> "CompanyFileFacts":
        """Give the newer of each part."""
        return CompanyFileFacts(
            read_at=newer.read_at,
            host=newer.host or self.host,
            company=newer.company or self.company,
            preferences=newer.preferences or self.preferences,
        )

    def qbxml_version(self, *, at_most: QbxmlVersion) -> QbxmlVersion | None:
        """Give the newest version QuickBooks speaks up to this one; None when it named none."""
        spoken = () if self.host is None else self.host.qbxml_versions
        return max((version for version in spoken if version <= at_most), default=None)


@dataclass(frozen=True, slots=True)
class CompanyFileIdentity:
    """What a company file is known by; None is not known."""

    path: str | None
    company_name: str | None

    def is_other_than(self, seen: "CompanyFileIdentity") -> bool:
        """Tell whether another file was seen: nothing that both know agrees."""
        known = [(a, b) for a, b in zip(_keys(self), _keys(seen), strict=True) if a and b]
        return bool(known) and all(a != b for a, b in known)

    def is_same_as(self, seen: "CompanyFileIdentity") -> bool:
        """Tell whether path and name are both known, and equal."""
        return all(_keys(self)) and _keys(self) == _keys(seen)

    def updated_by(self, seen: "CompanyFileIdentity") -> "CompanyFileIdentity":
        """Give the newer of each."""
        return CompanyFileIdentity(seen.path or self.path, seen.company_name or self.company_name)

    def __str__(self) -> str:
        return f"“{self.company_name or 'unnamed'}” ({self.path or 'path unknown'})"


def _keys(identity: CompanyFileIdentity) -> tuple[str, str]:
    """Windows tells neither letters by their case nor the two slashes apart."""
    path = (identity.path or "").strip().replace("/", "\\")
    name = " ".join((identity.company_name or "").split())
    return path.casefold(), name.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFile:
    """`name` is the account's own word for it; path and company name are QuickBooks'."""

    id: UUID
    name: str
    path: str | None = None
    company_name: str | None = None
    #: None until the first session.
    facts: CompanyFileFacts | None = None
    #: The account's own choice.
    customer_mapping: CustomerMapping = CustomerMapping.CUSTOMER

    @property
    def identity(self) -> CompanyFileIdentity:
        """What the file is known by."""
        return CompanyFileIdentity(self.path, self.company_name)

    @property
    def title(self) -> str:
        """QuickBooks' name of the company; until it is known, the account's."""
        return self.company_name or self.name

    @property
    def host(self) -> HostFacts:
        """QuickBooks itself, with nothing in it while nothing is known."""
        return (self.facts and self.facts.host) or HostFacts()

    @property
    def preferences(self) -> Preferences:
        """QuickBooks' settings, with nothing in them while nothing is known."""
        return (self.facts and self.facts.preferences) or Preferences()

    @property
    def keeps_sites(self) -> bool:
        """Whether its inventory is known to be kept by sites."""
        settings = self.preferences
        return settings.uses_sites is True and settings.are_sites_available is not False

    @property
    def quickbooks_version(self) -> str | None:
        """The product with its release: "QuickBooks Pro 2024 (34.0)"."""
        host = self.host
        numbers = ".".join(filter(None, (host.major_version, host.minor_version)))
        release = f"({numbers})" if numbers else None
        return " ".join(filter(None, (host.product_name, release))) or None

    def met(
        self, seen: CompanyFileIdentity, facts: CompanyFileFacts | None = None
    ) -> "CompanyFile":
        """Give the file as it is known after this meeting."""
        known = self.identity.updated_by(seen)
        if facts is not None and self.facts is not None:
            facts = self.facts.updated_by(facts)
        return replace(
            self, path=known.path, company_name=known.company_name, facts=facts or self.facts
        )

    def __str__(self) -> str:
        known = self.path or self.company_name
        return str(self.identity) if known else f"“{self.name}”, which was never opened yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A connection's FileID, and the company file that the connection was made for."""

    file_id: UUID
    connection_id: UUID
    connection_name: str
    is_disabled: bool
    company_file: CompanyFile


def why_wrong(
    bound: CompanyFile,
    seen: CompanyFileIdentity,
    file_ids: Collection[UUID],
    marks: Iterable[Mark],
) -> str | None:
    """Give, for the office, why nothing may be sent to the file that was seen; None: it may.

    `file_ids` were found in that file; `marks` are those of the whole account. A disabled
    connection to another company file says nothing: that is the way out of a mark set by mistake.
    """
    marks = tuple(marks)
    others = [m for m in marks if m.company_file.id != bound.id and not m.is_disabled]
    is_ours = any(m.file_id in file_ids for m in marks if m.company_file.id == bound.id)
    foreign = next((mark for mark in others if mark.file_id in file_ids), None)
    if foreign is not None and not is_ours:
        return _says_mark(bound, seen, foreign)
    if bound.identity.is_other_than(seen):
        return _says_other(bound, seen, is_ours=is_ours)
    if not bound.identity.is_same_as(seen):
        owner = next((m for m in others if m.company_file.identity.is_same_as(seen)), None)
        if owner is not None:
            return _says_taken(bound, seen, owner)
    return None


def _says_other(bound: CompanyFile, seen: CompanyFileIdentity, *, is_ours: bool) -> str:
    text = (
        f"Another company file is open in QuickBooks: {seen}. This connection belongs to {bound}."
        " Open that file and run the update again; nothing was sent."
    )
    if not is_ours:
        return text
    return (
        f"{text} If it is the same company, moved and renamed at once: take one of the two back,"
        " run the update, and change it again."
    )


def _says_mark(bound: CompanyFile, seen: CompanyFileIdentity, foreign: Mark) -> str:
    return (
        f"The company file that is open in QuickBooks, {seen}, carries the FileID of the"
        f" connection “{foreign.connection_name}” to “{foreign.company_file.name}”. This"
        f" connection belongs to {bound}. Open that file and run the update again; nothing was"
        f" sent. If the right file is open, disable “{foreign.connection_name}” first."
    )


def _says_taken(bound: CompanyFile, seen: CompanyFileIdentity, owner: Mark) -> str:
    return (
        f"The company file that is open in QuickBooks, {seen}, is that of"
        f" “{owner.company_file.name}” and its connection “{owner.connection_name}”. This"
        f" connection is for “{bound.name}”. Open that company's file and run the update again;"
        " nothing was sent."
    )
