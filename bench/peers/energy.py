"""The energy score in the three ways one writes it in PyTorch."""
import torch


def score(draws, mean, log_std, targets, noise=None, form="cdist"):
    """Twice the mean distance to the targets less the mean distance among the draws, over positions.

    draws [M, S, L]; mean, log_std [M, L]; targets: how many are drawn at each position; noise [M, N, L], drawn if None.
    form: cdist (torch.cdist, which takes a matrix product), cdist-exact (differences), broadcast (a tensor of differences).
    """
    if noise is None:
        noise = torch.randn(draws.shape[0], targets, draws.shape[2])
    y = mean[:, None] + noise * log_std.exp()[:, None]
    count = draws.shape[1]
    spread = distances(draws, draws, form).sum((1, 2)) / (count * (count - 1))
    fit = distances(draws, y, form).mean((1, 2))
    return (2 * fit - spread).mean()


def distances(a, b, form):
    """[M, S, N] of [M, S, L] and [M, N, L]; a distance of 0 has the gradient 0."""
    if form == "broadcast":
        return torch.linalg.vector_norm(a[:, :, None] - b[:, None], dim=-1)
    mode = "donot_use_mm_for_euclid_dist" if form == "cdist-exact" else "use_mm_for_euclid_dist_if_necessary"
    return torch.cdist(a, b, compute_mode=mode)
