"""Reads the float32 tensors of a safetensors file: eight bytes of header length, a JSON header, the data."""
import json
import struct

import numpy as np
import torch


def read(path):
    """Tensors by name, views of the file in memory."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = bytearray(file.read())
    header.pop("__metadata__", None)
    other = [name for name, entry in header.items() if entry["dtype"] != "F32"]
    if other:
        raise SystemExit(f"{path}: {other[0]} is {header[other[0]]['dtype']}; only F32 is read.")
    return {name: tensor(body, entry) for name, entry in header.items()}


def tensor(body, entry):
    """One entry of the header."""
    start, end = entry["data_offsets"]
    return torch.from_numpy(np.frombuffer(body, np.float32, (end - start) // 4, start).reshape(entry["shape"]))
