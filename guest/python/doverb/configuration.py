"""What the operator has configured the program with: `--config-value NAME=VALUE` and `--secret NAME=env:VARIABLE`."""

from wit_world.imports import wasi_config_store as wit


def config(name, default=None):
    """The value or secret of this name, or `default` if there is none."""
    value = wit.get(name)
    return default if value is None else value


def config_values():
    """All values, without the secrets."""
    return dict(wit.get_all())
