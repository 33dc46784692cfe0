using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Parts that threads run on tapes of their own make what the whole makes, and are counted as its work.</summary>
public sealed class SideBySideTests
{
    private const int Items = 29;
    private const int Width = 40;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(4, 8, 3)]
    [InlineData(2, 20, 1)]
    public void Parts_have_the_bits_of_the_whole(int threads, int fewest, int parts)
    {
        using HostDevice host = new(threads);
        using Tape tape = new(host, recording: false) { PackedWeights = new PackedWeightCache(host.Persistent, 1 << 20) };
        using SideBySide sideBySide = new(tape);
        Tensor weight = host.Persistent.Rent(new Shape(Width, Width), "test");
        Fill(weight, 1);
        float[] whole = Rows(tape, weight, 0, Items);
        for (int turn = 0; turn < 3; turn++)
        {
            float[] found = new float[Items * Width];
            int seen = 0;
            double before = host.Work.Products;
            sideBySide.Run(Items, fewest, (part, start, end) =>
            {
                Interlocked.Increment(ref seen);
                Rows(part, weight, start, end).CopyTo(found, start * Width);
            });
            Assert.Equal(parts, seen);
            Assert.Equal(whole, found);
            Assert.Equal(2.0 * Items * Width * Width, host.Work.Products - before);
        }
    }

    [Fact]
    public void A_failure_in_a_part_reaches_the_caller()
    {
        using HostDevice host = new(2);
        using Tape tape = new(host, recording: false);
        using SideBySide sideBySide = new(tape);
        Assert.Throws<InvalidOperationException>(() =>
            sideBySide.Run(2, 1, (_, start, _) =>
            {
                if (start == 1)
                {
                    throw new InvalidOperationException();
                }
            }));
    }

    private static float[] Rows(Tape tape, Tensor weight, int start, int end)
    {
        Tensor x = tape.Rent(new Shape(end - start, Width), "test");
        Fill(x, (ulong)(start * Width));
        return Linear.Apply(tape, x, weight).ToArray();
    }

    private static void Fill(Tensor target, ulong first)
    {
        RandomStream random = new(1, 0, 1);
        for (int i = 0; i < target.Count; i++)
        {
            target.Span[i] = random.Uniform(first + (ulong)i) - 0.5f;
        }
    }
}
