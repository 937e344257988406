"""Speaking to the QuickBooks Web Connector: SOAP in, SOAP out, qbXML inside."""
