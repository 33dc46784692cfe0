using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The comparisons of one fixture on one device.</summary>
internal sealed class GoldenCheck(GoldenSet set, Fixture fixture, Device device)
{
    private const double Absolute = 1e-7;

    private readonly List<CaseResult> _results = [];
    private readonly HashSet<string> _checked = [];
    private readonly List<(string Name, Tensor Tensor, FixtureLayout Layout)> _inputs = [];

    /// <summary>The fixture.</summary>
    public Fixture Fixture { get; } = fixture;

    /// <summary>Its set, for parameters in other fixtures.</summary>
    public GoldenSet Set { get; } = set;

    /// <summary>The device.</summary>
    public Device Device { get; } = device;

    /// <summary>The comparisons so far.</summary>
    public IReadOnlyList<CaseResult> Results => _results;

    /// <summary>An input as a float tensor; with a gradient if the fixture expects one.</summary>
    public Tensor Input(Tape tape, string name, FixtureLayout? layout = null)
    {
        layout ??= FixtureLayout.Same;
        FixtureTensor input = layout.ToOp(Fixture[$"in.{name}"]);
        Tensor tensor = tape.From(input.Floats, ShapeOf(input));
        tensor.RequiresGradient = Fixture.Has($"grad.{name}");
        if (tensor.RequiresGradient)
        {
            _inputs.Add((name, tensor, layout));
        }

        return tensor;
    }

    /// <summary>An input as an integer tensor.</summary>
    public Tensor Integers(Tape tape, string name)
    {
        FixtureTensor input = Fixture[$"in.{name}"];
        return tape.FromIntegers(input.Integers, ShapeOf(input));
    }

    /// <summary>
    /// Runs an op forward and backward, and compares its output and the gradients of its inputs. Backward starts from the
    /// output's cotangent if the fixture has one, else from the output as a loss.
    /// </summary>
    /// <param name="name">Name of the output.</param>
    /// <param name="apply">Makes the inputs and applies the op.</param>
    /// <param name="layout">Layout of the output.</param>
    /// <param name="compareMore">Compares further gradients.</param>
    public void Op(string name, Func<Tape, Tensor> apply, FixtureLayout? layout = null, Action? compareMore = null)
    {
        layout ??= FixtureLayout.Same;
        using Tape tape = new(Device);
        Tensor output = apply(tape);
        Compare($"out.{name}", layout.ToFixture(output));
        if (Fixture.Has($"cot.{name}"))
        {
            output.SetGradient(tape.From(layout.ToOp(Fixture[$"cot.{name}"]).Floats, output.Shape));
            tape.Backward();
        }
        else
        {
            tape.Backward(output);
        }

        InputGradients();
        compareMore?.Invoke();
    }

    /// <summary>Compares the gradients of all inputs for which the fixture expects one.</summary>
    public void InputGradients()
    {
        foreach ((string name, Tensor tensor, FixtureLayout layout) in _inputs)
        {
            Compare($"grad.{name}", layout.ToFixture(tensor.Gradient!));
        }
    }

    /// <summary>Compares an output.</summary>
    public void Output(string name, Tensor got) => Compare($"out.{name}", Doubles(got));

    /// <summary>Compares an output.</summary>
    public void Output(string name, params double[] got) => Compare($"out.{name}", got);

    /// <summary>Compares the gradient of a tensor; zero if it has none.</summary>
    public void Gradient(string name, Tensor input) =>
        Compare($"grad.{name}", input.Gradient is { } gradient ? Doubles(gradient) : new double[input.Count]);

    /// <summary>Compares one array of the fixture.</summary>
    public void Compare(string name, double[] got)
    {
        FixtureTensor want = Fixture[name];
        _checked.Add(name);
        if (got.Length != want.Values.Length)
        {
            _results.Add(new CaseResult($"{Fixture.Name} {name}", double.NaN, 0));
            return;
        }

        _results.Add(CaseComparison.Compare(
            $"{Fixture.Name} {name}", got, want.Values, want.Tolerance, want.IsInteger ? 0 : Absolute, want.Sizes));
    }

    /// <summary>Adds a failure for every expected array that was not compared.</summary>
    public void RequireAllChecked()
    {
        foreach (string name in Fixture.Names)
        {
            bool expected = name.StartsWith("out.", StringComparison.Ordinal)
                || name.StartsWith("grad.", StringComparison.Ordinal);
            if (expected && !_checked.Contains(name))
            {
                _results.Add(new CaseResult($"{Fixture.Name} {name} (not compared)", double.NaN, 0));
            }
        }
    }

    /// <summary>A tensor's elements.</summary>
    public static double[] Doubles(Tensor tensor) =>
        tensor.ElementType == ElementType.Int32
            ? [.. tensor.ToIntegerArray().Select(v => (double)v)]
            : [.. tensor.ToArray().Select(v => (double)v)];

    /// <summary>The sizes of an array as a shape. If there are more than four, the outermost are multiplied.</summary>
    public static Shape ShapeOf(FixtureTensor tensor)
    {
        int[] sizes = tensor.Sizes;
        while (sizes.Length > Shape.MaxRank)
        {
            sizes = [sizes[0] * sizes[1], .. sizes[2..]];
        }

        return new Shape(sizes);
    }
}
