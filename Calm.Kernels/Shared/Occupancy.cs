namespace Calm.Kernels;

/// <summary>The limits of a multiprocessor that decide how many groups it holds, as flags: several may bind at once.</summary>
[Flags]
internal enum OccupancyLimits
{
    /// <summary>It holds as many warps as it can.</summary>
    None = 0,

    /// <summary>Places for warps, of which another group would need too many.</summary>
    Warps = 1,

    /// <summary>Places for groups.</summary>
    Groups = 2,

    /// <summary>Registers.</summary>
    Registers = 4,

    /// <summary>Shared memory.</summary>
    Shared = 8,
}

/// <summary>
/// Warps of a kernel that a multiprocessor holds at once, by the rules of NVIDIA's occupancy calculator: registers are given
/// to warps in units of 256, four warps at a time, and shared memory to groups in units of 128 bytes, one KB of it to the driver.
/// </summary>
/// <param name="Groups">Groups that it holds; 0 if not even one fits.</param>
/// <param name="Warps">Their warps.</param>
/// <param name="MostWarps">Warps that the multiprocessor has places for.</param>
/// <param name="Limits">The limits that another group would break; none if all places for warps are taken.</param>
internal readonly record struct Occupancy(int Groups, int Warps, int MostWarps, OccupancyLimits Limits)
{
    private const int WarpSize = 32;
    private const int MostThreads = 1024;
    private const int RegisterUnit = 256;
    private const int WarpUnit = 4;
    private const int SharedUnit = 128;
    private const int SharedOfDriver = 1 << 10;

    private readonly record struct Multiprocessor(int Warps, int Groups, int SharedBytes)
    {
        public const int Registers = 65536;
    }

    /// <summary>The limits in words: registers+shared; "-" for none.</summary>
    public string LimitNames =>
        Limits == OccupancyLimits.None ? "-" : Limits.ToString().ToLowerInvariant().Replace(", ", "+", StringComparison.Ordinal);

    /// <summary>Occupancy of a kernel.</summary>
    /// <param name="target">The GPU's architecture: one of <see cref="Ptxas.Targets"/>.</param>
    /// <param name="registers">Registers of a thread.</param>
    /// <param name="sharedBytes">Shared memory of a group.</param>
    /// <param name="groupSize">Threads of a group.</param>
    public static Occupancy Of(string target, int registers, int sharedBytes, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupSize);
        Multiprocessor has = Of(target);
        int warps = (groupSize + WarpSize - 1) / WarpSize;
        int warpsByRegisters = registers == 0
            ? int.MaxValue
            : Down(Multiprocessor.Registers / Up(registers * WarpSize, RegisterUnit), WarpUnit);
        int byWarps = groupSize > MostThreads ? 0 : has.Warps / warps;
        int byRegisters = warpsByRegisters / warps;
        int byShared = has.SharedBytes / Up(sharedBytes + SharedOfDriver, SharedUnit);
        int groups = Math.Min(Math.Min(byWarps, has.Groups), Math.Min(byRegisters, byShared));
        OccupancyLimits limits =
            groups * warps == has.Warps ? OccupancyLimits.None
            : If(OccupancyLimits.Warps, byWarps) | If(OccupancyLimits.Groups, has.Groups)
                | If(OccupancyLimits.Registers, byRegisters) | If(OccupancyLimits.Shared, byShared);
        return new Occupancy(groups, groups * warps, has.Warps, limits);

        OccupancyLimits If(OccupancyLimits limit, int most) => most == groups ? limit : OccupancyLimits.None;
    }

    private static Multiprocessor Of(string target) => target switch
    {
        "sm_80" => new Multiprocessor(Warps: 64, Groups: 32, SharedBytes: 164 << 10),
        "sm_89" => new Multiprocessor(Warps: 48, Groups: 24, SharedBytes: 100 << 10),
        "sm_90" => new Multiprocessor(Warps: 64, Groups: 32, SharedBytes: 228 << 10),
        _ => throw new ArgumentException($"{target}: is none of {string.Join(", ", Ptxas.Targets)}.", nameof(target)),
    };

    private static int Up(int number, int unit) => (number + unit - 1) / unit * unit;

    private static int Down(int number, int unit) => number / unit * unit;
}
