"""The step functions, a module per speaker; `README.md` is the vocabulary."""
