using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>That verification sees an op that writes outside, leaves out, reads too early or varies: on the host.</summary>
public sealed unsafe class GuardBandTests
{
    private const int Count = 5;

    [Theory]
    [InlineData(Count, "1 elements written behind the end of Planted [5], the nearest 1 away")]
    [InlineData(Count + 900, "1 elements written behind the end of Planted [5], the nearest 901 away")]
    [InlineData(-1, "1 elements written before the start of Planted [5], the nearest 1 away")]
    public void A_write_outside_is_named(int at, string expected)
    {
        CaseResult failure = OnlyFailure((host, y) =>
        {
            Fill(y, Count);
            y.Pointer[at] = 1;
        }, guardedOnly: true);
        Assert.Equal(CaseCheck.Bounds, failure.Check);
        Assert.Equal($"Planted [5] {expected}", failure.Name);
    }

    [Fact]
    public void A_write_outside_the_workspace_is_named()
    {
        CaseResult failure = OnlyFailure((host, y) =>
        {
            Fill(y, Count);
            host.Workspace(10)[10] = 0;
        }, guardedOnly: true);
        Assert.Contains("behind the end of workspace [10]", failure.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void An_element_that_is_not_written_is_no_number()
    {
        IReadOnlyList<CaseResult> results = Check((_, y) => Fill(y, Count - 1), guardedOnly: false);
        Assert.Contains(results, r => r.Check == CaseCheck.Difference && double.IsNaN(r.Error) && !r.Passed);
    }

    [Fact]
    public void A_workspace_that_is_read_before_it_is_written_is_no_number()
    {
        IReadOnlyList<CaseResult> results = Check((host, y) =>
        {
            Fill(y, Count);
            y.Pointer[2] += 0 * host.Workspace(10)[3];
        }, guardedOnly: false);
        Assert.Contains(results, r => r.Check == CaseCheck.Difference && double.IsNaN(r.Error));
    }

    [Fact]
    public void Other_bits_in_a_second_run_are_seen()
    {
        int runs = 0;
        CaseResult failure = OnlyFailure((_, y) =>
        {
            Fill(y, Count);
            y.Pointer[1] = MathF.BitIncrement(1) - (runs++ == 0 ? 0 : 1e-7f);
        }, guardedOnly: false);
        Assert.Equal((CaseCheck.Repeat, "Planted [5] output 0 repeats"), (failure.Check, failure.Name));
    }

    [Fact]
    public void Only_guarded_tapes_have_bands()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        tape.Rent(new Shape(64), "a").Clear();
        Assert.Empty(tape.Overruns());
        Assert.Equal(256, tape.Ledger.Used);
    }

    internal static CaseResult OnlyFailure(Action<HostDevice, Tensor> op, bool guardedOnly) =>
        Assert.Single(Check(op, guardedOnly), result => !result.Passed);

    /// <summary>Checks an op that should return ones.</summary>
    /// <param name="op">The op: writes its only output.</param>
    /// <param name="guardedOnly">Whether the second run, which has no bands, is to be a sound op's.</param>
    private static IReadOnlyList<CaseResult> Check(Action<HostDevice, Tensor> op, bool guardedOnly)
    {
        using HostDevice host = new(1);
        int runs = 0;
        return CaseRunner.Check(PlantedCase(y =>
        {
            if (guardedOnly && runs++ > 0)
            {
                Fill(y, Count);
            }
            else
            {
                op(host, y);
            }
        }), host);
    }

    /// <summary>A case that wants ones of an op that is given.</summary>
    internal static OpCase PlantedCase(Action<Tensor> op) => new()
    {
        Op = "Planted",
        Label = $"[{Count}]",
        Inputs = [new CaseData(1).Normal("x", new Shape(Count))],
        Run = (tape, _) =>
        {
            Tensor y = tape.Rent(new Shape(Count), "Planted");
            op(y);
            return [y];
        },
        Reference = _ => [[1, 1, 1, 1, 1]],
        Differentiable = false,
        Reason = "Ones are exact.",
    };

    private static void Fill(Tensor y, int count) => y.Span[..count].Fill(1);
}
