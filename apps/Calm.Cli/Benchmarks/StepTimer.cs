using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Whole training steps of a CALM model on random tokens: forward, backward, clipping and AdamW.</summary>
internal sealed class StepTimer : IDisposable
{
    /// <summary>Steps until memory has grown to its final size: see <see cref="Arena"/>.</summary>
    public const int UnsteadySteps = 3;

    private readonly RunConfig _config;
    private readonly Device _device;
    private readonly SyntheticSteps _steps;

    /// <summary>Prepares a preset on a device.</summary>
    public StepTimer(string preset, Device device)
        : this(Presets.Get(preset), device)
    {
    }

    /// <summary>Prepares models of any size on a device.</summary>
    public StepTimer(RunConfig config, Device device)
    {
        (_config, _device) = (config, device);
        device.GiveBackWorkspaces(); // of what was measured before: a step is to take what a training takes
        _steps = new SyntheticSteps(Stage.Calm, config, device);
        _steps.Initialize();
    }

    /// <summary>Tokens that a step predicts.</summary>
    public long TokensPerStep =>
        (long)_config.CalmTraining.BatchSize * (_config.CalmTraining.ContextPatches - 1) * _config.Calm.PatchSize;

    /// <summary>Sequences of a step.</summary>
    public int Sequences => _config.CalmTraining.BatchSize;

    /// <summary>Bytes that the tape holds for a step.</summary>
    public long TapeBytes => _steps.TapeBytes;

    /// <summary>All weights as they are now.</summary>
    public float[] Weights() => _steps.Weights();

    /// <summary>Takes the first steps anew and returns losses, gradients and weights, to the bit.</summary>
    public IReadOnlyList<int[]> Results()
    {
        const int steps = 2; // the second has moments that are not zero
        _steps.Restart();
        double[] losses = [.. Enumerable.Range(0, steps).Select(_ => Step())];
        return [Words<double>(losses), Words<float>(_steps.Gradients()), Words<float>(_steps.Weights())];
    }

    /// <summary>Takes one step and returns its loss.</summary>
    /// <exception cref="OutOfDeviceMemoryException">It does not fit; the message has a batch that does.</exception>
    public double Step()
    {
        try
        {
            return _steps.Step();
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw failure.With(MemoryAdvice.ForBatch(Stage.Calm, _config, _device));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _steps.Dispose();

    private static int[] Words<T>(ReadOnlySpan<T> numbers) where T : struct =>
        MemoryMarshal.Cast<T, int>(numbers).ToArray();
}
