"""What servers say and send in replication, held against the model."""
