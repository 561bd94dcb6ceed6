GREETING = b"from the package\n"
