"""The messages by family, as tables in the SDK's order of elements. A new field is one line.

One element out of order, and QuickBooks refuses the whole message set (0x80040400): nothing but
these tables decides the order. Source: qbXML 13.0, the messages and aggregates they are named for.
"""
