using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>NVIDIA's assembler, which reports the resources of a kernel; it needs neither GPU nor driver.</summary>
internal sealed partial class Ptxas
{
    /// <summary>The script that fetches it.</summary>
    public const string Provider = "tools/ptxas.sh";

    private readonly string _program;

    private Ptxas(string program) => _program = program;

    /// <summary>The GPUs that kernels are assembled for.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["sm_80", "sm_89", "sm_90"];

    /// <summary>The one that tools/ptxas.sh fetched, or that of a CUDA toolkit on the PATH; null if there is neither.</summary>
    public static Ptxas? Find()
    {
        string name = OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas";
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? program = path.Prepend(Path.Combine(CacheFolder.Path, "ptxas"))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        return program is null ? null : new Ptxas(program);
    }

    /// <summary>Assembles a kernel.</summary>
    /// <param name="ptx">One kernel.</param>
    /// <param name="target">One of <see cref="Targets"/>.</param>
    /// <exception cref="CalmException">The assembler refuses it; the message is the assembler's first.</exception>
    public KernelResources Assemble(string ptx, string target) =>
        With(ptx, target, (log, cubin) => ResourcesOf(ptx, log, cubin));

    /// <summary>Assembles a kernel and disassembles it again.</summary>
    /// <returns>Its resources and its machine code, as nvdisasm prints it.</returns>
    /// <inheritdoc cref="Assemble"/>
    public (KernelResources Resources, string Sass) Disassemble(string ptx, string target) =>
        With(ptx, target, (log, cubin) => (ResourcesOf(ptx, log, cubin), Output(Disassembler, cubin)));

    /// <summary>Whether NVIDIA's disassembler lies beside it, for <see cref="Disassemble"/> and <see cref="Loops"/>.</summary>
    public bool HasDisassembler => File.Exists(Disassembler);

    /// <summary>The loops of a kernel's machine code.</summary>
    /// <inheritdoc cref="Assemble"/>
    public IReadOnlyList<SassLoop> Loops(string ptx, string target) =>
        With(ptx, target, (_, cubin) => SassLoop.Of(Output(Disassembler, cubin)));

    private static KernelResources ResourcesOf(string ptx, string log, string cubin) =>
        Read(log, KernelResources.OfPtx(ptx)) with { CodeBytes = Cubin.CodeBytes(File.ReadAllBytes(cubin)) };

    private string Disassembler =>
        Path.Combine(Path.GetDirectoryName(_program)!, OperatingSystem.IsWindows() ? "nvdisasm.exe" : "nvdisasm");

    private TResult With<TResult>(string ptx, string target, Func<string, string, TResult> use)
    {
        string folder = Directory.CreateTempSubdirectory("calm-ptxas-").FullName;
        try
        {
            string source = Path.Combine(folder, "kernel.ptx");
            string cubin = Path.Combine(folder, "kernel.cubin");
            File.WriteAllText(source, ptx);
            ProcessStartInfo start = new(_program, ["-v", "--gpu-name", target, "-o", cubin, source])
            {
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start) ?? throw new CalmException($"{_program}: did not start.");
            string log = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? use(log, cubin)
                : throw new CalmException($"ptxas for {target}: {Complaint(log)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads what <c>ptxas -v</c> says; functions that were not inlined count with the kernel.</summary>
    internal static KernelResources Read(string log, KernelResources ptx) => ptx with
    {
        Registers = Numbers(Registers(), log).Cast<int?>().Max(),
        SharedBytes = Numbers(SharedMemory(), log).Sum(),
        StackBytes = Numbers(Stack(), log).Sum(),
        SpillBytes = Numbers(Spills(), log).Sum(),
        ConstantBytes = Numbers(ConstantMemory(), log) is [_, ..] sizes ? sizes.Sum() : null,
    };

    private static string Output(string program, string cubin)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, ["-c", cubin]) { RedirectStandardOutput = true })
            ?? throw new CalmException($"{program}: did not start.");
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    private static string Complaint(string log)
    {
        string[] lines = log.ReplaceLineEndings("\n").Split('\n');
        return lines.FirstOrDefault(line => !line.StartsWith("ptxas info", StringComparison.Ordinal)) ?? lines[0];
    }

    private static List<int> Numbers(Regex pattern, string log) =>
        [.. pattern.Matches(log).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedMemory();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill (?:stores|loads)")]
    private static partial Regex Spills();

    [GeneratedRegex(@"(\d+) bytes cmem\[\d+\]")]
    private static partial Regex ConstantMemory();
}
