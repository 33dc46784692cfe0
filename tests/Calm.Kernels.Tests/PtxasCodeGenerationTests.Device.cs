using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Registers and memory of kernels according to NVIDIA's assembler, if present; no GPU is needed.</summary>
public sealed class PtxasCodeGenerationTests
{
    private const int MostRegisters = 255;
    private const int RegistersOfMultiprocessor = 65536;
    private const int MostSharedBytes = 48 << 10;

    private static readonly Lazy<IReadOnlyList<KernelReport>> Reports =
        new(() => KernelReport.Of(CodeGenerationTests.Ptx, Ptxas.Find(), ["sm_80", "sm_90"]));

    /// <summary>The kernels for GPUs; those for CPUs assemble too, but need not fit.</summary>
    private static IEnumerable<KernelReport> Tiled =>
        Reports.Value.Where(r => r is { Failure: null, Source.Family: KernelFamily.Tiled });

    [PtxasFact]
    public void Every_kernel_assembles() =>
        Assert.Equal([], Reports.Value.Where(r => r.Failure is not null).Select(r => $"{r.Source.Name}: {r.Failure}").Distinct());

    [PtxasFact]
    public void Kernels_of_GPUs_keep_to_registers() =>
        Assert.Equal([], Offenders(r => r.Resources is { StackBytes: > 0 } or { SpillBytes: > 0 }));

    [PtxasFact]
    public void Kernels_of_GPUs_fit_a_multiprocessor() =>
        Assert.Equal([], Offenders(r =>
            r.Resources!.Registers is not (> 0 and <= MostRegisters)
            || r.Resources.Registers * r.Source.GroupSize > RegistersOfMultiprocessor
            || r.Resources.SharedBytes > MostSharedBytes));

    /// <summary>
    /// Instructions of a turn of the loop that feeds the tensor cores. What is beyond the products and their loads costs them
    /// time: docs/kernels.md has the history.
    /// </summary>
    [PtxasTheory]
    [InlineData("TensorGemm.TensorTilesKernel<FourWarps, FloatTarget>", 64, 150)]
    [InlineData("TensorGemm.TensorTilesKernel<FourWarps, BFloat16Target>", 64, 150)]
    [InlineData("CausalAttention.ForwardTensorKernel<TensorHead64>", 64, 520)]
    [InlineData("CausalAttention.ForwardTensorKernel<TensorHead128>", 64, 460)]
    [InlineData("CausalAttention.BackwardQueryTensorKernel<TensorHead64>", 48, 280)]
    [InlineData("CausalAttention.BackwardKeyTensorKernel<TensorHead64>", 64, 356)] // see the next test
    public void Loops_of_tensor_cores_keep_to_their_budget(string kernel, int products, int budget)
    {
        KernelSource source = CodeGenerationTests.Ptx.First(s => s.Name == kernel);
        SassLoop loop = Ptxas.Find()!.Loops(source.Text, "sm_90").First(l => l.Count("HMMA") > 0);
        Assert.Equal(products, loop.Count("HMMA"));
        Assert.Equal(0, loop.Count("I2F"));
        Assert.InRange(loop.Instructions.Count, products, budget);
    }

    /// <summary>A multiprocessor holds three groups of the kernels that most of a step's time goes to.</summary>
    [PtxasTheory]
    [InlineData("TensorGemm.TensorTilesKernel<FourWarps, BFloat16Target>")]
    [InlineData("CausalAttention.ForwardTensorKernel<TensorHead64>")]
    [InlineData("CausalAttention.BackwardQueryTensorKernel<TensorHead64>")]
    [InlineData("CausalAttention.BackwardKeyTensorKernel<TensorHead64>")]
    public void Three_groups_of_tensor_cores_fit_a_multiprocessor(string kernel) =>
        Assert.All(Tiled.Where(r => r.Source.Name == kernel), r => Assert.InRange(r.Resources!.Registers ?? 0, 1, 168));

    private static IEnumerable<string> Offenders(Func<KernelReport, bool> offends) =>
        Tiled.Where(offends)
            .Select(r => $"{r.Source.Name} for {r.Target}, groups of {r.Source.GroupSize}: {r.Resources}").Distinct();
}
