"""The matrix: which commands, options and properties hold on which servers, each cell backed by a run."""
