namespace Calm.Kernels;

/// <summary>
/// A group of threads and its block of targets, as compile-time constants: a thread belongs to one target and to one of
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
    /// The largest number of components: shared memory of a fixed size, since ILGPU 1.5.3 turns dynamic shared
    /// memory in OpenCL into a pointer in global memory, which concurrent groups overwrite.
    /// </summary>
    static abstract int MaxColumns { get; }
}

/// <summary>The emulator: small, but with every part that the GPUs' tiles have.</summary>
internal readonly struct EnergyTile16X8 : IEnergyTile
{
    public static int Size => 16;

    public static int Targets => 8;

    public static int Stride => 9;

    public static int MaxColumns => 1024;
}

/// <summary>GPUs, for up to 128 components: 20 KB of shared memory.</summary>
internal readonly struct EnergyTile128X32 : IEnergyTile
{
    public static int Size => 128;

    public static int Targets => 32;

    public static int Stride => 33;

    public static int MaxColumns => 128;
}

/// <summary>GPUs, for up to 1024 components, which leave room for only eight targets: 47 KB of shared memory.</summary>
internal readonly struct EnergyTile128X8 : IEnergyTile
{
    public static int Size => 128;

    public static int Targets => 8;

    public static int Stride => 9;

    public static int MaxColumns => 1024;
}

/// <summary>Groups of 64, for up to 128 components: 19 KB of shared memory.</summary>
internal readonly struct EnergyTile64X32 : IEnergyTile
{
    public static int Size => 64;

    public static int Targets => 32;

    public static int Stride => 33;

    public static int MaxColumns => 128;
}

/// <summary>Groups of 64, or little shared memory, for up to 1024 components and four targets: 30 KB.</summary>
internal readonly struct EnergyTile64X4 : IEnergyTile
{
    public static int Size => 64;

    public static int Targets => 4;

    public static int Stride => 5;

    public static int MaxColumns => 1024;
}

/// <summary>The source of a kernel's noise, as a compile-time constant.</summary>
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
