using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>The norm of all gradients, clipping to 1 and a step of AdamW over matrices of some shapes.</summary>
internal sealed class AdamWItem : IPeerItem, IPeerCheck
{
    private const double LearningRate = 1e-3;

    private readonly Tape _tape;
    private readonly ParameterSet _parameters = new();
    private readonly AdamWOptimizer _optimizer;

    /// <summary>Matrices of these sizes.</summary>
    public AdamWItem(HostDevice host, IReadOnlyList<(int Rows, int Columns)> shapes)
    {
        _tape = new Tape(host);
        foreach ((int rows, int columns) in shapes)
        {
            _parameters.Add($"{_parameters.Parameters.Count}", new Shape(rows, columns), Initialization.Zeros);
        }

        _parameters.Allocate(host, trainable: true);
        HashedData.Fill(_parameters);
        foreach (Parameter parameter in _parameters.Parameters)
        {
            // A gradient reaches it as in a step back.
            GradientTarget target = _tape.TargetFor(parameter.Value);
            target.Tensor.CopyFrom(HashedData.Floats($"gradient {parameter.Parts[0].Name}", parameter.Shape.Count));
        }

        _optimizer = new AdamWOptimizer(host, _parameters, new AdamW.Options());
    }

    /// <inheritdoc/>
    public void Prepare() => _tape.Reset();

    /// <inheritdoc/>
    public void Run() => _optimizer.Step(LearningRate, _optimizer.GradientNorm(_tape), 1);

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        yield return PeerResult.Of("gradient norm", _optimizer.GradientNorm(_tape));
        Run();
        foreach (Parameter parameter in _parameters.Parameters)
        {
            yield return PeerResult.Of(parameter.Parts[0].Name, parameter.Value.ToArray());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();
}
