"""A small site of our own writing, for `healthnews demo` and for tests; see README.md."""
