"""A web page for the office and the bookkeeper; it speaks only the public API."""
