"""The line from a first visit to a regular, as the settings name its steps."""
