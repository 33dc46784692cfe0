using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class SequenceSamplerTests
{
    private const int Patch = 4;
    private const int Length = 12;

    [Fact]
    public void An_epoch_covers_every_window_once()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Corpus(folder, 1003);
        SequenceSampler sampler = new(file, Length, seed: 1);
        Assert.Equal(1004 / Length, sampler.Windows);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            int[] uses = new int[file.Tokens];
            for (long window = 0; window < sampler.Windows; window++)
            {
                long start = sampler.Start(epoch * sampler.Windows + window);
                Assert.Equal(0, start % Patch);
                for (int i = 0; i < Length; i++)
                {
                    uses[(start + i) % file.Tokens]++;
                }
            }

            // All but the remainder of the division.
            Assert.Equal(sampler.Windows * Length, uses.Count(use => use == 1));
            Assert.Equal(file.Tokens % Length, uses.Count(use => use == 0));
        }
    }

    [Fact]
    public void It_is_a_function_of_its_arguments()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Corpus(folder, 5000);
        SequenceSampler sampler = new(file, Length, seed: 1);
        long[] forward = [.. Enumerable.Range(0, 2000).Select(sequence => sampler.Start(sequence))];
        SequenceSampler resumed = new(file, Length, seed: 1);
        for (int sequence = forward.Length - 1; sequence >= 0; sequence--)
        {
            Assert.Equal(forward[sequence], resumed.Start(sequence));
        }

        SequenceSampler other = new(file, Length, seed: 2);
        Assert.NotEqual(forward, Enumerable.Range(0, 2000).Select(sequence => other.Start(sequence)));
    }

    [Fact]
    public void Epochs_differ_in_order_and_in_where_windows_start()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Corpus(folder, 5000);
        SequenceSampler sampler = new(file, Length, seed: 1);
        HashSet<long> phases = [.. Enumerable.Range(0, 20).Select(epoch => sampler.Start(epoch * sampler.Windows) % Length)];
        Assert.Equal(Length / Patch, phases.Count);
    }

    [Fact]
    public void Windows_hold_the_tokens_of_the_file()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Corpus(folder, 500);
        SequenceSampler sampler = new(file, Length, seed: 1);
        int[] window = new int[Length];
        int[] expected = new int[Length];
        for (int sequence = 0; sequence < 100; sequence++)
        {
            sampler.Read(sequence, window);
            file.Read(sampler.Start(sequence), expected);
            Assert.Equal(expected, window);
        }
    }

    [Fact]
    public void Text_of_one_sequence_is_enough_and_less_is_an_error_with_both_numbers()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Corpus(folder, Length - 1);
        Assert.Equal(1, new SequenceSampler(file, Length, 1).Windows);
        CalmException tooShort = Assert.Throws<CalmException>(() => new SequenceSampler(file, 2 * Length, 1));
        Assert.Contains("12 tokens are less than one sequence of 24", tooShort.Message, StringComparison.Ordinal);
        CalmException notAligned = Assert.Throws<CalmException>(() => new SequenceSampler(file, 6, 1));
        Assert.Contains("6 tokens is not a multiple of the patch size 4", notAligned.Message, StringComparison.Ordinal);
    }

    private static TokenFile Corpus(TemporaryFolder folder, int bytes)
    {
        string text = string.Concat(Enumerable.Range(0, bytes).Select(i => (char)('a' + i % 26)));
        return TokenFileTests.Write(folder, new ByteTokenizer(), Patch, text);
    }
}
