using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Every case of every op, on the host at every register width that this machine has.</summary>
public sealed class OpCaseTests
{
    public static TheoryData<string, InstructionSet> Ops()
    {
        TheoryData<string, InstructionSet> data = [];
        foreach (string op in OpCases.Find().Select(c => c.Op).Distinct())
        {
            foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))
            {
                data.Add(op, set);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Host_agrees_with_the_definition(string op, InstructionSet instructions)
    {
        using HostDevice host = new(2, instructions);
        IReadOnlyList<CaseResult> results = [.. OpCases.Find().Where(c => c.Op == op).SelectMany(c => CaseRunner.Check(c, host))];
        Assert.NotEmpty(results);
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    /// <summary>A loop of the host that does not round what is to be bfloat16 would have other results than devices.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(1.0001f, false)]
    public void Results_of_bfloat16_are_rounded(float value, bool passes)
    {
        OpCase c = new()
        {
            Op = "Fill",
            Label = "[3]",
            Inputs = [],
            Run = (tape, _) =>
            {
                Tensor y = tape.Rent(new Shape(3), "Fill", tape.ActivationType);
                y.Span.Fill(value);
                return [y];
            },
            Reference = _ => [[value, value, value]],
            RoundsOperands = true,
            Differentiable = false,
            Reason = "None.",
        };
        using HostDevice host = new(1) { Precision = Precision.BFloat16 };
        Assert.Equal(passes, CaseRunner.Check(c, host).All(result => result.Passed));
    }

    [Fact]
    public void Host_agrees_with_the_definition_in_bfloat16()
    {
        using HostDevice host = new(2) { Precision = Precision.BFloat16 };
        IReadOnlyList<OpCase> cases = [.. OpCases.Find().Where(c => c.RoundsOperands)];
        IReadOnlyList<CaseResult> results = [.. cases.SelectMany(c => CaseRunner.Check(c, host))];
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));

        // Rounding is what it does: the tolerances of float32 are too narrow for it.
        host.Precision = Precision.Float32;
        Assert.Contains(
            cases, c => c.Op == nameof(Linear) && CaseRunner.Check(c, host).Max(r => r.Error) * 100
                < results.Where(r => r.Name.StartsWith(c.Name, StringComparison.Ordinal)).Max(r => r.Error));
    }
}
