def fail(path):
    raise ValueError(f"asked for by {path}")
