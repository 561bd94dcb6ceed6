#!/usr/bin/env python3
import os
import sys

print("Content-Type: text/plain")
print("X-Query: " + os.environ["QUERY_STRING"])
print()
print(os.environ.get("REQUEST_METHOD"), sys.argv[1:], sys.stdin.read())
sys.exit(3 if os.environ["QUERY_STRING"] == "by itself" else 0)
