"""Sources compared by what they bring, along the line from a first visit to a regular."""
