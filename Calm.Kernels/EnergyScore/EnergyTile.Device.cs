namespace Calm.Kernels;

/// <summary>
/// How a group of threads takes a block of targets, as compile-time constants: a thread belongs to one target and to one of
/// Size / Targets parts of its components.
/// </summary>
internal interface IEnergyTile : IGroupSize
{
    /// <summary>Targets of a block, a power of two.</summary>
    static abstract int Targets { get; }

    /// <summary>
    /// Distance of the components of a target in shared memory. One more than the targets on GPUs: neighbouring threads
    /// then meet different banks both along targets and along components.
    /// </summary>
    static abstract int Stride { get; }

    /// <summary>
    /// The most components there is room for: shared memory of a fixed size, since what ILGPU 1.5.3 makes of dynamic shared
    /// memory in OpenCL is a pointer in global memory, which groups take from each other.
    /// </summary>
    static abstract int MostColumns { get; }
}

/// <summary>The emulator: small, but with every part that the GPUs' tiles have.</summary>
internal readonly struct EnergyTile16X8 : IEnergyTile
{
    public static int Size => 16;

    public static int Targets => 8;

    public static int Stride => 9;

    public static int MostColumns => 1024;
}

/// <summary>GPUs: 20 KB of shared memory.</summary>
internal readonly struct EnergyTile128X32 : IEnergyTile
{
    public static int Size => 128;

    public static int Targets => 32;

    public static int Stride => 33;

    public static int MostColumns => 128;
}

/// <summary>GPUs, where so many components leave no room for more targets: 47 KB of shared memory.</summary>
internal readonly struct EnergyTile128X8 : IEnergyTile
{
    public static int Size => 128;

    public static int Targets => 8;

    public static int Stride => 9;

    public static int MostColumns => 1024;
}

/// <summary>Where a kernel takes its noise from, as a compile-time constant.</summary>
internal interface INoiseSource
{
    /// <summary>Numbers made at once: 4, a block of the generator; 1; or 0 if they are given.</summary>
    static abstract int Run { get; }
}

/// <summary>Noise, or the targets themselves, from memory.</summary>
internal readonly struct GivenNoise : INoiseSource
{
    public static int Run => 0;
}

/// <summary>Drawn one by one, since rows do not start with a block of the generator.</summary>
internal readonly struct SingleNoise : INoiseSource
{
    public static int Run => 1;
}

/// <summary>Drawn four at a time: the number of components is a multiple of four.</summary>
internal readonly struct QuadNoise : INoiseSource
{
    public static int Run => 4;
}

/// <summary>Whether a kernel computes a gradient, as a compile-time constant.</summary>
internal interface IGradientMode
{
    static abstract bool IsWanted { get; }
}

/// <summary>Terms only.</summary>
internal readonly struct WithoutGradient : IGradientMode
{
    public static bool IsWanted => false;
}

/// <summary>Terms and gradient.</summary>
internal readonly struct WithGradient : IGradientMode
{
    public static bool IsWanted => true;
}
