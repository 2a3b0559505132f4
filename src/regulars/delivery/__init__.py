"""What goes out, each thing once told and told again until it is heard."""
