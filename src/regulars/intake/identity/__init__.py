"""Who is who: ids of one person joined, explained and taken apart again."""
