"""Where on earth: cells of 52 bits, distances, areas and the cells that cover them."""
