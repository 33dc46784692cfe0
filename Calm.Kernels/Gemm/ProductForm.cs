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
