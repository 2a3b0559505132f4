"""The HTTP interface of the owner: questions about the shop (docs/serve.md)."""
