using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Calm.Bench;

if (args is [PeerCommand.Name, .. string[] peerArguments])
{
    return PeerCommand.Run(peerArguments);
}

if (args is [ScalingCommand.Name, .. string[] scalingArguments])
{
    return ScalingCommand.Run(scalingArguments);
}

if (args is [StepCommand.Name, .. string[] stepArguments])
{
    return StepCommand.Run(stepArguments);
}

if (args is [TrustCommand.Name, .. string[] trustArguments])
{
    return TrustCommand.Run(trustArguments);
}

// The loops that are timed are compiled at full optimisation on their first call and the host's threads live as long as the
// device: nothing is gained by a process for each benchmark, and building one would depend on where this build puts its files.
const int WidestName = 80;
IConfig config = DefaultConfig.Instance.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(WidestName));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"], config);
return 0;
