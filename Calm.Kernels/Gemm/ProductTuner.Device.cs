using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A form that was tried.</summary>
/// <param name="Class">The class of products: <see cref="ProductShape.Class"/>.</param>
/// <param name="Shape">The one that was timed.</param>
/// <param name="Form">The form it was computed in.</param>
/// <param name="SecondsBest">Best of several times.</param>
/// <param name="Gflops">10^9 operations a second at that time.</param>
/// <param name="Chosen">Whether it is the one that is kept.</param>
internal sealed record TriedForm(
    string Class, string Shape, ProductForm Form, double SecondsBest, double Gflops, bool Chosen);

/// <summary>Finds the fastest form of each class of product on a device.</summary>
internal static class ProductTuner
{
    // Elements that are compared with the definition; all are compared with the other forms.
    private const int Samples = 64;
    private const int FewestRuns = 3;
    private const double Tolerance = 1e-5;

    /// <summary>Times every form of the largest product of each class, checks it, and keeps the fastest in the file.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shapes">The products.</param>
    /// <param name="seconds">Time to spend on each form.</param>
    /// <returns>The forms tried; none if the device has one form for everything.</returns>
    /// <exception cref="CalmException">A form differs from the others by a bit, or from the definition.</exception>
    public static IReadOnlyList<TriedForm> Run(Device device, IReadOnlyCollection<ProductShape> shapes, double seconds)
    {
        if (device is not IlgpuDevice gpu || shapes.Count == 0)
        {
            return [];
        }

        ProductForm[] forms = gpu.Family == KernelFamily.Direct
            ? [ProductForm.Rows32, ProductForm.Rows16]
            : [ProductForm.Tiles8, ProductForm.SplitTiles8, ProductForm.Tiles4, ProductForm.SplitTiles4];
        List<TriedForm> tried = [];
        foreach (var group in shapes.GroupBy(s => s.Class).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            ProductShape largest = group.MaxBy(s => (double)s.Rows * s.Columns * s.Depth);
            using Trial trial = new(gpu, largest);
            List<TriedForm> candidates = [.. forms.Select(form => trial.Try(group.Key, form, seconds))];
            TriedForm best = candidates.MinBy(c => c.SecondsBest)!;
            tried.AddRange(candidates.Select(c => c with { Chosen = c == best }));
        }

        ProductTuning.Of(device).Keep(
            tried.Where(t => t.Chosen).Select(t => new KeyValuePair<string, ProductForm>(t.Class, t.Form)));
        return tried;
    }

    /// <summary>One product, computed in every form.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly IlgpuDevice _gpu;
        private readonly ProductShape _shape;
        private readonly Tape _tape;
        private readonly float[] _a;
        private readonly float[] _b;
        private readonly DeviceMatrix _deviceA;
        private readonly DeviceMatrix _deviceB;
        private readonly Tensor _c;
        private float[]? _first;

        public Trial(IlgpuDevice gpu, ProductShape shape)
        {
            _gpu = gpu;
            _shape = shape;
            _tape = new Tape(gpu, recording: false);
            _a = Values(shape.Rows * shape.Depth, 1);
            _b = Values(shape.Depth * shape.Columns, 2);
            Tensor a = _tape.From(_a, shape.ATransposed ? new(shape.Depth, shape.Rows) : new(shape.Rows, shape.Depth));
            Tensor b = _tape.From(_b, shape.BTransposed ? new(shape.Columns, shape.Depth) : new(shape.Depth, shape.Columns));
            _deviceA = shape.ATransposed ? DeviceMatrix.TransposeOf(a) : DeviceMatrix.Of(a);
            _deviceB = shape.BTransposed ? DeviceMatrix.TransposeOf(b) : DeviceMatrix.Of(b);
            _c = _tape.Rent(new Shape(shape.Rows, shape.Columns), nameof(ProductTuner));
        }

        public TriedForm Try(string name, ProductForm form, double seconds)
        {
            Multiply(form);
            Check(form, _c.ToArray());
            double best = double.MaxValue;
            long start = Stopwatch.GetTimestamp();
            for (int run = 0; run < FewestRuns || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; run++)
            {
                long begin = Stopwatch.GetTimestamp();
                Multiply(form);
                _gpu.Synchronize();
                best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }

            double operations = 2.0 * _shape.Rows * _shape.Columns * _shape.Depth;
            return new TriedForm(name, _shape.ToString(), form, best, operations / best / 1e9, Chosen: false);
        }

        public void Dispose() => _tape.Dispose();

        private void Multiply(ProductForm form) => DeviceGemm.Multiply(
            _gpu, _shape.Rows, _shape.Columns, _shape.Depth, _deviceA, _deviceB, DeviceMatrix.Of(_c), accumulate: false,
            default, form);

        private void Check(ProductForm form, float[] got)
        {
            _first ??= got;
            for (int i = 0; i < got.Length; i++)
            {
                if (BitConverter.SingleToInt32Bits(got[i]) != BitConverter.SingleToInt32Bits(_first[i]))
                {
                    throw Wrong(form, i, got[i], _first[i]);
                }
            }

            for (int sample = 0; sample < Samples; sample++)
            {
                int i = (int)((long)sample * 7919 % got.Length);
                double want = Definition(i / _shape.Columns, i % _shape.Columns);
                if (!(Math.Abs(got[i] - want) <= Tolerance * Math.Sqrt(_shape.Depth)))
                {
                    throw Wrong(form, i, got[i], want);
                }
            }
        }

        private double Definition(int row, int column)
        {
            double sum = 0;
            for (int k = 0; k < _shape.Depth; k++)
            {
                double a = _a[_shape.ATransposed ? k * _shape.Rows + row : row * _shape.Depth + k];
                sum += a * _b[_shape.BTransposed ? column * _shape.Depth + k : k * _shape.Columns + column];
            }

            return sum;
        }

        private CalmException Wrong(ProductForm form, int element, float got, double want) => new(
            $"{_gpu.Name}: {form} of {_shape} is wrong: element {element} is {got:R}, not {want:R}; "
            + "attach the output of calm verify to a report.");

        private static float[] Values(int count, uint seed) =>
            [.. new CaseData(seed).Uniform("", new Shape(Math.Max(1, count))).Values.Select(v => (float)(2 * v - 1))];
    }
}
