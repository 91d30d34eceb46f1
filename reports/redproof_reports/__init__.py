"""What comes out: records of divergences, their replay, the pages, and the command line."""
