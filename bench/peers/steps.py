"""Whole training steps: CALM, and a token-by-token model on the same text."""
import torch
import torch.nn.functional as F

import data
import energy
from model import Autoencoder, Backbone, Calm, Weights
from ops import adamw


class Step:
    """Forward, backward, clipping and AdamW; subclasses give the loss and self.weights."""

    def __init__(self, item):
        self.config = item["config"]["calm"]
        training = item["config"]["calm_training"]
        self.batch, self.patches = training["batch_size"], training["context_patches"]
        shape = (self.batch, self.patches, self.config["patch_size"])
        self.ids = torch.from_numpy(data.integers("ids", shape, self.config["vocab_size"] - 3))
        self.optimizer = None

    def loss(self, checked=False):
        """A scalar."""
        raise NotImplementedError

    def prepare(self):
        """Makes the optimiser once the parameters exist."""
        if self.optimizer is None:
            with torch.no_grad():
                self.loss()
            self.optimizer = adamw(self.weights.tensors.values())

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.tensors.values(), 1.0)
        self.optimizer.step()
        return loss.item()

    def check(self):
        """Loss and all gradients."""
        loss = self.loss(checked=True)
        loss.backward()
        yield data.number("loss", loss)
        for name, parameter in self.weights.tensors.items():
            yield data.result(name, parameter.grad)


class CalmStep(Step):
    """peer: how the energy score is computed."""

    def __init__(self, item, peer):
        super().__init__(item)
        self.form = peer
        self.autoencoder = Autoencoder(item["config"]["autoencoder"])
        self.model = Calm(self.config, self.patches, trainable=True)
        self.weights = self.model.weights

    def loss(self, checked=False):
        c = self.config
        rows = self.batch * (self.patches - 1)
        with torch.no_grad():
            mean, log_std = self.autoencoder.encode(self.ids[:, 1:].reshape(rows, c["patch_size"]))
        hidden = self.model.hidden(self.ids[:, :-1]).view(rows, -1)
        draws = self.model.draw(hidden, self.head_noise(rows, checked))
        noise = None
        if checked:
            noise = torch.from_numpy(data.floats("target noise", (rows, c["num_targets"], c["latent_size"]), 1.5))
            self.seen = [("target mean", mean), ("draws", draws.detach())]
        return energy.score(draws, mean, log_std, c["num_targets"], noise, self.form)

    def head_noise(self, rows, checked):
        shape = (rows, self.config["num_samples"], self.config["noise_size"])
        return torch.from_numpy(data.floats("head noise", shape, 0.5)) if checked else torch.rand(shape) - 0.5

    def check(self):
        results = list(super().check())
        yield from (data.result(name, values) for name, values in self.seen)
        yield from results


class ArStep(Step):
    """The preset's backbone over T K tokens, untied embeddings, cross-entropy over the vocabulary."""

    def __init__(self, item, _):
        super().__init__(item)
        self.weights = Weights(trainable=True)
        self.tokens = self.ids.flatten(1)
        self.backbone = Backbone(self.config, self.weights, "model.", self.tokens.shape[1])

    def loss(self, checked=False):
        table = (self.config["vocab_size"], self.config["hidden_size"])
        x = F.embedding(self.tokens[:, :-1], self.weights("model.embed_tokens.weight", *table))
        logits = F.linear(self.backbone(x), self.weights("lm_head.weight", *table))
        return F.cross_entropy(logits.flatten(0, 1), self.tokens[:, 1:].flatten())
