"""The inbox: what servers have acknowledged and the warehouse has not settled into landing yet."""
