using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Tests of the choice among candidates beyond its cases: limits and messages.</summary>
public sealed class CandidateChoiceTests
{
    /// <summary>C(200, 8) * 8 is 4.4e14 and C(200, 9) * 9 is 1.05e16, on either side of 2^53 = 9.0e15.</summary>
    [Theory]
    [InlineData(200, 8, true)]
    [InlineData(200, 9, false)]
    [InlineData(1024, 5, true)]
    [InlineData(1024, 6, false)]
    [InlineData(8, 100, true)] // never more than all agree
    public void Weights_must_be_exact(int candidates, int agreement, bool isSupported) =>
        Assert.Equal(isSupported, CandidateChoice.Supports(candidates, agreement));

    /// <summary>The law itself takes any agreement.</summary>
    [Fact]
    public void The_host_form_has_no_limit()
    {
        int[] pool = [.. Enumerable.Repeat(7, 100), .. Enumerable.Repeat(8, 100)];
        Assert.Equal(0, CandidateChoice.Choose(pool, 1, 50, 0.499));
        Assert.Equal(100, CandidateChoice.Choose(pool, 1, 50, 0.501));
    }

    [Fact]
    public void Messages_name_what_does_not_fit()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor ids = tape.Rent(new Shape(2, 200, 4), "test", ElementType.Int32);
        Tensor u = tape.Rent(new Shape(2), "test");
        AssertMessage("u has 3 elements, expected 2", () =>
            CandidateChoice.Apply(tape, ids, tape.Rent(new Shape(3), "test"), 2));
        AssertMessage("agreement is 0, expected at least 1", () => CandidateChoice.Apply(tape, ids, u, 0));
        AssertMessage("agreement among 200 candidates is 9", () => CandidateChoice.Apply(tape, ids, u, 9));
        AssertMessage("number of axes of ids is 1, expected 3", () => CandidateChoice.Apply(tape, u, u, 2));
    }

    private static void AssertMessage(string part, Action action) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(action).Message);
}
