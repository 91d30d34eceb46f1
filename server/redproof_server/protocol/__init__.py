"""RESP without I/O: requests out of bytes, replies into bytes."""
