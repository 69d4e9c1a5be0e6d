"""What may become of a question to the shared cache; nothing but this room meets them."""


class RedisLost(Exception):
    """Redis did not answer in time, or with nonsense; its text names no host and no password."""


class RedisRefused(Exception):
    """Redis answered with an error, named by its first word."""
