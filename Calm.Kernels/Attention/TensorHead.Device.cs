namespace Calm.Kernels;

/// <summary>Sizes of a head and its tiles on tensor cores, as compile-time constants.</summary>
internal interface ITensorHead
{
    /// <summary>Components, filled up with zeros.</summary>
    static abstract int Size { get; }

    /// <summary>Warps of a group. Each has 16 rows in place: queries, or keys.</summary>
    static abstract int Warps { get; }

    /// <summary>Rows of a tile that passes by: 64 or 32.</summary>
    static abstract int TileRows { get; }
}

/// <summary>Heads of up to 32 components.</summary>
internal readonly struct TensorHead32 : ITensorHead
{
    public static int Size => 32;

    public static int Warps => 4;

    public static int TileRows => 64;
}

/// <summary>Up to 64.</summary>
internal readonly struct TensorHead64 : ITensorHead
{
    public static int Size => 64;

    public static int Warps => 4;

    public static int TileRows => 64;
}

/// <summary>Up to 128, in smaller tiles: both stages of two operands are 32 KB.</summary>
internal readonly struct TensorHead128 : ITensorHead
{
    public static int Size => 128;

    public static int Warps => 4;

    public static int TileRows => 32;
}

/// <summary>The same with one warp, for the emulator, which runs each thread as a thread of the system.</summary>
internal readonly struct EmulatedTensorHead<THead> : ITensorHead where THead : struct, ITensorHead
{
    public static int Size => THead.Size;

    public static int Warps => 1;

    public static int TileRows => THead.TileRows;
}
