"""What continuous integration shows of a run: a summary, annotations, a badge."""
