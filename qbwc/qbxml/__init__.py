"""qbXML as values: no database, no network, no clock."""
