using Calm.Runtime;

namespace Calm.Bench;

/// <summary>All ladders.</summary>
internal static partial class Ladders
{
    /// <summary>The ladders of this build.</summary>
    /// <exception cref="CalmException">It has no kernels.</exception>
    public static IReadOnlyList<Ladder> Find()
    {
        List<Ladder> ladders = [];
        Add(ladders);
        return ladders.Count > 0
            ? ladders
            : throw new CalmException(
                "this build has no device backend: ILGPU was not on the package feed; ./calm --gpu auto devices tries again.");
    }

    static partial void Add(List<Ladder> ladders);
}
