"""The language: wire data and pure functions over it. Nothing here awaits or does I/O."""
