"""Reading files of any format: the parts of a file, a look at each, chunks of text cells."""
