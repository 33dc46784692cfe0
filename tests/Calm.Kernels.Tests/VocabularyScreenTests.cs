using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>A screened arg max has the ids of the one that computes all logits, whatever the numbers.</summary>
public sealed class VocabularyScreenTests
{
    private const int Vocabulary = 3000;

    [Theory]
    [InlineData(1, 1, 2048)]
    [InlineData(3, 2, 2049)]
    [InlineData(11, 33, 2079)]
    [InlineData(12, 5, 2080)]
    [InlineData(13, 128, 4096)]
    [InlineData(200, 64, 5000)]
    [InlineData(7, 256, 3000)]
    [InlineData(25, 513, 2049)]
    public void Random_rows(int rows, int width, int vocabulary) =>
        Compare(Uniform(1, rows * width), Uniform(2, vocabulary * width), width);

    /// <summary>The first of equal ids wins, and of nearly equal ones the greater, however many there are.</summary>
    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, 3000)]
    [InlineData(1e-7f, 3)]
    [InlineData(1e-7f, 50)]
    [InlineData(1e-4f, 20)]
    public void Ties_and_near_ties(float distance, int copies)
    {
        const int width = 48;
        float[] table = Uniform(3, Vocabulary * width);
        float[] noise = Uniform(4, table.Length);
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = table[i / width % (Vocabulary / copies) * width + i % width] * (1 + distance * noise[i]);
        }

        Compare(Uniform(5, 40 * width), table, width);
    }

    [Fact]
    public void Rows_that_cannot_be_rounded()
    {
        const int width = 16;
        float[] hidden = Uniform(6, 8 * width);
        hidden.AsSpan(0, width).Clear();
        hidden[width] = float.NaN;
        hidden[2 * width + 3] = float.PositiveInfinity;
        hidden.AsSpan(3 * width, width).Fill(float.NaN);
        hidden[4 * width] = 1e38f;
        hidden.AsSpan(5 * width, width).Fill(float.Epsilon);
        Compare(hidden, Uniform(7, Vocabulary * width), width);
    }

    [Fact]
    public void A_few_large_numbers_leave_little_of_the_others()
    {
        const int width = 64;
        float[] hidden = Uniform(8, 30 * width);
        float[] table = Uniform(9, Vocabulary * width);
        for (int i = 0; i < hidden.Length; i += 97)
        {
            hidden[i] *= 1e4f;
        }

        for (int i = 0; i < table.Length; i += 501)
        {
            table[i] *= 1e3f;
        }

        Compare(hidden, table, width);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e20f)]
    public void A_table_out_of_range_is_not_screened(float value)
    {
        using HostDevice host = new(1);
        using Arena arena = new(host, "test");
        Tensor table = arena.Rent(new Shape(Vocabulary, 2), "test");
        float[] values = Uniform(10, 2 * Vocabulary);
        values[2] = value;
        table.CopyFrom(values);
        Assert.Null(VocabularyScreen.Create(arena, table));
    }

    private static void Compare(float[] hidden, float[] table, int width)
    {
        using HostDevice host = new(2);
        using Arena arena = new(host, "test");
        using Tape tape = new(host, recording: false);
        Tensor x = tape.From(hidden, new Shape(hidden.Length / width, width));
        Tensor embedding = tape.From(table, new Shape(table.Length / width, width));
        VocabularyScreen? screen = VocabularyScreen.Create(arena, embedding);
        int[] all = VocabularyArgMax.Apply(tape, x, embedding).ToIntegerArray();
        Assert.Equal(all, VocabularyArgMax.Apply(tape, x, embedding, screen).ToIntegerArray());
    }

    private static float[] Uniform(ulong seed, int count)
    {
        RandomStream random = new(seed, 0, 0);
        return [.. Enumerable.Range(0, count).Select(i => (float)random.Uniform((ulong)i) - 0.5f)];
    }
}
