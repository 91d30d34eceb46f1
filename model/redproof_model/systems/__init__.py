"""The systems that are written in the kernel's vocabulary, each in a module of its own."""
