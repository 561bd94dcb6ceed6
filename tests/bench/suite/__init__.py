"""The benchmark suite: tests/bench/run."""
