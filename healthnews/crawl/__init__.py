"""From an address or a local file to bytes in data/raw."""
