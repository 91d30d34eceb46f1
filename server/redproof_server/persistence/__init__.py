"""Values as bytes and back: the formats of RDB files, as far as DUMP and RESTORE use them. No file is touched."""
