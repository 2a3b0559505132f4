"""Kernels: arrays in, arrays out; they know no engine and no table."""
