"""The requests the simulator understands, each with the grammar of its elements.

Facts of the qbXML 13.0 message set, United States edition.
"""

from collections.abc import Mapping
from typing import Final

from simulator import invoice_messages, list_messages, txn_messages
from simulator.elements import OWNERS, RET_ELEMENTS, Node, group, leaf, request

_LIST_METADATA: Final = group(
    "IncludeListMetaData", leaf("IncludeMaxCapacity", "bool", required=True)
)

#: Each request by its element name.
REQUESTS: Final[Mapping[str, Node]] = {
    node.name: node
    for node in (
        *invoice_messages.REQUESTS,
        *txn_messages.REQUESTS,
        *list_messages.REQUESTS,
        request("HostQueryRq", _LIST_METADATA, RET_ELEMENTS),
        request("CompanyQueryRq", RET_ELEMENTS, OWNERS),
        request("PreferencesQueryRq", RET_ELEMENTS),
    )
}
