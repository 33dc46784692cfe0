using Calm.Runtime;

namespace Calm.Bench;

/// <summary>An operand of a <see cref="TapeItem"/>, filled with hashes of its name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Scale">Its greatest magnitude.</param>
/// <param name="Gradient">Whether its gradient is computed.</param>
/// <param name="Ids">If not 0, it holds ids below this.</param>
internal sealed record TapeInput(string Name, Shape Shape, float Scale = 1, bool Gradient = true, int Ids = 0);

/// <summary>An op, forward and backward, on a tape as in a model.</summary>
internal sealed class TapeItem : IPeerItem, IPeerCheck
{
    private readonly IReadOnlyList<TapeInput> _inputs;
    private readonly Func<Tape, Tensor[], Tensor> _op;
    private readonly Tape _inputTape;
    private readonly Tape _tape;
    private readonly Tensor[] _tensors;
    private readonly Shape _outputShape;
    private readonly float[] _cotangentValues;
    private Tensor? _cotangent;
    private Tensor? _output;

    /// <summary>An op on a device.</summary>
    public TapeItem(HostDevice host, IReadOnlyList<TapeInput> inputs, Func<Tape, Tensor[], Tensor> op)
    {
        _inputs = inputs;
        _op = op;
        _inputTape = new Tape(host);
        _tape = new Tape(host);
        _tensors = [.. inputs.Select(input => input.Ids > 0
            ? _inputTape.FromIntegers(HashedData.Integers(input.Name, input.Shape.Count, input.Ids), input.Shape)
            : _inputTape.From(HashedData.Floats(input.Name, input.Shape.Count, input.Scale), input.Shape))];
        for (int i = 0; i < _tensors.Length; i++)
        {
            _tensors[i].RequiresGradient = inputs[i] is { Gradient: true, Ids: 0 };
        }

        float[] given = _tensors[0].ToArray();
        _outputShape = op(_tape, _tensors).Shape;
        _tensors[0].CopyFrom(given); // an op may work in place
        _cotangentValues = HashedData.Floats("cotangent", _outputShape.Count);
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        _tape.Reset();
        foreach (Tensor tensor in _tensors)
        {
            tensor.ForgetGradient();
        }

        // A loss has none; else a new copy each time, since a step back may turn it into a gradient in place.
        _cotangent = _outputShape.Rank == 0 ? null : _tape.From(_cotangentValues, _outputShape);
    }

    /// <inheritdoc/>
    public void Run()
    {
        _output = _op(_tape, _tensors);
        if (_cotangent is null)
        {
            _tape.Backward(_output);
        }
        else
        {
            _output.SetGradient(_cotangent);
            _tape.Backward();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        Prepare();
        _output = _op(_tape, _tensors);
        yield return PeerResult.Of("output", _output.ToArray());
        if (_cotangent is not null)
        {
            _output.SetGradient(_cotangent);
            _tape.Backward();
        }
        else
        {
            _tape.Backward(_output);
        }

        for (int i = 0; i < _tensors.Length; i++)
        {
            if (_tensors[i].RequiresGradient)
            {
                yield return PeerResult.Of($"gradient of {_inputs[i].Name}", _tensors[i].Gradient!.ToArray());
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _inputTape.Dispose();
    }
}
