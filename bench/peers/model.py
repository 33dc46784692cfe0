"""The CALM model in PyTorch: frozen encoder, input compression, Llama backbone, energy head, decoder.

Sizes come as the dictionaries that `calm` writes to config.json; parameters have the names of checkpoints.
"""
import torch
import torch.nn.functional as F

import data
from ops import EPSILON, attend, causal_mask, rms_norm, rope_angles, rotate

PREFIX = "ae_model."


class Weights:
    """Parameters by name: given, or made of hashes when they are first asked for."""

    def __init__(self, trainable, given=None):
        self.trainable = trainable
        self.tensors = dict(given or {})

    def __call__(self, name, *shape):
        if name not in self.tensors:
            self.tensors[name] = torch.from_numpy(data.parameter(name, shape)).requires_grad_(self.trainable)
        return self.tensors[name]

    def linear(self, name, x, outputs, bias=True):
        """x W^T + b."""
        weight = self(f"{name}.weight", outputs, x.shape[-1])
        return F.linear(x, weight, self(f"{name}.bias", outputs) if bias else None)

    def layer_norm(self, name, x):
        size = x.shape[-1]
        return F.layer_norm(x, (size,), self(f"{name}.weight", size), self(f"{name}.bias", size), EPSILON)

    def rms_norm(self, name, x):
        return rms_norm(x, self(f"{name}.weight", x.shape[-1]))

    def feed_forward(self, prefix, norm, x, size):
        """x + down(silu(gate n) * (up n)), n = norm(x)."""
        n = self.rms_norm(prefix + norm, x)
        gated = F.silu(self.linear(f"{prefix}mlp.gate_proj", n, size, bias=False)) * self.linear(
            f"{prefix}mlp.up_proj", n, size, bias=False)
        return x + self.linear(f"{prefix}mlp.down_proj", gated, x.shape[-1], bias=False)


class Autoencoder:
    """Frozen: patches of tokens to latents and back."""

    def __init__(self, config, given=None):
        self.config = config
        self.weights = Weights(trainable=False, given=given)

    def encode(self, ids):
        """Mean and log-deviation, [N, L] each, of patches [N, K]."""
        c, w = self.config, self.weights
        x = F.embedding(ids, self.table())
        half = c["num_encoder_layers"] // 2
        for i in range(2 * half):
            if i == half:
                x = w.linear(f"{PREFIX}encoder.squeeze_layer", x.flatten(1), c["hidden_size"])
            x = w.feed_forward(f"{PREFIX}encoder.encoder_layers.{i}.", "layernorm", x, c["intermediate_size"])
        x = w.rms_norm(f"{PREFIX}encoder.norm", x)
        return w.linear(f"{PREFIX}encoder.hidden_to_latent", x, 2 * c["latent_size"]).chunk(2, dim=-1)

    def decode(self, latent):
        """The most likely tokens, [N, K], of latents [N, L]."""
        c, w = self.config, self.weights
        x = w.linear(f"{PREFIX}decoder.latent_to_hidden", latent, c["hidden_size"])
        half = c["num_decoder_layers"] // 2
        for i in range(2 * half):
            if i == half:
                x = w.linear(f"{PREFIX}decoder.expand_layer", x, c["patch_size"] * c["hidden_size"])
                x = x.view(-1, c["patch_size"], c["hidden_size"])
            x = w.feed_forward(f"{PREFIX}decoder.decoder_layers.{i}.", "layernorm", x, c["intermediate_size"])
        return F.linear(w.rms_norm(f"{PREFIX}decoder.norm", x), self.table()).argmax(-1)

    def table(self):
        """The token table, which the decoder shares, [V, d]."""
        return self.weights(f"{PREFIX}encoder.embed_tokens.weight", self.config["vocab_size"], self.config["hidden_size"])


