"""Numbers that are a function of a name and an index, to the bit those of bench/Calm.Bench/Peer/HashedData.cs."""
import numpy as np


def seed(name):
    """FNV-1a of the name's characters."""
    h = 2166136261
    for c in name:
        h = ((h ^ ord(c)) * 16777619) & 0xFFFFFFFF
    return h


def words(name, count):
    """Hashes of the indices below count, 32 bits each."""
    h = np.arange(count, dtype=np.uint32)
    h *= np.uint32(0x9E3779B1)
    h += np.uint32(seed(name))
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return h


def floats(name, shape, scale=1.0, offset=0.0):
    """scale * u + offset with u uniform in [-1, 1)."""
    u = (words(name, int(np.prod(shape))) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return (np.float32(scale) * u + np.float32(offset)).reshape(shape)


def integers(name, shape, limit):
    """Ids in [0, limit)."""
    return ((words(name, int(np.prod(shape))) >> np.uint32(8)) % np.uint32(limit)).astype(np.int64).reshape(shape)


def parameter(name, shape):
    """Weights of a model by name: matrices about 0, norms about 1, biases small."""
    if len(shape) > 1:
        return floats(name, shape, 0.05)
    return floats(name, shape, 0.01) if name.endswith(".bias") else floats(name, shape, 0.1, 1)


def result(name, values):
    """A tensor in two numbers: its product with the hashed tensor "projection", and its norm."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return [name, float(flat @ floats("projection", flat.size).astype(np.float64)), float(np.linalg.norm(flat))]


def number(name, value):
    """A number that is compared as it is."""
    return [name, float(value), abs(float(value))]
