"""Words shared by all folders: money, clock, bucket, intent, metric, names of stages.

Imports nothing of ours but the error tree.
"""
