"""PyTorch's side of a GPU day: peer.py CONFIG.json [--device cuda] [--seconds 1] [--batch 4]. One line of JSON a figure.

CONFIG.json is what `calm train calm --preset calm-m --dry-run --json` prints. A figure that fails is a line with its error.
"""
import argparse
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from calm_step import Calm, energy_score


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=4)
    return parser.parse_args()


class Day:
    """Times actions and prints figures."""

    def __init__(self, chosen):
        self.device, self.seconds = chosen.device, chosen.seconds

    def wait(self):
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()

    def time(self, run, wanted=5):
        """Seconds of runs after one that does not count, at least as many as are wanted."""
        run()
        self.wait()
        times, start = [], time.perf_counter()
        while len(times) < wanted or time.perf_counter() - start < self.seconds:
            begin = time.perf_counter()
            run()
            self.wait()
            times.append(time.perf_counter() - begin)
        return times

    def say(self, name, times, **more):
        print(json.dumps({"name": name, "best": min(times), "median": statistics.median(times), **more}), flush=True)

    def attempt(self, name, action):
        try:
            action()
        except Exception as failure:  # noqa: BLE001: the others are still wanted
            print(json.dumps({"name": name, "error": f"{type(failure).__name__}: {failure}"[:300]}), flush=True)


def products(day, cube):
    """C = A B of square matrices in both precisions; float32 without TF32."""
    torch.backends.cuda.matmul.allow_tf32 = False
    for name, kind in (("float32", torch.float32), ("bf16", torch.bfloat16)):
        def run(kind=kind, name=name):
            a, b = (torch.randn(cube, cube, device=day.device, dtype=kind) for _ in range(2))
            times = day.time(lambda: torch.mm(a, b))
            day.say(f"product {name}", times, tflops=2 * cube**3 / min(times) / 1e12)
        day.attempt(f"product {name}", run)


def attention(day, c, batch, places):
    """Causal attention of a layer, forward and backward, by the library's fused form."""
    heads = c["num_attention_heads"]
    shape = (batch, heads, places, c["hidden_size"] // heads)
    for name, kind in (("float32", torch.float32), ("bf16", torch.bfloat16)):
        def run(kind=kind, name=name):
            q, k, v = (torch.randn(shape, device=day.device, dtype=kind, requires_grad=True) for _ in range(3))
            dy = torch.randn(shape, device=day.device, dtype=kind)
            forward = day.time(lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True))
            day.say(f"attention {name} forward", forward)
            both = day.time(lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True).backward(dy))
            day.say(f"attention {name} forward and backward", both)
        day.attempt(f"attention {name}", run)


def energy(day, c, rows):
    """The energy score with its gradient."""
    def run():
        draws = torch.randn(rows, c["num_samples"], c["latent_size"], device=day.device, requires_grad=True)
        mean, log_std = (torch.randn(rows, c["latent_size"], device=day.device) for _ in range(2))
        day.say("energy score", day.time(lambda: energy_score(draws, mean, log_std, c["num_targets"]).backward()))
    day.attempt("energy score", run)


class Step:
    """Forward, backward, clipping and AdamW, in a precision, eager or compiled."""

    def __init__(self, day, config, batch, kind, compiled):
        c, training = config["calm"], config["calm_training"]
        torch.manual_seed(1)
        self.model = Calm(config).to(day.device)
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.loss = torch.compile(self.model) if compiled else self.model
        fused = {"fused": True} if day.device.startswith("cuda") else {}
        self.optimizer = torch.optim.AdamW(self.trained, lr=1e-3, betas=(0.9, 0.95), **fused)
        shape = (batch, training["context_patches"], c["patch_size"])
        self.ids = torch.randint(c["vocab_size"] - 300, shape, device=day.device)
        self.autocast = torch.autocast(day.device.split(":")[0], dtype=torch.bfloat16, enabled=kind == "bf16")

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast:
            loss = self.loss(self.ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        return loss.item()


def steps(day, config, batch):
    """Eager and compiled steps, in turns, in both precisions."""
    for kind in ("bf16", "float32"):
        if day.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
        made, times = {}, {}
        for form in ("eager", "compiled"):
            def make(form=form, kind=kind):
                step = Step(day, config, batch, kind, form == "compiled")
                step.run()  # compiles, which may fail
                made[form] = step
            day.attempt(f"step {kind} {form}", make)
            times[form] = []
        for _ in range(3):
            for form, step in made.items():
                day.attempt(f"step {kind} {form}", lambda: times[form].extend(day.time(step.run, wanted=2)))
        memory = torch.cuda.max_memory_allocated() / 1e6 if day.device.startswith("cuda") else None
        for form, measured in times.items():
            if measured:
                day.say(f"step {kind} {form}", measured, sequences=batch, memoryMbOfBoth=memory)


def main():
    chosen = options()
    with open(chosen.config, encoding="utf-8") as file:
        config = json.load(file)["config"]
    day = Day(chosen)
    gpu = torch.cuda.get_device_name() if chosen.device.startswith("cuda") else "CPU"
    print(json.dumps({"name": "torch", "version": torch.__version__, "cuda": torch.version.cuda, "device": gpu}), flush=True)
    places = config["calm_training"]["context_patches"]
    products(day, 4 * config["calm"]["hidden_size"])
    attention(day, config["calm"], chosen.batch, places)
    energy(day, config["calm"], chosen.batch * (places - 1))
    steps(day, config, chosen.batch)


if __name__ == "__main__":
    sys.exit(main())
