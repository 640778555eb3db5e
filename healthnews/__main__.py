"""`python -m healthnews` is the command line."""

from healthnews.cli import main

if __name__ == "__main__":  # workers of a local cluster import this module as well
    main()
