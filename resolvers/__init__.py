"""Use cases of a caller: permission, transaction, domain, store, record."""
