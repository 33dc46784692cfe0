using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The options for the device of a command.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "auto, host, cuda[:i], opencl[:i] or emulated; auto takes a GPU if there is one",
        DefaultValueFactory = _ => DeviceList.Auto,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads of the host; 0, the default, for one a core",
    };

    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "What matrix products and attention are computed from: float32, the default, or bf16 on tensor cores",
    };

    private readonly Option<string> _gemm = new("--gemm")
    {
        Description = "Whose float32 matrix products: own, or NVIDIA's cublas on a CUDA device, for comparison",
        DefaultValueFactory = _ => OwnGemm,
    };

    private const string OwnGemm = "own";
    private const string Cublas = "cublas";

    private readonly Option<int?> _memory = new("--memory")
    {
        Description = "Most MB of the device's memory to take; default: all that there is",
    };

    /// <summary>Adds the options to a command.</summary>
    public DeviceOptions(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
        _precision.TakeOneOf("float32", "bf16");
        command.Options.Add(_precision);
        _gemm.TakeOneOf(OwnGemm, Cublas);
        command.Options.Add(_gemm);
        command.Options.Add(_memory);
    }

    /// <summary>The precision that was asked for, if one was.</summary>
    public Precision? PrecisionOf(ParseResult parsed) => parsed.GetValue(_precision) switch
    {
        null => null,
        "bf16" => Precision.BFloat16,
        _ => Precision.Float32,
    };

    /// <summary>Opens the device that was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Receives the choice that auto makes.</param>
    /// <param name="profiling">Whether steps will be profiled.</param>
    public Device Open(ParseResult parsed, Terminal terminal, bool profiling = false)
    {
        int threads = parsed.GetValue(_threads);
        if (threads < 0)
        {
            throw new UsageException($"--threads {threads}: must be 0 or more.");
        }

        int? memory = parsed.GetValue(_memory);
        if (memory <= 0)
        {
            throw new UsageException($"--memory {memory}: must be above 0 MB.");
        }

        string name = parsed.GetValue(_device)!;
        Device device = OpenNamed(name, threads, profiling);
        if (threads > Environment.ProcessorCount)
        {
            terminal.Error.WriteLine(
                $"calm: --threads {threads}: this machine has {Readable.Count(Environment.ProcessorCount, "processor")}; more "
                + "threads than that wait for each other.");
        }

        device.MemoryLimit = memory * 1_000_000L ?? long.MaxValue;
        if (name == DeviceList.Auto)
        {
            terminal.Error.WriteLine($"device: {device.Name} ({device.Description})");
        }

        if (parsed.GetValue(_gemm) == Cublas)
        {
            CublasGemm.UseFor(device);
        }

        device.Precision = PrecisionOf(parsed) ?? Precision.Float32;
        if (device.Precision != Precision.Float32)
        {
            terminal.Error.WriteLine($"precision: {device.PrecisionText}");
        }

        return device;
    }

    private static Device OpenNamed(string name, int threads, bool profiling)
    {
        try
        {
            return DeviceList.Open(name, threads, profiling);
        }
        catch (CalmException failure)
        {
            throw new CalmException($"{failure.Message.TrimEnd('.')}; calm devices tells more.", failure);
        }
    }
}