class Backbone:
    """Llama blocks and a last norm over [B, T, d]."""

    def __init__(self, config, weights, prefix, positions):
        self.config, self.weights, self.prefix = config, weights, prefix
        self.head = config["hidden_size"] // config["num_attention_heads"]
        self.cos, self.sin = rope_angles(positions, self.head)
        self.mask = causal_mask(positions)

    def __call__(self, x, cache=None):
        """cache: for generation, one [keys, values] a block, which grows."""
        c, w = self.config, self.weights
        start = cache[0][0].shape[2] if cache and cache[0] else 0
        for i in range(c["num_hidden_layers"]):
            name = f"{self.prefix}layers.{i}."
            n = w.rms_norm(f"{name}input_layernorm", x)
            x = x + w.linear(
                f"{name}self_attn.o_proj", self.attention(f"{name}self_attn.", n, start, cache[i] if cache else None),
                c["hidden_size"], bias=False)
            x = w.feed_forward(name, "post_attention_layernorm", x, c["intermediate_size"])
        return w.rms_norm(f"{self.prefix}norm", x)

    def attention(self, name, x, start, cache):
        count = x.shape[1]
        q, k, v = (self.project(f"{name}{p}_proj", x, self.config[heads]) for p, heads in (
            ("q", "num_attention_heads"), ("k", "num_key_value_heads"), ("v", "num_key_value_heads")))
        cos, sin = self.cos[start:start + count], self.sin[start:start + count]
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            if cache:
                k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
            cache[:] = [k, v]
        mask = self.mask[start:start + count, :start + count] if count > 1 else None
        return attend(q, k, v, mask).transpose(1, 2).flatten(2)

    def project(self, name, x, heads):
        y = self.weights.linear(name, x, heads * self.head, bias=False)
        return y.view(x.shape[0], x.shape[1], heads, self.head).transpose(1, 2)

    def caches(self):
        """Empty ones."""
        return [[] for _ in range(self.config["num_hidden_layers"])]


class Calm:
    """The language model over patches; its autoencoder is separate."""

    def __init__(self, config, positions, trainable, given=None):
        self.config = config
        self.weights = Weights(trainable, given)
        self.backbone = Backbone(config, self.weights, "transformer.", positions)

    def hidden(self, ids, cache=None):
        """[B, T, d] of tokens [B, T, K]."""
        c, w = self.config, self.weights
        d = c["hidden_size"]
        tokens = F.embedding(
            ids, w("transformer.embed_tokens.weight", c["vocab_size"], d), padding_idx=c["pad_token_id"])
        x = F.silu(w.linear("embed_proj.0", tokens.flatten(2), 2 * d))
        return self.backbone(w.layer_norm("embed_proj.3", w.linear("embed_proj.2", x, d)), cache)

    def draw(self, hidden, noise):
        """Draws of the next latent, [M, S, L], of hidden states [M, d] and noise [M, S, noise size]."""
        c, w, name = self.config, self.weights, "generative_head."
        d = c["hidden_size"]
        condition = w.layer_norm(f"{name}norm_hidden", w.linear(f"{name}hidden_embd", hidden, d))
        condition = condition[:, None].expand(-1, noise.shape[1], -1)
        x = w.layer_norm(f"{name}norm_noise", w.linear(f"{name}noise_embd", noise, d))
        for i in range(c["num_mlp_layers"]):
            block = f"{name}mlp_blocks.{i}."
            h = torch.cat([w.layer_norm(f"{block}in_ln", x), condition], dim=-1)
            h = F.silu(w.linear(f"{block}linears.0", h, d))
            h = F.silu(w.linear(f"{block}linears.2", h, d))
            gate, up = w.linear(f"{block}linears.4", h, 2 * d).chunk(2, dim=-1)
            x = x + w.linear(f"{block}down_proj", F.silu(gate) * up, d)
        x = F.silu(w.linear(f"{name}final_layer.linears.0", w.layer_norm(f"{name}final_layer.in_ln", x), d))
        return w.linear(f"{name}final_layer.linears.2", x, c["latent_size"])
