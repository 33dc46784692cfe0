using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Runs a case repeatedly, forward or backward, on the same inputs.</summary>
internal sealed class CaseTimer : IDisposable
{
    private readonly OpCase _case;
    private readonly Tape _inputTape;
    private readonly Tape _tape;
    private readonly Tensor[] _inputs;
    private Tensor[] _outputs = [];

    /// <summary>Prepares a case on a device.</summary>
    /// <param name="c">The case.</param>
    /// <param name="device">The device.</param>
    /// <param name="cotangents">The gradients given to its outputs; null to draw them.</param>
    public CaseTimer(OpCase c, Device device, float[][]? cotangents = null)
    {
        _case = c;
        _inputTape = new Tape(device);
        _tape = new Tape(device, recording: c.Differentiable);
        _inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(_inputTape, input))];
        Forward();
        CaseData data = new(5);
        Cotangents =
            cotangents ?? [.. _outputs.Select(y => data.Normal("cotangent", y.Shape).Values.Select(v => (float)v).ToArray())];
        _tape.Reset();
    }

    /// <summary>The gradients given to the outputs.</summary>
    public float[][] Cotangents { get; }

    /// <summary>
    /// The case's cost forward; null if it has none. Cases count floats, of which values in bfloat16 take half the bytes.
    /// </summary>
    public Cost? ForwardCost => _case.Forward is { } cost ? Without(cost, [.. _inputs, .. _outputs]) : null;

    /// <summary>The case's cost backward, which reads the inputs and no output; null for none.</summary>
    public Cost? BackwardCost => _case.Backward is { } cost ? Without(cost, _inputs) : null;

    /// <summary>Bytes of the data that forward works on: less than it moves where it changes its inputs.</summary>
    public double ForwardData => Math.Min(
        ForwardCost?.Bytes ?? double.MaxValue,
        _inputs.Concat(_outputs).Distinct().Sum(tensor => (double)tensor.ByteCount));

    /// <summary>Resets the tape.</summary>
    public void Reset()
    {
        _tape.Reset();
        foreach (Tensor input in _inputs)
        {
            input.ForgetGradient();
        }
    }

    /// <summary>Runs forward, recording if the op has a gradient.</summary>
    public void Forward() => _outputs = _case.Run(_tape, _inputs);

    /// <summary>Runs forward and prepares for backward.</summary>
    public void PrepareBackward()
    {
        Reset();
        Forward();
        for (int i = 0; i < _outputs.Length; i++)
        {
            _outputs[i].SetGradient(_tape.From(Cotangents[i], _outputs[i].Shape));
        }
    }

    /// <summary>Runs backward.</summary>
    public void Backward() => _tape.Backward();

    private static Cost Without(Cost cost, Tensor[] tensors) =>
        cost with { Bytes = cost.Bytes - tensors.Sum(tensor => tensor.Count * Tensor.ElementSize - tensor.ByteCount) };

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _inputTape.Dispose();
    }
}
