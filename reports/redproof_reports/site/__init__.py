"""The site: everything that runs have left, as static pages that any host or a folder can show."""
