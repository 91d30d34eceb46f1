"""One chain of buckets, position by position: how it grows, fills its holes, and shrinks."""
