"""Generation at temperature 1/n by the published batch algorithm: N draws, each decoded, equal patches counted."""
import os
from collections import Counter
from math import comb

import torch

import data
import safetensors
from model import Autoencoder, Calm

PROMPT_PATCHES = 32
CHUNKS_OF_SQUARES = 128


class Generation:
    """Some chunks behind a prompt. The weights do not matter to its time here: N draws are decoded for every chunk."""

    def __init__(self, item, _):
        self.config = item["config"]["calm"]
        self.candidates, self.agreement, self.units = item["candidates"], item["agreement"], item["chunks"]
        given = safetensors.read(os.path.join(item["model"], "model.safetensors")) if "model" in item else None
        self.autoencoder = Autoencoder(item["config"]["autoencoder"], given)
        self.prompt = self.ids(item.get("prompt"))
        self.lazy = item.get("lazy", False)
        most = max(self.units, CHUNKS_OF_SQUARES) if self.lazy else self.units
        self.model = Calm(self.config, self.prompt.shape[1] + most + 1, trainable=False, given=given)
        self.generator = torch.Generator().manual_seed(1)

    def ids(self, prompt):
        """The given tokens in whole patches, or hashed ones."""
        size = self.config["patch_size"]
        if prompt:
            return torch.tensor(prompt[: len(prompt) // size * size]).reshape(1, -1, size)
        return torch.from_numpy(data.integers("ids", (1, PROMPT_PATCHES, size), self.config["vocab_size"] - 3))

    @torch.no_grad()
    def prepare(self):
        """Reads the prompt."""
        self.caches = self.model.backbone.caches()
        self.state = self.model.hidden(self.prompt, self.caches)[:, -1]

    @torch.no_grad()
    def run(self):
        for _ in range(self.units):
            noise = torch.rand(1, self.candidates, self.config["noise_size"], generator=self.generator) - 0.5
            u = torch.rand((), generator=self.generator).item()
            self.read(choose(self.pool(noise), self.agreement, u))

    @torch.no_grad()
    def check(self):
        """All candidates of two chunks: equal tokens are equal numbers. Of the lazy form a property of the model's law."""
        self.prepare()
        if self.lazy:
            yield data.number("mean of sum p^2", self.squares())
            return
        for chunk in range(2):
            shape = (1, self.candidates, self.config["noise_size"])
            pool = self.pool(torch.from_numpy(data.floats(f"head noise {chunk}", shape, 0.5)))
            chosen = choose(pool, self.agreement, 0.5)
            yield data.result(f"candidates {chunk}", pool)
            yield data.result(f"chosen {chunk}", chosen)
            self.read(chosen)

    def squares(self):
        """How often two draws of a chunk are equal, on average over chunks."""
        equal = 0
        for _ in range(CHUNKS_OF_SQUARES):
            noise = torch.rand(1, self.candidates, self.config["noise_size"], generator=self.generator) - 0.5
            pool = self.pool(noise)
            equal += sum(comb(count, 2) for count in Counter(map(tuple, pool.tolist())).values())
            self.read(choose(pool, self.agreement, torch.rand((), generator=self.generator).item()))
        return equal / comb(self.candidates, 2) / CHUNKS_OF_SQUARES

    def pool(self, noise):
        """Patches, [N, K]."""
        return self.autoencoder.decode(self.model.draw(self.state, noise)[0])

    def read(self, patch):
        self.state = self.model.hidden(torch.tensor(patch)[None, None], self.caches)[:, -1]


def choose(pool, agreement, u):
    """The patch at which the running weight C(count, m) passes u, for the greatest m that any count reaches."""
    counts = {}
    for patch in map(tuple, pool.tolist()):
        counts[patch] = counts.get(patch, 0) + 1
    most = max(counts.values())
    m = min(agreement, most)
    total = sum(comb(count, m) for count in counts.values())
    running = 0
    for patch, count in counts.items():
        running += comb(count, m)
        if running > u * total:
            return patch
    return patch
