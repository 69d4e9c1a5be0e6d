"""Values for a store that strangers may write: signed, and opened only by those who may sign."""

import hashlib
import hmac

#: What a sealed value begins with, so that another form of it has another name.
MARK = b"ksys1\n"
_DIGEST = hashlib.sha256().digest_size


def signing_key(secret: str, identity: str) -> bytes:
    """Return the key of one secret and of one build: others sign by another key.

    Parameters
    ----------
    secret : what all workers of a site share, and nobody else knows
    identity : of the program and of the packages whose objects are stored
    """
    return hmac.digest(
        secret.encode(errors="surrogateescape"), b"ksys cache\0" + identity.encode(), "sha256"
    )


def key_name(key: bytes) -> str:
    """Return by what keys are told apart; it tells no more of one than its signatures do."""
    return hmac.digest(key, b"name", "sha256").hex()[:8]


def sealed(key: bytes, name: str, content: bytes) -> bytes:
    """Return content with its signature, which holds under this name alone."""
    return MARK + _signature(key, name, content) + content


def opened(key: bytes, name: str, value: bytes) -> bytes | None:
    """Return the content of a sealed value; None where it was not sealed by this key and name."""
    head = len(MARK) + _DIGEST
    content = value[head:]
    if len(value) < head or not value.startswith(MARK):
        return None
    signature = _signature(key, name, content)
    return content if hmac.compare_digest(signature, value[len(MARK) : head]) else None


def _signature(key: bytes, name: str, content: bytes) -> bytes:
    # With the length of the name, so that no content can pass for its end.
    said = name.encode()
    return hmac.digest(key, b"%d\n%b%b" % (len(said), said, content), "sha256")
