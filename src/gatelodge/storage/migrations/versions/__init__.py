"""One file per change of the schema since the first version; a released one is never edited."""
