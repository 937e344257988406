"""The one walker over the tables of requests: what it writes is in order and within limits.

A refusal collects its path on the way up, so that nothing is spent on it while all is well.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from lxml import etree

from domain.edits import UNSET
from domain.quickbooks import Ref
from qbwc.qbxml.errors import ElementTooNew, LocalProtocolError, UnsendableValue
from qbwc.qbxml.formats import IDENTIFIER, Scalar, text
from qbwc.qbxml.nodes import Aggregate, Each, Leaf, Many, Misfit, One, Reference
from qbwc.qbxml.version import Version

_EMPTY = "must not be empty"


class _Refusal(Exception):
    """Why the walk ended, and where: element names from the inside out."""

    def __init__(self, reason: str, name: str, label: str) -> None:
        super().__init__(reason)
        self.path = [name] if name else []
        self.label = label or name
        self.task_id: UUID | None = None
        self.since: Version | None = None


def fill(element: etree._Element, table: Aggregate[Any], value: object, version: Version) -> None:
    """Write what the table says of the value into the element.

    Raises:
        UnsendableValue: A value does not fit its element; the error names element and field.
        ElementTooNew: The value needs an element that this version of qbXML does not have.
    """
    try:
        _fill(element, table, value, version)
    except _Refusal as refusal:
        raise _named(refusal, table, version) from None


def _named(refusal: _Refusal, table: Aggregate[Any], version: Version) -> LocalProtocolError:
    field = "/".join(reversed(refusal.path)) or table.name
    if refusal.since is not None:
        return ElementTooNew(field, since=refusal.since, version=version)
    return UnsendableValue(str(refusal), field=field, label=refusal.label, task_id=refusal.task_id)


def _fill(parent: etree._Element, table: Aggregate[Any], value: Any, version: Version) -> None:
    if table.check is not None:
        try:
            table.check(value)
        except Misfit as misfit:
            raise _Refusal(str(misfit), misfit.name, misfit.label) from None
    for node in table.children:
        _WRITERS[type(node)](parent, node, value, version)


def _write_leaf(parent: etree._Element, leaf: Leaf[Any], value: Any, version: Version) -> None:
    given = leaf.get(value)
    if given is UNSET or (given is None and not leaf.filled):
        return
    if leaf.filled and (given is None or given == ""):
        raise _Refusal(_EMPTY, leaf.name, leaf.label)
    if leaf.since > version:
        if leaf.optional:
            return
        raise _too_new(leaf)
    _write_text(parent, leaf.name, leaf.scalar, given, leaf.label)


def _write_reference(
    parent: etree._Element, reference: Reference[Any], value: Any, version: Version
) -> None:
    ref = reference.get(value)
    if ref is UNSET or (ref is None and not (reference.clears or reference.filled)):
        return
    if ref is None and reference.filled:
        raise _Refusal(_EMPTY, reference.name, reference.label)
    if reference.since > version:
        raise _too_new(reference)
    element = etree.SubElement(parent, reference.name)
    if ref is None:
        etree.SubElement(element, "FullName").text = ""  # qbXML 13.0: an empty name clears it
        return
    try:
        _write_name(element, reference, ref)
    except _Refusal as refusal:
        refusal.path.append(reference.name)
        raise


def _write_name(element: etree._Element, reference: Reference[Any], ref: Ref) -> None:
    label = reference.label or reference.name
    if ref.list_id:  # QuickBooks ignores FullName beside it
        _write_text(element, "ListID", IDENTIFIER, ref.list_id, label)
    elif ref.full_name:
        name = text(reference.longest, one_line=True)
        _write_text(element, "FullName", name, ref.full_name, label)
    else:
        raise _Refusal(_EMPTY, "FullName", label)


def _write_each(parent: etree._Element, each: Each[Any, Any], value: Any, version: Version) -> None:
    given, node = each.get(value), each.node
    if each.filled and not given:
        raise _Refusal("must not be an empty list", node.name, node.label)
    for position, item in enumerate(given, start=1):
        try:
            _WRITERS[type(node)](parent, node, item, version)
        except _Refusal as refusal:
            refusal.path[-1] = f"{node.name}[{position}]"
            raise


def _write_one(parent: etree._Element, one: One[Any, Any], value: Any, version: Version) -> None:
    inner = one.get(value)
    if inner is None:
        return
    name = one.aggregate.name
    try:
        _fill(etree.SubElement(parent, name), one.aggregate, inner, version)
    except _Refusal as refusal:
        refusal.path.append(name)
        raise


def _write_many(parent: etree._Element, many: Many[Any, Any], value: Any, version: Version) -> None:
    given = many.get(value)
    if given is None:
        return
    if many.filled and not given:
        raise _Refusal("must not be an empty list", many.choices[0].name, many.label)
    for position, item in enumerate(given, start=1):
        try:
            table = many.choose(item)
        except ValueError as error:
            raise _Refusal(str(error), f"{many.choices[0].name}[{position}]", many.label) from None
        try:
            _fill(etree.SubElement(parent, table.name), table, item, version)
        except _Refusal as refusal:
            refusal.path.append(f"{table.name}[{position}]")
            refusal.task_id = getattr(item, "task_id", None)
            raise


def _write_text(
    parent: etree._Element, name: str, scalar: Scalar[Any], value: object, label: str
) -> None:
    try:
        written = scalar.write(value)
    except ValueError as error:
        raise _Refusal(str(error), name, label) from None
    etree.SubElement(parent, name).text = written


def _too_new(node: Leaf[Any] | Reference[Any]) -> _Refusal:
    refusal = _Refusal("is too new", node.name, node.label)
    refusal.since = node.since
    return refusal


_WRITERS: Final[Mapping[type, Callable[[etree._Element, Any, Any, Version], None]]] = {
    Leaf: _write_leaf,
    Reference: _write_reference,
    Each: _write_each,
    One: _write_one,
    Many: _write_many,
}
