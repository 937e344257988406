"""Descriptions that stand in no docstring, by schema coordinate: "Invoice.total", "Query.node".

A description beside its field wins; here stand those that would drown the code they belong to.
"""
