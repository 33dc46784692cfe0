"""The training step of a CALM model in PyTorch: frozen encoder, Llama backbone, energy head, clipping, AdamW.

Written as one writes it for a GPU: fused attention, one product for q, k, v and one for gate and up, the energy score by
torch.cdist. Sizes are those that `calm train --dry-run --json` prints.
"""
import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-6


class FeedForward(nn.Module):
    """x + down(silu(gate n) * (up n)) with n = norm(x)."""

    def __init__(self, size, inner):
        super().__init__()
        self.norm = nn.RMSNorm(size, EPSILON)
        self.gate_up = nn.Linear(size, 2 * inner, bias=False)
        self.down = nn.Linear(inner, size, bias=False)

    def forward(self, x):
        gate, up = self.gate_up(self.norm(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Encoder(nn.Module):
    """Patches of tokens [N, K] to mean and log-deviation of their latents, [N, L] each."""

    def __init__(self, c):
        super().__init__()
        size, half = c["hidden_size"], c["num_encoder_layers"] // 2
        self.table = nn.Embedding(c["vocab_size"], size)
        self.of_tokens = nn.Sequential(*(FeedForward(size, c["intermediate_size"]) for _ in range(half)))
        self.squeeze = nn.Linear(c["patch_size"] * size, size)
        self.of_patches = nn.Sequential(*(FeedForward(size, c["intermediate_size"]) for _ in range(half)))
        self.norm = nn.RMSNorm(size, EPSILON)
        self.to_latent = nn.Linear(size, 2 * c["latent_size"])

    def forward(self, ids):
        x = self.squeeze(self.of_tokens(self.table(ids)).flatten(1))
        return self.to_latent(self.norm(self.of_patches(x))).chunk(2, dim=-1)


class Block(nn.Module):
    """Causal attention with rotary positions, then a feed-forward layer."""

    def __init__(self, c):
        super().__init__()
        size = c["hidden_size"]
        self.heads = c["num_attention_heads"]
        self.norm = nn.RMSNorm(size, EPSILON)
        self.qkv = nn.Linear(size, 3 * size, bias=False)
        self.out = nn.Linear(size, size, bias=False)
        self.feed_forward = FeedForward(size, c["intermediate_size"])

    def forward(self, x, cos, sin):
        batch, count, size = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, count, 3, self.heads, size // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(rotated(q, cos, sin), rotated(k, cos, sin), v, is_causal=True)
        return self.feed_forward(x + self.out(y.transpose(1, 2).reshape(batch, count, size)))


def rotated(x, cos, sin):
    low, high = x.chunk(2, dim=-1)
    return (x * cos + torch.cat((-high, low), dim=-1) * sin).to(x.dtype)


class HeadBlock(nn.Module):
    """A block of the head, which reads its rows beside the condition of their position."""

    def __init__(self, size):
        super().__init__()
        self.norm = nn.LayerNorm(size, EPSILON)
        self.first = nn.Linear(2 * size, size)
        self.second = nn.Linear(size, size)
        self.gate_up = nn.Linear(size, 2 * size)
        self.down = nn.Linear(size, size)

    def forward(self, x, condition):
        h = torch.cat((self.norm(x), condition), dim=-1)
        gate, up = self.gate_up(F.silu(self.second(F.silu(self.first(h))))).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Head(nn.Module):
    """S draws of the next latent, [M, S, L], of hidden states [M, d] and uniform noise."""

    def __init__(self, c):
        super().__init__()
        size = c["hidden_size"]
        self.draws, self.noise_size = c["num_samples"], c["noise_size"]
        self.of_hidden, self.norm_hidden = nn.Linear(size, size), nn.LayerNorm(size, EPSILON)
        self.of_noise, self.norm_noise = nn.Linear(c["noise_size"], size), nn.LayerNorm(size, EPSILON)
        self.blocks = nn.ModuleList(HeadBlock(size) for _ in range(c["num_mlp_layers"]))
        self.last = nn.Sequential(
            nn.LayerNorm(size, EPSILON), nn.Linear(size, size), nn.SiLU(), nn.Linear(size, c["latent_size"]))

    def forward(self, hidden):
        noise = torch.rand(hidden.shape[0], self.draws, self.noise_size, device=hidden.device) - 0.5
        condition = self.norm_hidden(self.of_hidden(hidden))[:, None].expand(-1, self.draws, -1)
        x = self.norm_noise(self.of_noise(noise))
        for block in self.blocks:
            x = block(x, condition)
        return self.last(x)


class Calm(nn.Module):
    """The language model over patches; gives the loss of a batch of tokens [B, T, K]."""

    def __init__(self, config):
        super().__init__()
        c = config["calm"]
        size, self.targets = c["hidden_size"], c["num_targets"]
        self.encoder = Encoder(config["autoencoder"]).requires_grad_(False)
        self.table = nn.Embedding(c["vocab_size"], size, padding_idx=c["pad_token_id"])
        self.compress = nn.Sequential(
            nn.Linear(c["patch_size"] * size, 2 * size), nn.SiLU(), nn.Linear(2 * size, size), nn.LayerNorm(size, EPSILON))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["num_hidden_layers"]))
        self.norm = nn.RMSNorm(size, EPSILON)
        self.head = Head(c)
        places = config["calm_training"]["context_patches"] - 1
        cos, sin = angles(places, size // c["num_attention_heads"])
        self.register_buffer("cos", cos)
        self.register_buffer("sin", sin)

    def forward(self, ids):
        with torch.no_grad():
            mean, log_std = self.encoder(ids[:, 1:].flatten(0, 1))
        x = self.compress(self.table(ids[:, :-1]).flatten(2))
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return energy_score(self.head(self.norm(x).flatten(0, 1)).float(), mean.float(), log_std.float(), self.targets)


def angles(places, size):
    """Cosines and sines of rotary positions, [places, size]."""
    rates = 10000.0 ** (-torch.arange(0, size, 2).float() / size)
    a = torch.outer(torch.arange(places).float(), rates).repeat(1, 2)
    return a.cos(), a.sin()


def energy_score(draws, mean, log_std, targets):
    """Twice the mean distance to the targets less the mean distance among the draws."""
    noise = torch.randn(draws.shape[0], targets, draws.shape[2], device=draws.device)
    y = mean[:, None] + noise * log_std.exp()[:, None]
    count = draws.shape[1]
    spread = torch.cdist(draws, draws).sum((1, 2)) / (count * (count - 1))
    return (2 * torch.cdist(draws, y).mean((1, 2)) - spread).mean()
