using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>The cases at the sizes of a model: right where they can be compared, and left out of verification.</summary>
public sealed class CaseSizesTests
{
    private static readonly CaseSizes Tiny = new()
    {
        Sequences = 2, Positions = 9, Hidden = 16, Intermediate = 24, QueryHeads = 2, KeyValueHeads = 1, PatchSize = 3,
        Vocabulary = 40, DecoderHidden = 12, Latent = 8, Noise = 4, Draws = 16, HeadPositions = 64,
        Targets = 5,
    };

    public static TheoryData<string> Ops => [.. OpCases.FindAt(typeof(OpCases).Assembly, Tiny).Select(c => c.Op)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void A_case_of_a_model_is_a_case_like_others(string op)
    {
        using HostDevice host = new(2);
        OpCase c = Assert.Single(OpCases.FindAt(typeof(OpCases).Assembly, Tiny), c => c.Op == op);
        Assert.NotNull(c.Forward);
        Assert.True(c.Forward.Value.Bytes > 0);
        Assert.All(CaseRunner.Check(c, host), result => Assert.True(result.Passed, $"{result.Name}: {result.Error}"));
    }

    [Fact]
    public void Verification_does_not_run_them()
    {
        CaseSizes large = Tiny with { Positions = 5000 };
        HashSet<string> verified = [.. OpCases.Find().Select(c => c.Name)];
        Assert.DoesNotContain(OpCases.FindAt(typeof(OpCases).Assembly, large), c => verified.Contains(c.Name));
    }
}
