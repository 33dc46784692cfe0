using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
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

    private readonly Option<string> _threads = new("--threads")
    {
        Description = "Threads of the host; 0, the default, for one a core",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<string?> _precision = new("--precision", "--dtype")
    {
        Description = "What matrix products and attention are computed from: float32, the default, or bf16 on tensor cores",
    };

    private readonly Option<string> _gemm = new("--gemm")
    {
        Description = "Whose float32 matrix products: own, or NVIDIA's cublas on a CUDA device, for comparison",
        DefaultValueFactory = _ => OwnGemm,
    };

    private const string Float32 = "float32";
    private const string BFloat16 = "bf16";
    private const string OwnGemm = "own";
    private const string Cublas = "cublas";

    private readonly Option<int?> _memory = new("--memory")
    {
        Description = "Most MB of the device's memory to take; default: all that there is",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="takesLists">Whether threads and precisions may be lists: see <see cref="Count"/>.</param>
    public DeviceOptions(Command command, bool takesLists = false)
    {
        command.Options.Add(_device);
        _threads.Validators.Add(result => Check(result, takesLists, word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null
            : "must be a whole number, 0 or more"));
        command.Options.Add(_threads);
        string[] precisions = [Float32, BFloat16];
        _precision.CompletionSources.Add(precisions);
        _precision.Validators.Add(result => Check(result, takesLists, word => precisions.Contains(word) ? null
            : $"must be one of {string.Join(", ", precisions)}{Suggestion.For(word, precisions)}"));
        if (takesLists)
        {
            _threads.Description += "; 1,2 times the ops with one thread, then with two";
            _precision.Description += "; float32,bf16 times the ops in both";
        }

        command.Options.Add(_precision);
        _gemm.TakeOneOf(OwnGemm, Cublas);
        command.Options.Add(_gemm);
        command.Options.Add(_memory);
    }

    /// <summary>The precision that was asked for, if one was.</summary>
    public Precision? PrecisionOf(ParseResult parsed) => PrecisionOf(parsed, 0);

    /// <summary>Number of combinations of threads and precisions that were asked for: 1 without lists.</summary>
    public int Count(ParseResult parsed) => Threads(parsed).Length * Math.Max(1, Precisions(parsed).Length);

    /// <summary>Opens the device that was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Receives the choice that auto makes.</param>
    /// <param name="profiling">Whether steps will be profiled.</param>
    /// <param name="combination">The place of its threads and precision among all combinations.</param>
    public Device Open(ParseResult parsed, Terminal terminal, bool profiling = false, int combination = 0)
    {
        string[] counts = Threads(parsed);
        int threads = int.Parse(counts[combination % counts.Length], CultureInfo.InvariantCulture);
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

        if (counts.Length > 1 && device is not HostDevice)
        {
            device.Dispose();
            throw new UsageException(
                $"--threads {parsed.GetValue(_threads)}: several numbers are for the host; leave them out on {name}.");
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

        device.Precision = PrecisionOf(parsed, combination / counts.Length) ?? Precision.Float32;
        if (device.Precision != Precision.Float32)
        {
            terminal.Error.WriteLine($"precision: {device.PrecisionText}");
        }

        return device;
    }

    private string[] Threads(ParseResult parsed) => parsed.GetValue(_threads)!.Split(',');

    private string[] Precisions(ParseResult parsed) => parsed.GetValue(_precision)?.Split(',') ?? [];

    private Precision? PrecisionOf(ParseResult parsed, int i) => Precisions(parsed).ElementAtOrDefault(i) switch
    {
        null => null,
        BFloat16 => Precision.BFloat16,
        _ => Precision.Float32,
    };

    private static void Check(OptionResult result, bool takesLists, Func<string, string?> problemOf)
    {
        string typed = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        string[] words = typed.Length == 0 ? [] : typed.Split(',');
        string? problem = words.Select(problemOf).FirstOrDefault(problem => problem is not null)
            ?? (words.Length > 1 && !takesLists ? "must be one value"
                : words.Distinct().Count() < words.Length ? "has a value twice" : null);
        if (problem is not null)
        {
            result.AddError($"{result.IdentifierToken?.Value ?? result.Option.Name} {typed}: {problem.TrimEnd('.')}.");
        }
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
