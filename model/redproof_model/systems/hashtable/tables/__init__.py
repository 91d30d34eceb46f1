"""The two tables of a hashtable, and how a rehash moves a chain with each operation from one to the other."""
