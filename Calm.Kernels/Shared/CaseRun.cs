using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The results of a case on a device, to the bit: its outputs and the gradients of its inputs.</summary>
public sealed class CaseRun
{
    private const int HashDigits = 16;

    private readonly List<(string Name, Shape Shape, ElementType Type, int[] Words)> _results = [];

    private CaseRun(double[][] cotangents) => Cotangents = cotangents;

    /// <summary>The gradients given to the outputs; empty where gradients do not flow.</summary>
    public double[][] Cotangents { get; }

    /// <summary>Runs a case forward and, if gradients flow, backward.</summary>
    /// <param name="c">The case.</param>
    /// <param name="tape">A fresh tape.</param>
    public static CaseRun On(OpCase c, Tape tape)
    {
        Tensor[] inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))];
        Tensor[] outputs = c.Run(tape, inputs);
        CaseData data = new(77);
        CaseInput[] cotangents =
            c.Differentiable ? [.. outputs.Select(output => data.Normal("cotangent", output.Shape))] : [];
        CaseRun run = new([.. cotangents.Select(cotangent => cotangent.Values)]);
        for (int i = 0; i < outputs.Length; i++)
        {
            run.Add(OutputName(i), outputs[i]);
        }

        for (int i = 0; i < cotangents.Length; i++)
        {
            outputs[i].SetGradient(CaseRunner.Upload(tape, cotangents[i]));
        }

        tape.Backward();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (c.Inputs[i].Differentiable && inputs[i].Gradient is { } gradient)
            {
                run.Add(GradientName(c.Inputs[i]), gradient);
            }
        }

        return run;
    }

    /// <summary>All results, as the bits of their elements.</summary>
    internal IReadOnlyList<int[]> Words => [.. _results.Select(result => result.Words)];

    /// <summary>Number of outputs.</summary>
    public int OutputCount => _results.TakeWhile((result, i) => result.Name == OutputName(i)).Count();

    /// <summary>The elements of an output.</summary>
    public double[] Output(int index) => Values(OutputName(index))!;

    /// <summary>
    /// Number of elements of an output that its type does not have; null if it holds floats. On the host elements of bfloat16 are
    /// floats: a loop that does not round them has other results there than on devices.
    /// </summary>
    public int? Unrounded(int index)
    {
        var (_, _, type, words) = _results.Find(result => result.Name == OutputName(index));
        return type == ElementType.BFloat16 ? words.Count(static word => (word & 0xffff) != 0) : null;
    }

    /// <summary>The sizes of an output.</summary>
    public IReadOnlyList<int> Sizes(int index) => SizesOf(_results[index].Shape);

    /// <summary>The elements of an input's gradient; null if none reached it.</summary>
    public double[]? Gradient(CaseInput input) => Values(GradientName(input));

    /// <summary>The first output or gradient that has other bits in another run of the case; null if all have the same.</summary>
    public string? FirstDifference(CaseRun other)
    {
        for (int i = 0; i < Math.Max(_results.Count, other._results.Count); i++)
        {
            if (i >= _results.Count || i >= other._results.Count)
            {
                return "number of results";
            }

            if (!_results[i].Words.AsSpan().SequenceEqual(other._results[i].Words))
            {
                return _results[i].Name;
            }
        }

        return null;
    }

    /// <summary>
    /// The first digits of the SHA-256 of all outputs and gradients: their names, sizes and bits. Runs with the same bits have
    /// the same, on whichever devices they ran.
    /// </summary>
    public string Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, shape, type, words) in _results)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} [{string.Join(", ", SizesOf(shape))}] {type}\n"));
            hash.AppendData(MemoryMarshal.AsBytes(words.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..HashDigits];
    }

    internal static int[] SizesOf(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])];

    private static string OutputName(int index) => $"output {index}";

    private static string GradientName(CaseInput input) => $"d{input.Name}";

    private void Add(string name, Tensor tensor) => _results.Add((name, tensor.Shape, tensor.ElementType, tensor.ToWords()));

    private double[]? Values(string name)
    {
        (string _, Shape _, ElementType type, int[]? words) = _results.Find(result => result.Name == name);
        return words is null
            ? null
            : [.. words.Select(word => type == ElementType.Int32 ? word : (double)BitConverter.Int32BitsToSingle(word))];
    }
}
