"""`hashlib.pbkdf2_hmac` and `hashlib.scrypt`, which the library has of OpenSSL alone."""

import hashlib
import hmac

#: What scrypt may use by default, in bytes, as OpenSSL has it.
_SCRYPT_MEMORY = 32 * 1024 * 1024


def _bytes(value, name):
    try:
        return bytes(memoryview(value))
    except TypeError:
        raise TypeError(f"a bytes-like object is required for {name}, not {type(value).__name__!r}") from None


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    password, salt = _bytes(password, "password"), _bytes(salt, "salt")
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    plain = hashlib.new(hash_name)
    if dklen is None:
        dklen = plain.digest_size
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    block_size = plain.block_size
    if len(password) > block_size:
        password = hashlib.new(hash_name, password).digest()
    key = password.ljust(block_size, b"\0")
    inner, outer = plain.copy(), plain.copy()
    inner.update(key.translate(hmac.trans_36))
    outer.update(key.translate(hmac.trans_5C))

    def prf(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    derived, number = b"", 1
    size = plain.digest_size
    while len(derived) < dklen:
        block = prf(salt + number.to_bytes(4, "big"))
        mixed = int.from_bytes(block, "big")
        for _ in range(iterations - 1):
            block = prf(block)
            mixed ^= int.from_bytes(block, "big")
        derived += mixed.to_bytes(size, "big")
        number += 1
    return derived[:dklen]


def _salsa20_8(words):
    mask = 0xFFFFFFFF
    x = list(words)
    for _ in range(4):
        for a, b, c, d in (
            (0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
            (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14),
        ):  # fmt: skip
            t = (x[a] + x[d]) & mask
            x[b] ^= (t << 7 | t >> 25) & mask
            t = (x[b] + x[a]) & mask
            x[c] ^= (t << 9 | t >> 23) & mask
            t = (x[c] + x[b]) & mask
            x[d] ^= (t << 13 | t >> 19) & mask
            t = (x[d] + x[c]) & mask
            x[a] ^= (t << 18 | t >> 14) & mask
    return [(one + other) & mask for one, other in zip(x, words)]


def _block_mix(words, r):
    x, mixed = words[-16:], []
    for start in range(0, 32 * r, 16):
        x = _salsa20_8([one ^ other for one, other in zip(x, words[start : start + 16])])
        mixed.append(x)
    return [word for block in mixed[::2] + mixed[1::2] for word in block]


def _ro_mix(block, n, r):
    words = [int.from_bytes(block[at : at + 4], "little") for at in range(0, len(block), 4)]
    seen = []
    for _ in range(n):
        seen.append(words)
        words = _block_mix(words, r)
    for _ in range(n):
        chosen = seen[words[-16] & (n - 1)]
        words = _block_mix([one ^ other for one, other in zip(words, chosen)], r)
    return b"".join(word.to_bytes(4, "little") for word in words)


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if r < 1 or p < 1 or r * p >= 1 << 30:
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    if 128 * r * (n + p + 2) > (maxmem or _SCRYPT_MEMORY):
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    size = 128 * r
    blocks = pbkdf2_hmac("sha256", password, salt, 1, p * size)
    mixed = b"".join(_ro_mix(blocks[at : at + size], n, r) for at in range(0, p * size, size))
    return pbkdf2_hmac("sha256", password, mixed, 1, dklen)


def install():
    for function in (pbkdf2_hmac, scrypt):
        if not hasattr(hashlib, function.__name__):
            setattr(hashlib, function.__name__, function)
