"""What is compared, and at which sizes. Both sides get these descriptions and nothing else."""
from dataclasses import dataclass, field

PRESETS = ("tiny", "small", "medium")
PROMPT = (
    "Gets the number of elements in the collection.\n"
    "Returns the value of the specified element, or null if there is no such key.\n"
    "Initializes a new instance of the class")
LIBTORCH_OPS = ("gemm", "rmsnorm", "layernorm", "swiglu", "rope", "attention", "cross-entropy")
ENERGY_FORMS = ["cdist", "cdist-exact", "broadcast"]


@dataclass
class Item:
    """One row of the table."""

    name: str
    shape: str
    spec: dict
    peers: list = field(default_factory=lambda: ["torch"])
    alone: bool = False  # in processes of its own, whose peak memory then is its own

    @property
    def flops(self):
        """Of a matrix product, 2 a multiply-add; 0 for everything else."""
        s = self.spec
        return 2.0 * s["m"] * s["n"] * s["k"] if s["op"] == "gemm" else 0.0


def libtorch_forms(item):
    """The forms of an item that the newer libtorch is asked for: ops on the same numbers."""
    if item.spec["op"] == "energy":
        return ["cdist"] if item.spec["noise"] == "given" else []
    return ["torch"] if item.spec["op"] in LIBTORCH_OPS else []


def gemm(form, m, n, k, what):
    spec = {"op": "gemm", "form": form, "m": m, "n": n, "k": k}
    return Item(f"gemm {form} {what}", f"{m} x {n} x {k}", spec, ["torch", "openblas"])


def products():
    """The products of a model of width d on 2048 rows, cubes, and few rows."""
    for d in (256, 512, 1024):
        yield gemm("NT", 2048, d, d, f"forward d={d}")
        yield gemm("NN", 2048, d, d, f"dX d={d}")
        yield gemm("TN", d, d, 2048, f"dW d={d}")
    for size in (512, 1024):
        for form in ("NN", "NT", "TN"):
            yield gemm(form, size, size, size, "cube")
    for form in ("NT", "NN"):
        yield gemm(form, 8, 1024, 1024, "few rows")


def rows():
    """Ops of a model of width 512, forward and backward."""
    norm = {"rows": 2048, "columns": 512}
    yield Item("RMSNorm", "2048 x 512", {"op": "rmsnorm", **norm})
    yield Item("LayerNorm", "2048 x 512", {"op": "layernorm", **norm})
    yield Item("SwiGLU", "2048 x 2 x 1376", {"op": "swiglu", "rows": 2048, "columns": 1376})
    heads = {"batch": 8, "positions": 256, "heads": 8, "head": 64}
    yield Item("RoPE", "8 x 256 x 8 x 64", {"op": "rope", **heads})
    yield Item("causal attention", "8 x 256 x 8 x 64", {"op": "attention", **heads})
    yield Item("cross-entropy", "2048 x 4096", {"op": "cross-entropy", "rows": 2048, "classes": 4096})


def optimizer():
    """The matrices of six layers of width 256."""
    shapes = 6 * (4 * [[256, 256]] + 2 * [[688, 256]] + [[256, 688]])
    count = sum(a * b for a, b in shapes)
    yield Item(
        "AdamW, clipped", f"{count / 1e6:.1f} M in {len(shapes)}", {"op": "adamw", "shapes": shapes}, ["foreach", "loop"])


def scores():
    """The energy score with its gradient: noise given, and drawn on the way."""
    sizes = {"positions": 512, "draws": 8, "targets": 100, "latent": 128}
    for noise in ("given", "drawn"):
        yield Item(
            f"energy score, noise {noise}", "8 x 100 x 512 x 128", {"op": "energy", **sizes, "noise": noise}, ENERGY_FORMS)


def wholes(presets):
    """Training steps and generation of each preset; configs are those of `calm`."""
    for name in PRESETS:
        common = {"preset": name, "config": presets[name]}
        for form in ("cdist", "broadcast"):
            yield Item(f"CALM step, {form}", name, {"op": "step", **common}, [form], alone=True)
        yield Item("AR step", name, {"op": "ar-step", **common}, alone=True)
        yield generation(name, common)


def generation(name, model):
    """Chunks by the batch algorithm from a preset's sizes or a model's folder."""
    sampling = {"candidates": 200, "agreement": 2, "chunks": 8}
    return Item("generation, a chunk", f"{name}, T=1/2, N=200", {"op": "generate", **model, **sampling}, alone=True)


def lazily(name, model):
    """
    Chunks behind a text in bytes, by a sampler of the same law that makes few draws on our side and by the batch algorithm on
    the other. With hashed weights no two draws agree, so that there is nothing to save.
    """
    sampling = {"candidates": 200, "agreement": 2, "chunks": 32, "lazy": True, "prompt": list(PROMPT.encode())}
    spec = {"op": "generate", **model, **sampling}
    return Item("generation, a chunk, lazily", f"{name}, T=1/2, N=200", spec, alone=True)


def items(presets):
    """Everything, in the order of the table."""
    return [*products(), *rows(), *optimizer(), *scores(), *wholes(presets)]
