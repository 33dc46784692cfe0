using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// The places of ids, sorted by id and then by place: a stable counting sort on the device. Chunks of places count their
/// ids; running sums over chunks and ids give the start of each chunk's part.
/// </summary>
/// <param name="Starts">[V + 1], integers: id v is at Order[Starts[v]] to Order[Starts[v + 1] - 1].</param>
/// <param name="Order">[R], integers: places; undefined from Starts[V] on.</param>
internal readonly record struct SortedIds(Tensor Starts, Tensor Order)
{
    private const string Op = nameof(Embedding);
    private const int PlacesPerChunk = 512;

    /// <summary>Sorts on the device.</summary>
    /// <param name="tape">Its step memory holds the result.</param>
    /// <param name="gpu">The device.</param>
    /// <param name="ids">[R].</param>
    /// <param name="vocabulary">V; ids outside are left out.</param>
    /// <param name="paddingId">An id that is left out.</param>
    public static SortedIds Of(Tape tape, IlgpuDevice gpu, Tensor ids, int vocabulary, int paddingId)
    {
        int places = checked((int)ids.Count);
        int chunks = Math.Max(1, (places + PlacesPerChunk - 1) / PlacesPerChunk);
        Tensor counts = tape.Rent(new Shape(chunks, vocabulary), Op, ElementType.Int32);
        Tensor offsets = tape.Rent(new Shape(chunks, vocabulary), Op, ElementType.Int32);
        Tensor totals = tape.Rent(new Shape(vocabulary), Op, ElementType.Int32);
        Tensor ranks = tape.Rent(new Shape(places), Op, ElementType.Int32);
        SortedIds sorted = new(
            tape.Rent(new Shape(vocabulary + 1), Op, ElementType.Int32), tape.Rent(new Shape(places), Op, ElementType.Int32));
        counts.Clear();
        gpu.LaunchItems(places, new RankKernel(
            ids.IntegerView(), ranks.IntegerView(), counts.IntegerView(), vocabulary, paddingId));
        gpu.LaunchItems(vocabulary, new ChunkSumKernel(
            counts.IntegerView(), offsets.IntegerView(), totals.IntegerView(), chunks, vocabulary));
        gpu.LaunchGroups(
            new Index3D(1, 1, 1), new AddUpKernel(totals.IntegerView(), sorted.Starts.IntegerView(), vocabulary));
        gpu.LaunchItems(places, new PlaceKernel(
            ids.IntegerView(), ranks.IntegerView(), offsets.IntegerView(), sorted.Starts.IntegerView(),
            sorted.Order.IntegerView(), vocabulary, paddingId));
        return sorted;
    }

    /// <summary>Whether an id takes part.</summary>
    public static bool Counts(int id, int vocabulary, int paddingId) => id >= 0 && id < vocabulary && id != paddingId;

    /// <summary>Counts, for each place, the earlier places of its chunk with the same id; and each id of each chunk.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="ranks">Out, [R].</param>
    /// <param name="counts">Out, [chunks, V], zero before.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="paddingId">An id that is left out.</param>
    /// <remarks>
    /// Launch: one thread a place, any group size. Bound by arithmetic: PlacesPerChunk comparisons a place, with ids that
    /// all threads of a group read together. The last place of an id in a chunk knows their number: no atomics.
    /// </remarks>
    internal readonly struct RankKernel(
        ArrayView<int> ids, ArrayView<int> ranks, ArrayView<int> counts, int vocabulary, int paddingId) : IKernel
    {
        public void Run()
        {
            int place = Grid.GlobalIndex.X;
            if (place < ids.IntLength && Counts(ids[place], vocabulary, paddingId))
            {
                int id = ids[place];
                int chunk = place / PlacesPerChunk;
                int end = IntrinsicMath.Min(ids.IntLength, (chunk + 1) * PlacesPerChunk);
                int before = 0;
                int after = 0;
                for (int other = chunk * PlacesPerChunk; other < end; other++)
                {
                    int equal = ids[other] == id ? 1 : 0;
                    before += other < place ? equal : 0;
                    after += other > place ? equal : 0;
                }

                ranks[place] = before;
                if (after == 0)
                {
                    counts[(long)chunk * vocabulary + id] = before + 1;
                }
            }
        }
    }

    /// <summary>Counts each id in the chunks before each chunk, and in all of them.</summary>
    /// <param name="counts">In, [chunks, V].</param>
    /// <param name="offsets">
    /// Out, the same shape. Not in place: ILGPU 1.5.3 may move a load behind a store to the same number if the load's only
    /// use is a running sum.
    /// </param>
    /// <param name="totals">Out, [V].</param>
    /// <param name="chunks">Number of chunks.</param>
    /// <param name="vocabulary">V.</param>
    /// <remarks>Launch: one thread an id, any group size. Bound by bandwidth: reads and writes chunks * V integers.</remarks>
    internal readonly struct ChunkSumKernel(
        ArrayView<int> counts, ArrayView<int> offsets, ArrayView<int> totals, int chunks, int vocabulary) : IKernel
    {
        public void Run()
        {
            int id = Grid.GlobalIndex.X;
            if (id < vocabulary)
            {
                int sum = 0;
                for (int chunk = 0; chunk < chunks; chunk++)
                {
                    long at = (long)chunk * vocabulary + id;
                    offsets[at] = sum;
                    sum += counts[at];
                }

                totals[id] = sum;
            }
        }
    }

    /// <summary>starts[v] = sum of totals below v.</summary>
    /// <param name="totals">In, [V].</param>
    /// <param name="starts">Out, [V + 1].</param>
    /// <param name="vocabulary">V.</param>
    /// <remarks>Launch: one group of TGroup threads, each with a run of ids. Shared memory: 4 B a thread.</remarks>
    internal readonly struct AddUpKernel(ArrayView<int> totals, ArrayView<int> starts, int vocabulary) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<int> shared = SharedMemory.Allocate<int>(TGroup.Size);
            int length = (vocabulary + TGroup.Size - 1) / TGroup.Size;
            int first = IntrinsicMath.Min(vocabulary, Group.IdxX * length);
            int end = IntrinsicMath.Min(vocabulary, first + length);
            int sum = 0;
            for (int id = first; id < end; id++)
            {
                sum += totals[id];
            }

            shared[Group.IdxX] = sum;
            KernelGroup.Barrier();
            int start = 0;
            for (int thread = 0; thread < Group.IdxX; thread++)
            {
                start += shared[thread];
            }

            for (int id = first; id < end; id++)
            {
                starts[id] = start;
                start += totals[id];
            }

            if (Group.IdxX == TGroup.Size - 1)
            {
                starts[vocabulary] = start;
            }
        }
    }

    /// <summary>order[start of the id + those of earlier chunks + rank] = place.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="ranks">In, [R].</param>
    /// <param name="offsets">In, [chunks, V]: places of an id in earlier chunks.</param>
    /// <param name="starts">In, [V + 1].</param>
    /// <param name="order">Out, [R].</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="paddingId">An id that is left out.</param>
    /// <remarks>Launch: one thread a place, any group size.</remarks>
    internal readonly struct PlaceKernel(
        ArrayView<int> ids, ArrayView<int> ranks, ArrayView<int> offsets, ArrayView<int> starts, ArrayView<int> order,
        int vocabulary, int paddingId) : IKernel
    {
        public void Run()
        {
            int place = Grid.GlobalIndex.X;
            if (place < ids.IntLength && Counts(ids[place], vocabulary, paddingId))
            {
                int id = ids[place];
                order[starts[id] + offsets[(long)(place / PlacesPerChunk) * vocabulary + id] + ranks[place]] = place;
            }
        }
    }
}
