using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The ids that a classifier should have given, one a row.</summary>
internal static partial class TokenTargets
{
    /// <summary>Marks a row that has no target and takes no part in a mean.</summary>
    public const int Ignored = -100;

    /// <summary>There is one integer for each row.</summary>
    public static void CheckShape(string op, Tensor targets, int rows)
    {
        if (targets.ElementType != ElementType.Int32)
        {
            throw new ArgumentException($"{op}: targets holds {targets.ElementType}, expected {ElementType.Int32}.");
        }

        Check.Vector(op, nameof(targets), targets, rows);
    }

    /// <summary>Counts the rows that are not ignored.</summary>
    /// <exception cref="ArgumentException">A target is neither an id nor <see cref="Ignored"/>.</exception>
    public static int CountLive(string op, ReadOnlySpan<int> targets, int vocabulary)
    {
        int live = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            int target = targets[row];
            if ((uint)target < (uint)vocabulary)
            {
                live++;
            }
            else if (target != Ignored)
            {
                throw new ArgumentException(
                    $"{op}: target {target} of row {row} is outside [0, {vocabulary}); {Ignored} ignores a row.");
            }
        }

        return live;
    }

    /// <summary>Scale * mean over the live rows, from the rows' losses; 0 if none is live.</summary>
    /// <remarks>The sum is taken in double: rows are few, and their order then hardly matters to the result.</remarks>
    public static float Mean(ReadOnlySpan<float> losses, int live, float scale)
    {
        double sum = 0;
        foreach (float loss in losses)
        {
            sum += loss;
        }

        return live == 0 ? 0 : (float)(scale * sum / live);
    }
}
