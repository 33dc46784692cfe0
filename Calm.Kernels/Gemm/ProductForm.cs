using System.Numerics;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A way to compute a product. All of them add the same numbers in the same order: the choice changes the time and no bit.
/// </summary>
internal enum ProductForm
{
    /// <summary>Chosen from the sizes by rules that hold without measuring.</summary>
    BuiltIn,

    /// <summary>GPUs: 8 x 8 elements a thread.</summary>
    Tiles8,

    /// <summary>The same, blocks of depth in groups of their own.</summary>
    SplitTiles8,

    /// <summary>GPUs: 4 x 4 elements a thread.</summary>
    Tiles4,

    /// <summary>The same, blocks of depth in groups of their own.</summary>
    SplitTiles4,

    /// <summary>CPUs: 4 x 32 elements at a time.</summary>
    Rows32,

    /// <summary>CPUs: 4 x 16 elements at a time.</summary>
    Rows16,
}

/// <summary>A product as far as its time depends on it.</summary>
/// <param name="Rows">M.</param>
/// <param name="Columns">N.</param>
/// <param name="Depth">K.</param>
/// <param name="ATransposed">Whether columns of A are contiguous.</param>
/// <param name="BTransposed">Whether columns of B are contiguous.</param>
/// <param name="Family">The kernels to choose from.</param>
internal readonly record struct ProductShape(
    int Rows, int Columns, int Depth, bool ATransposed, bool BTransposed, KernelFamily Family)
{
    /// <summary>Sizes up to a factor of two, and the form: 512 x 1024 x 256 NT stands for all up to twice as large.</summary>
    public string Class =>
        $"{Family} {Rounded(Rows)} x {Rounded(Columns)} x {Rounded(Depth)} "
        + $"{(ATransposed ? 'T' : 'N')}{(BTransposed ? 'T' : 'N')}";

    /// <summary>The shape itself.</summary>
    public override string ToString() => $"{Rows} x {Columns} x {Depth}";

    private static uint Rounded(int size) => size <= 1 ? 1 : 1u << BitOperations.Log2((uint)size);
}
