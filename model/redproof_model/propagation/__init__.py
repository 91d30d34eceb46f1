"""What a master puts on its replication stream: the commands that enter it, byte for byte as far as that is known."""
