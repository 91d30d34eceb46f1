"""From the model to the real thing and back: shortest traces are played, and what is seen is held to the model."""
