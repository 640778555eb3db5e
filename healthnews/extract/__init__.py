"""From archived bytes to an Article."""
