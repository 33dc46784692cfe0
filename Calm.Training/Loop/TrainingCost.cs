using System.Diagnostics;
using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The cost of a run up to a step.</summary>
/// <param name="Tokens">Tokens learnt from since the run began.</param>
/// <param name="Work">Operations counted since the run began.</param>
/// <param name="FlopsPerSecond">Speed of the steps in this process; a multiply-add counts as two operations.</param>
/// <param name="PercentOfPeak">The speed in percent of the device's measured peak; null if the peak is unknown.</param>
public sealed record CostReading(long Tokens, Work Work, double FlopsPerSecond, double? PercentOfPeak);

/// <summary>Times a run's steps and counts their operations. Evaluations and checkpoints do not count.</summary>
/// <param name="device">The device that runs the steps.</param>
internal sealed class TrainingCost(Device device)
{
    private Work _workBefore;
    private long _startedAt;
    private Stretch _sinceLine;
    private Stretch _inProcess;
    private double _peak;

    /// <summary>Measures the device's peak of float32 multiply-adds; takes a few hundredths of a second.</summary>
    /// <remarks>Tensor cores have another peak, which is not measured: no percentage is given for them.</remarks>
    public void MeasurePeak()
    {
        if (device.Precision == Precision.Float32 || !device.HasTensorCores)
        {
            try
            {
                _peak = Peak.MultiplyAdds(device) * 1e9;
            }
            catch (OutOfDeviceMemoryException)
            {
                _peak = 0; // a run that just fits needs no yardstick
            }
        }
    }

    /// <summary>Marks the beginning of a step.</summary>
    public void Begin()
    {
        _workBefore = device.Work;
        _startedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Marks the end of the step.</summary>
    /// <returns>Its operations.</returns>
    public Work End()
    {
        double seconds = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        Work work = device.Work - _workBefore;
        _sinceLine = _sinceLine.With(work, seconds);
        _inProcess = _inProcess.With(work, seconds);
        return work;
    }

    /// <summary>The cost of the run.</summary>
    /// <param name="tokens">Tokens learnt from.</param>
    /// <param name="total">Operations since the run began, including earlier processes.</param>
    public CostReading Read(long tokens, Work total) => new(tokens, total, _inProcess.Rate, Percent(_inProcess.Rate));

    /// <summary>Adds the cost to a line of the log. The speed is measured since the previous line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="total">Operations since the run began.</param>
    public void AddTo(JsonObject line, Work total)
    {
        line["flops"] = total.MultiplyAdds;
        line["attentionFlops"] = total.Attention;
        line["otherFlops"] = total.Other;
        line["flopsPerSecond"] = _sinceLine.Rate;
        line["percentOfPeak"] = Percent(_sinceLine.Rate);
        _sinceLine = default;
    }

    private double? Percent(double rate) => _peak > 0 ? 100 * rate / _peak : null;

    /// <summary>Operations of multiply-adds, and their seconds.</summary>
    private readonly record struct Stretch(double Flops, double Seconds)
    {
        public double Rate => Seconds > 0 ? Flops / Seconds : 0;

        public Stretch With(Work work, double seconds) => new(Flops + work.MultiplyAdds, Seconds + seconds);
    }
}
