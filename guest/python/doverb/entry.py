"""The component's world, with the base made before it is looked at."""

from . import base

base.make()

from .world import WitWorld  # noqa: E402

__all__ = ["WitWorld"]
