using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A number for each place of a row; making it may also store something there.</summary>
internal interface IRowTerm
{
    /// <summary>The numbers of as many places as TLanes has lanes, from <paramref name="place"/> on.</summary>
    TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes>;
}

/// <summary>
/// Who computes a row: a group of threads on GPUs, one work item with wide registers on CPUs. A kernel is written once, over
/// its teams.
/// </summary>
internal interface IRowTeam
{
    /// <summary>Threads of a team: the size of its group.</summary>
    static abstract int Size { get; }

    /// <summary>Floats of shared memory that a team needs.</summary>
    static abstract int SharedSize { get; }

    /// <summary>Sum of a term over the places below <paramref name="count"/>, for every thread, in a fixed order.</summary>
    static abstract float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm;

    /// <summary>Its greatest value, for every thread; a NaN is passed over. Minus infinity if there is none.</summary>
    static abstract float Greatest<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm;

    /// <summary>Makes a term at every place for what it stores.</summary>
    static abstract void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm;
}

/// <summary>A group of threads that take every so many places; sums are trees in shared memory.</summary>
internal readonly struct GroupTeam<TGroup> : IRowTeam where TGroup : struct, IGroupSize
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Size => TGroup.Size;

    public static int SharedSize => TGroup.Size;

    [MethodImpl(Inline)]
    public static float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        float sum = 0;
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            sum += term.At<KernelNumber>(place).Value;
        }

        return GroupSum.Of<TGroup>(sum, shared);
    }

    [MethodImpl(Inline)]
    public static float Greatest<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        KernelNumber greatest = new(float.NegativeInfinity);
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            greatest = KernelNumber.Max(term.At<KernelNumber>(place), greatest);
        }

        int thread = Group.IdxX;
        shared[thread] = greatest.Value;
        Group.Barrier();
        for (int half = TGroup.Size / 2; half > 0; half /= 2)
        {
            if (thread < half && shared[thread + half] > shared[thread])
            {
                shared[thread] = shared[thread + half];
            }

            Group.Barrier();
        }

        float result = shared[0];
        Group.Barrier(); // shared may be used again only after all have read it
        return result;
    }

    [MethodImpl(Inline)]
    public static void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm
    {
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            term.At<KernelNumber>(place);
        }
    }
}

/// <summary>
/// One work item with <see cref="Lanes16"/>. Lanes meet in memory, behind a barrier: sixteen numbers that are stored side by
/// side are what makes a CPU's compiler keep them in vector registers from their first use on.
/// </summary>
internal readonly struct LaneTeam : IRowTeam
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Size => 1;

    public static int SharedSize => Lanes16.Count;

    [MethodImpl(Inline)]
    public static float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        // Two running sums hide the latency of an addition.
        Lanes16 even = Lanes16.Broadcast(0);
        Lanes16 odd = even;
        int place = 0;
        for (; place <= count - 2 * Lanes16.Count; place += 2 * Lanes16.Count)
        {
            even += term.At<Lanes16>(place);
            odd += term.At<Lanes16>(place + Lanes16.Count);
        }

        Lanes16.Store(even + odd, shared, 0);
        Group.Barrier();
        float sum = 0;
        for (int lane = 0; lane < Lanes16.Count; lane++)
        {
            sum += shared[lane];
        }

        for (; place < count; place++)
        {
            sum += term.At<KernelNumber>(place).Value;
        }

        Group.Barrier();
        return sum;
    }

    [MethodImpl(Inline)]
    public static float Greatest<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        Lanes16 lanes = Lanes16.Broadcast(float.NegativeInfinity);
        int place = 0;
        for (; place <= count - Lanes16.Count; place += Lanes16.Count)
        {
            lanes = Lanes16.Max(term.At<Lanes16>(place), lanes);
        }

        Lanes16.Store(lanes, shared, 0);
        Group.Barrier();
        KernelNumber greatest = new(float.NegativeInfinity);
        for (int lane = 0; lane < Lanes16.Count; lane++)
        {
            greatest = KernelNumber.Max(new KernelNumber(shared[lane]), greatest);
        }

        for (; place < count; place++)
        {
            greatest = KernelNumber.Max(term.At<KernelNumber>(place), greatest);
        }

        Group.Barrier();
        return greatest.Value;
    }

    // A loop over single numbers: where nothing is added up, the compiler makes the lanes itself.
    [MethodImpl(Inline)]
    public static void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm
    {
        for (int place = 0; place < count; place++)
        {
            term.At<KernelNumber>(place);
        }
    }
}
