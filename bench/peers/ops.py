"""Single ops in PyTorch, forward and backward, as a model would call them."""
import ctypes

import torch
import torch.nn.functional as F

import data
import energy

EPSILON = 1e-6


class Op:
    """An op on hashed inputs. Subclasses fill self.inputs and give forward; the first run is no different from the next."""

    def __init__(self):
        self.inputs = {}
        self.cotangent = None

    def add(self, name, shape, scale=1.0, gradient=True):
        """Adds a float operand."""
        self.inputs[name] = torch.from_numpy(data.floats(name, shape, scale)).requires_grad_(gradient)
        return self.inputs[name]

    def forward(self):
        """Computes the op."""
        raise NotImplementedError

    def prepare(self):
        """Forgets gradients: not timed."""
        for x in self.inputs.values():
            x.grad = None

    def run(self):
        """Forward and backward: timed."""
        y = self.forward()
        if y.dim() == 0:
            y.backward()
        else:
            if self.cotangent is None:
                self.cotangent = torch.from_numpy(data.floats("cotangent", tuple(y.shape)))
            y.backward(self.cotangent)
        return y

    def check(self):
        """Output and gradients in two numbers each."""
        self.prepare()
        y = self.run().detach()
        yield data.result("output", y)
        for name, x in self.inputs.items():
            if x.requires_grad:
                yield data.result(f"gradient of {name}", x.grad)


class Gemm:
    """C[m, n] = A B; a T in the form says that the operand is stored by columns. peer: torch, or openblas without it."""

    def __init__(self, item, peer):
        m, n, k = item["m"], item["n"], item["k"]
        self.transposed = [letter == "T" for letter in item["form"]]
        self.a = self.operand("a", self.transposed[0], m, k)
        self.b = self.operand("b", self.transposed[1], k, n)
        self.c = torch.empty(m, n)
        self.arguments = [t.t() if transposed else t for t, transposed in zip((self.a, self.b), self.transposed)]
        self.sgemm = self.openblas(m, n, k) if peer == "openblas" else None

    @staticmethod
    def operand(name, transposed, rows, columns):
        return torch.from_numpy(data.floats(name, (columns, rows) if transposed else (rows, columns)))

    def openblas(self, m, n, k):
        """The call of cblas_sgemm with its arguments bound."""
        row_major, as_is, by_columns = 101, 111, 112
        call = ctypes.CDLL("libopenblas.so.0").cblas_sgemm
        integer, pointer, real = ctypes.c_int, ctypes.c_void_p, ctypes.c_float
        call.argtypes = [integer] * 6 + [real, pointer, integer, pointer, integer, real, pointer, integer]
        call.restype = None
        forms = [by_columns if transposed else as_is for transposed in self.transposed]
        return lambda: call(
            row_major, *forms, m, n, k, 1.0, self.a.data_ptr(), self.a.shape[1], self.b.data_ptr(), self.b.shape[1], 0.0,
            self.c.data_ptr(), n)

    def prepare(self):
        """Nothing: the product overwrites."""

    def run(self):
        if self.sgemm:
            self.sgemm()
        else:
            torch.mm(*self.arguments, out=self.c)

    def check(self):
        self.run()
        yield data.result("product", self.c)


class RmsNorm(Op):
    def __init__(self, item, _):
        super().__init__()
        self.x = self.add("x", (item["rows"], item["columns"]))
        self.weight = self.add("weight", (item["columns"],))

    def forward(self):
        return rms_norm(self.x, self.weight)


class LayerNorm(Op):
    def __init__(self, item, _):
        super().__init__()
        columns = item["columns"]
        self.x = self.add("x", (item["rows"], columns))
        self.affine = [self.add("weight", (columns,)), self.add("bias", (columns,))]

    def forward(self):
        return F.layer_norm(self.x, self.x.shape[-1:], *self.affine, eps=EPSILON)


class Parts(Op):
    """An op whose hashed input "x" is cut by columns into tensors of their own, as separate projections make them."""

    def cut(self, shape, parts):
        """Adds x as so many contiguous parts and returns them."""
        x = torch.from_numpy(data.floats("x", shape))
        self.parts = [part.contiguous().requires_grad_() for part in x.chunk(parts, dim=-1)]
        self.inputs.update((f"part {i}", part) for i, part in enumerate(self.parts))
        return self.parts

    def check(self):
        self.prepare()
        yield data.result("output", self.run().detach())
        yield data.result("gradient of x", torch.cat([part.grad for part in self.parts], dim=-1))


