using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Sets elements to zero at random and scales the others so that the mean stays: y = x / (1 - p) with probability 1 - p,
/// else 0. Source: Srivastava and others 2014, "Dropout: a simple way to prevent neural networks from overfitting".
/// </summary>
public static partial class Dropout
{
    private const string Op = nameof(Dropout);

    /// <summary>Drops elements by random numbers made on the way.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C], N rows.</param>
    /// <param name="probability">p, in [0, 1); with 0 the result is <paramref name="x"/> itself.</param>
    /// <param name="rows">Global index of each row, int [N], not negative: micro-batches do not change the mask.</param>
    /// <param name="stream">Column c of row r stays if uniform number rows[r] * C + c is greater than p.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor x, float probability, Tensor rows, RandomStream stream)
    {
        Check.Device(Op, tape, x, rows);
        Check.Vector(Op, nameof(rows), rows, x.Rows);
        CheckProbability(Op, probability);
        return probability == 0 ? x : Apply(tape, x, probability, new RowNoise(null, rows, stream));
    }

    /// <summary>Drops elements by a given mask.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="probability">p, in [0, 1).</param>
    /// <param name="keep">1 for elements that stay, 0 for others, in the shape of <paramref name="x"/>.</param>
    /// <returns>y = x * keep / (1 - p), in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor x, float probability, Tensor keep)
    {
        Check.Device(Op, tape, x, keep);
        Check.Shape(Op, nameof(keep), keep, x.Shape);
        CheckProbability(Op, probability);
        return Apply(tape, x, probability, new RowNoise(keep, null, default));
    }

    private static Tensor Apply(Tape tape, Tensor x, float probability, RowNoise noise)
    {
        Tensor y = tape.Rent(x.Shape, Op);
        tape.Device.Run(new Mask(x, probability, noise, new GradientTarget(y, Accumulate: false)));
        if (tape.Records(x))
        {
            tape.Record(new Node(x, probability, noise, y));
        }

        return y;
    }

    /// <summary>y (+)= x * mask / (1 - p): forward, and with gradients for x and y backward.</summary>
    private readonly partial struct Mask(Tensor x, float probability, RowNoise noise, GradientTarget y) : IDeviceWork
    {
        private readonly float _scale = 1 / (1 - probability);

        // A given mask keeps an element if it is 1, for every p.
        private readonly float _threshold = noise.Given is null ? probability : 0;
    }

    /// <summary>Checks p.</summary>
    internal static void CheckProbability(string op, float probability)
    {
        if (!(probability >= 0 && probability < 1))
        {
            throw new ArgumentException($"{op}: probability is {probability}, expected at least 0 and less than 1.");
        }
    }
}
