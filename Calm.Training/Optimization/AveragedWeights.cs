using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// An exponential moving average of a parameter set's weights, taken after each update. It begins as a copy of the weights, and
/// the decay of update t is at most (1 + t) / (10 + t), so that a run's first weights do not stay in it for long.
/// </summary>
internal sealed class AveragedWeights
{
    private const int MostAtOnce = 1 << 18; // floats that change places together

    private readonly ParameterSet _parameters;
    private readonly double _decay;
    private readonly Tensor _average;
    private readonly Tensor _aside;

    /// <summary>Takes memory for the average, which is undefined until <see cref="Reset"/>.</summary>
    /// <exception cref="OutOfDeviceMemoryException">It does not fit.</exception>
    public AveragedWeights(Device device, ParameterSet parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        _average = device.Persistent.Rent(parameters.Values!.Shape, "average");
        _aside = device.Persistent.Rent(new Shape((int)Math.Min(MostAtOnce, _average.Count)), "average");
    }

    /// <summary>Makes the average a copy of the weights.</summary>
    public void Reset() => _average.Device.Copy(_parameters.Values!, _average);

    /// <summary>Takes the weights of an update into the average.</summary>
    /// <param name="tape">The tape of the step.</param>
    /// <param name="update">The number of the update, from 1.</param>
    public void Update(Tape tape, int update) =>
        MovingAverage.Step(tape, _average, _parameters.Values!, Math.Min(_decay, (1.0 + update) / (10.0 + update)));

    /// <summary>Puts the average in the place of the weights. They are back, to the bit, once the result is disposed.</summary>
    public IDisposable InPlace()
    {
        ChangePlaces();
        return new Exchange(this);
    }

    // Piece by piece, since a copy of all weights may not fit.
    private void ChangePlaces()
    {
        Tensor values = _parameters.Values!;
        for (long start = 0; start < values.Count; start += _aside.Count)
        {
            Shape piece = new((int)Math.Min(_aside.Count, values.Count - start));
            Tensor aside = _aside.Slice(0, piece);
            Tensor weights = values.Slice(start, piece);
            Tensor average = _average.Slice(start, piece);
            values.Device.Copy(weights, aside);
            values.Device.Copy(average, weights);
            values.Device.Copy(aside, average);
        }
    }

    private sealed class Exchange(AveragedWeights weights) : IDisposable
    {
        public void Dispose() => weights.ChangePlaces();
    }
}
