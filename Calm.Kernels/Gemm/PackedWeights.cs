using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The weights that a tape's products have packed, where <see cref="Tape.Constants"/> promises that they do not change.
/// </summary>
internal sealed class PackedWeights
{
    private static readonly ConditionalWeakTable<Arena, PackedWeights> Known = [];

    // Null for a weight that was used once: a prompt is read once, and its weights are not needed in panels again.
    private readonly Dictionary<(HostMatrix Matrix, int Columns, int Depth, Precision Precision), PackedWeight?> _weights = [];

    /// <summary>A weight's panels, made at its second use; null where weights may change or nothing would be packed.</summary>
    /// <param name="host">The tape's device.</param>
    /// <param name="tape">The step.</param>
    /// <param name="rows">M: few rows read the weight where it lies.</param>
    /// <param name="b">The weight, depth by columns.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    public static PackedWeight? Find(HostDevice host, Tape tape, int rows, HostMatrix b, int columns, int depth)
    {
        if (tape.Constants is not { } arena || rows <= HostGemm.MostThinRows || columns == 0)
        {
            return null;
        }

        var weights = Known.GetOrCreateValue(arena)._weights;
        var key = (b, columns, depth, host.Precision);
        if (!weights.TryGetValue(key, out PackedWeight? packed))
        {
            weights.Add(key, null);
        }
        else if (packed is null)
        {
            packed = new PackedWeight(host, arena, b, columns, depth);
            weights[key] = packed;
        }

        return packed;
    }
}
