"""The programs that take turns: ours, and PyTorch under each setting."""
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

# The OpenBLAS of Debian does not know the newest processors and takes older kernels; its threads spin unless told not to.
SETTINGS = {
    "sky": {"OPENBLAS_CORETYPE": "SkylakeX", "OMP_WAIT_POLICY": "PASSIVE"},
    "default": {},
}


# What a machine's administrator may have set is not "as installed".
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_WAIT_POLICY")


LIBTORCH = "libtorch 2.10"


class SideError(Exception):
    """A side ended or failed; the message says which and how."""


class Side:
    """A running program that answers requests."""

    def __init__(self, name, command, environment=None):
        self.name = name
        inherited = {key: value for key, value in os.environ.items() if key not in UNSET}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**inherited, **(environment or {})})

    def ask(self, **request):
        """The answer to a request."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SideError(f"{self.name}: ended with {self.process.wait()} at {json.dumps(request)[:120]}")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def ours(program, threads):
    """Our side."""
    return Side("Calm", ["dotnet", program, "peer", str(threads)])


def theirs(setting, threads, program):
    """PyTorch under a setting, or the newer libtorch, whose ops our program calls."""
    if setting == LIBTORCH:
        script = str(HERE.parent / "libtorch.sh")
        return Side(LIBTORCH, [script, "--program", program, "peer", str(threads), "libtorch"])
    limits = {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    return Side(f"PyTorch ({setting})", [sys.executable, str(HERE / "serve.py")], {**limits, **SETTINGS[setting]})