class SwiGlu(Parts):
    def __init__(self, item, _):
        super().__init__()
        self.gate, self.up = self.cut((item["rows"], 2 * item["columns"]), 2)

    def forward(self):
        return F.silu(self.gate) * self.up


class CrossEntropy(Op):
    def __init__(self, item, _):
        super().__init__()
        self.x = self.add("x", (item["rows"], item["classes"]), 4)
        self.targets = torch.from_numpy(data.integers("targets", (item["rows"],), item["classes"]))

    def forward(self):
        return F.cross_entropy(self.x, self.targets)


class Rope(Op):
    """Queries and keys side by side, [B, T, 2 H D]."""

    def __init__(self, item, _):
        super().__init__()
        self.shape = (item["batch"], item["positions"], 2 * item["heads"], item["head"])
        self.x = self.add("x", (*self.shape[:2], self.shape[2] * self.shape[3]))
        self.angles = [a[:, None] for a in rope_angles(item["positions"], item["head"])]

    def forward(self):
        return rotate(self.x.view(self.shape), *self.angles).flatten(2)


class Attention(Parts):
    """Queries, keys and values, [B, T, H D] each."""

    def __init__(self, item, _):
        super().__init__()
        self.shape = (item["batch"], item["positions"], item["heads"], item["head"])
        self.cut((*self.shape[:2], 3 * item["heads"] * item["head"]), 3)
        self.mask = causal_mask(item["positions"])

    def forward(self):
        q, k, v = (x.view(self.shape).transpose(1, 2) for x in self.parts)
        return attend(q, k, v, self.mask).transpose(1, 2).flatten(2)


class Energy(Op):
    """The energy score of S draws against N targets at M positions; peer: cdist, cdist-exact or broadcast."""

    def __init__(self, item, peer):
        super().__init__()
        positions, latent = item["positions"], item["latent"]
        self.targets, self.form = item["targets"], peer
        self.x = self.add("x", (positions, item["draws"], latent))
        self.mean = self.add("mean", (positions, latent), gradient=False)
        self.log_std = self.add("log-std", (positions, latent), gradient=False)
        self.noise = None
        if item["noise"] == "given":
            self.noise = self.add("noise", (positions, self.targets, latent), gradient=False)

    def forward(self):
        return energy.score(self.x, self.mean, self.log_std, self.targets, self.noise, self.form)

    def check(self):
        if self.noise is None:
            return  # every side draws its own noise
        yield from super().check()


class AdamW:
    """Clipping to norm 1 and AdamW over separate tensors; peer: loop, or foreach for torch's fused form."""

    def __init__(self, item, peer):
        shapes = list(enumerate(item["shapes"]))
        self.parameters = [torch.nn.Parameter(torch.from_numpy(data.parameter(str(i), s))) for i, s in shapes]
        for (i, shape), parameter in zip(shapes, self.parameters):
            parameter.grad = torch.from_numpy(data.floats(f"gradient {i}", shape))
        self.optimizer = adamw(self.parameters, foreach=peer == "foreach")

    def prepare(self):
        """Nothing: the gradients stay, clipped once and then of norm 1."""

    def run(self):
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        return norm

    def check(self):
        yield data.number("gradient norm", self.run())
        for i, parameter in enumerate(self.parameters):
            yield data.result(str(i), parameter.detach())


def adamw(parameters, foreach=True):
    """AdamW as the published recipe has it: no decay for norms and biases."""
    parameters = list(parameters)
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=1e-3, betas=(0.9, 0.95), eps=1e-8, foreach=foreach)


def rms_norm(x, weight):
    """weight * x / sqrt(mean of x^2 + epsilon)."""
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON))


def rope_angles(positions, head, theta=10000.0):
    """Cosine and sine of the angles, [positions, head]; made in double."""
    k = torch.arange(0, head, 2, dtype=torch.float64)
    angle = torch.arange(positions, dtype=torch.float64)[:, None] * theta ** (-k / head)
    angle = torch.cat([angle, angle], dim=-1)
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    """Turns component k with k + D / 2."""
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-high, low], dim=-1) * sin


def causal_mask(positions):
    """0 where a query may look, -inf elsewhere, [T, T]."""
    return torch.full((positions, positions), float("-inf")).triu(1)


def attend(q, k, v, mask=None):
    """Softmax attention of [B, H, T, D]."""
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    return scores.softmax(-1) @ v


KINDS = {
    "gemm": Gemm, "rmsnorm": RmsNorm, "layernorm": LayerNorm, "swiglu": SwiGlu, "rope": Rope, "cross-entropy": CrossEntropy,
    "attention": Attention, "energy": Energy, "adamw": AdamW,
}
