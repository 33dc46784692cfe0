using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>A device that gives its memory in small pieces trains to the same bits as one that gives it whole.</summary>
public sealed class BlockTests
{
    private const long SmallBlock = 1 << 20;

    [Fact]
    public void Training_in_small_blocks_gives_the_same_weights()
    {
        (byte[] autoencoder, byte[] calm, long largest) whole = Train(long.MaxValue);
        (byte[] autoencoder, byte[] calm, long largest) pieces = Train(SmallBlock);
        Assert.True(whole.largest > SmallBlock, "A step fits into one small block, and the test says nothing.");
        Assert.InRange(pieces.largest, 1, SmallBlock);
        Assert.Equal(whole.autoencoder, pieces.autoencoder);
        Assert.Equal(whole.calm, pieces.calm);
    }

    /// <summary>Weights of both stages, and the largest block that a step had.</summary>
    private static (byte[] Autoencoder, byte[] Calm, long Largest) Train(long block)
    {
        using HostDevice host = new(2) { LargestBlock = block };
        LargestStep progress = new(host);
        using TinyRuns runs = new(host, steps: 4, progress);
        return (Weights(runs["autoencoder"]), Weights(runs["calm"]), progress.Largest);
    }

    private static byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(run, "model.safetensors"));

    private sealed class LargestStep(Device device) : IProgress<TrainingProgress>
    {
        public long Largest { get; private set; }

        public void Report(TrainingProgress value) =>
            Largest = Math.Max(Largest, device.Arenas.Where(arena => arena.Name == "step").Max(arena => arena.LargestBlock));
    }
}
