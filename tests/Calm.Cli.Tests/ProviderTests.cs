using Calm.Kernels;
using Calm.Runtime;
using Xunit.Abstractions;

namespace Calm.Cli.Tests;

/// <summary>Other libraries' ops beside ours: as many of them as are on this machine.</summary>
public sealed class ProviderTests(ITestOutputHelper log)
{
    /// <summary>The host, and devices on which other libraries run, too.</summary>
    public static TheoryData<string> Devices => [.. TestDevices.Names.Where(name => name != "emulated").Prepend("host")];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Every_op_that_a_library_has_gives_our_results(string deviceName)
    {
        using Device device = DeviceList.Open(deviceName);
        using HostDevice host = new(threads: 2);
        foreach (string name in OpProviders.Find().Select(provider => provider.Name))
        {
            try
            {
                using IOpProvider provider = OpProviders.Open([name], device)[0];
                log.WriteLine($"{name}: {provider.Description}");
                Compare(provider, host);
            }
            catch (UsageException reason)
            {
                log.WriteLine($"skipped: {reason.Message}");
            }
        }
    }

    [Fact]
    public void An_unknown_name_is_refused_with_all_names()
    {
        using HostDevice device = new(threads: 1);
        UsageException refusal = Assert.Throws<UsageException>(() => OpProviders.Open(["mkl"], device));
        Assert.StartsWith(
            "--providers mkl: must be one of calm, openblas, clblast, cublas", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clblast", "choose one, such as --device opencl:0.")]
    [InlineData("cublas", "choose one, such as --device cuda:0.")]
    public void A_library_for_another_device_is_refused_with_the_remedy(string name, string remedy)
    {
        using HostDevice device = new(threads: 1);
        UsageException refusal = Assert.Throws<UsageException>(() => OpProviders.Open([name], device));
        Assert.StartsWith($"--providers {name}: ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(remedy, refusal.Message, StringComparison.Ordinal);
    }

    private void Compare(IOpProvider provider, HostDevice host)
    {
        List<CaseResult> wrong = [];
        Dictionary<string, int> compared = [];
        bool isOwn = provider.GetType().Assembly == typeof(OpProviders).Assembly; // which has products alone
        foreach (OpCase c in OpCases.Find().Where(c => !isOwn || ProductOp<float[]>.IsProduct(c)))
        {
            CaseRun ours = CaseRunner.Run(c, host);
            using IProvidedOp? theirs = provider.Prepare(c, ProvidedCheck.Operands(c, ours));
            if (theirs is not null)
            {
                compared[c.Op] = compared.GetValueOrDefault(c.Op) + 1;
                for (int run = 0; run < 2; run++) // the second as the first
                {
                    wrong.AddRange(ProvidedCheck.Results(c, ours, theirs).Where(result => !result.Passed));
                }
            }
        }

        log.WriteLine(string.Join(", ", compared.Select(op => $"{op.Key} {op.Value}")));
        Assert.Contains("Linear", compared.Keys);
        string differing = string.Join('\n', wrong.Select(at => $"{at.Name}: {at.Error:g3}, limit {at.Limit:g3}, {at.Worst}"));
        Assert.True(differing.Length == 0, $"{provider.Name}:\n{differing}");
    }
}
