using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Edges of the vocabulary ops: bad ids, ignored rows, NaN, ties, inference.</summary>
public sealed class SoftmaxTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(-99)]
    public void A_target_outside_the_vocabulary_is_named(int target)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor logits = tape.From(new float[10], new Shape(2, 5));
        Tensor embedding = tape.From(new float[25], new Shape(5, 5));
        Tensor targets = tape.FromIntegers([-100, target], new Shape(2));
        string expected = $"target {target} of row 1 is outside [0, 5); -100 ignores a row.";
        Assert.Equal(
            $"CrossEntropy: {expected}",
            Assert.Throws<ArgumentException>(() => CrossEntropy.Apply(tape, logits, targets)).Message);
        Assert.Equal(
            $"VocabularyCrossEntropy: {expected}",
            Assert.Throws<ArgumentException>(
                () => VocabularyCrossEntropy.Apply(tape, logits, embedding, targets)).Message);
    }

    [Fact]
    public void Targets_must_be_integers()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor logits = tape.From(new float[10], new Shape(2, 5));
        Assert.Equal(
            "CrossEntropy: targets holds Float32, expected Int32.",
            Assert.Throws<ArgumentException>(
                () => CrossEntropy.Apply(tape, logits, tape.From(new float[2], new Shape(2)))).Message);
    }

    [Fact]
    public void A_NaN_reaches_the_loss_unless_its_row_is_ignored()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor logits = tape.From([1, 2, float.NaN, 4, 5, 6], new Shape(2, 3));
        Assert.True(float.IsNaN(CrossEntropy.Apply(tape, logits, tape.FromIntegers([0, 1], new Shape(2))).ToArray()[0]));
        Assert.True(float.IsFinite(CrossEntropy.Apply(tape, logits, tape.FromIntegers([-100, 1], new Shape(2))).ToArray()[0]));
    }

    [Fact]
    public void Without_recording_the_vocabulary_loss_is_the_same_and_keeps_no_gradient()
    {
        using HostDevice host = new(2);
        using Tape tape = new(host);
        OpCase c = OpCases.Find().First(c => c.Op == nameof(VocabularyCrossEntropy) && c.Label == "[33, 16] of 257");
        Tensor[] inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))];
        float recorded = c.Run(tape, inputs)[0].ToArray()[0];
        Assert.Single(tape.Nodes);
        tape.Recording = false;
        Assert.Equal(recorded, c.Run(tape, inputs)[0].ToArray()[0]);
        Assert.Single(tape.Nodes);
    }

    [Fact]
    public void ArgMax_passes_over_NaN_and_takes_the_first_of_equals()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor hidden = tape.From([1, float.NaN, float.NegativeInfinity, 2], new Shape(4, 1));
        Tensor embedding = tape.From([1, 3, float.NaN, 3, 2], new Shape(5, 1));
        Assert.Equal([1, 0, 0, 1], VocabularyArgMax.Apply(tape, hidden, embedding).ToIntegerArray());
    }
}
