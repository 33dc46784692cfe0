using BenchmarkDotNet.Attributes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>
/// Every op that has a cost, forward and backward on the host, from the same cases as the tests. Choose with
/// <c>--filter '*EnergyScore*'</c>.
/// </summary>
[MemoryDiagnoser]
public class OpBenchmarks : IDisposable
{
    private HostDevice _host = null!;
    private CaseTimer _timer = null!;

    /// <summary>The largest timed case of each op.</summary>
    public static IEnumerable<string> Cases =>
        OpCases.Find().Where(c => c.Forward is not null).GroupBy(c => c.Op)
            .Select(group => group.MaxBy(c => c.Inputs.Sum(input => input.Shape.Count))!.Name);

    /// <summary>Op and sizes.</summary>
    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _host = new HostDevice();
        _timer = new CaseTimer(OpCases.Find().Single(c => c.Name == Case), _host);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _timer.Dispose();
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Forward()
    {
        _timer.Reset();
        _timer.Forward();
    }

    [Benchmark]
    public void ForwardAndBackward()
    {
        _timer.PrepareBackward();
        _timer.Backward();
    }
}
