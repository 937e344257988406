"""A QuickBooks company file and a Web Connector: an independent witness of the service."""
