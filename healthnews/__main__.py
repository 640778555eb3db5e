"""`python -m healthnews` is the command line."""

from healthnews.cli import main

main()
