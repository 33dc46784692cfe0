using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>
/// A thread pool for <see cref="IChunkJob"/>s. Threads claim chunks one at a time from atomic counters, and the caller
/// takes part, so a thread that loses its core delays the others by at most the chunk it holds.
/// Each thread begins in its own part of the chunks: rows that it has just written for one job are in its cache for the next.
/// </summary>
/// <remarks>
/// One caller at a time; a job must not start another. Starting one costs 0.3 to 0.7 us (docs/performance.md).
/// </remarks>
public sealed unsafe class ThreadTeam : IDisposable
{
    // About 100 us of polling before a thread sleeps: longer than the serial stretches inside a training step.
    private const int SpinsBeforeSleep = 4000;

    // More threads than this share parts: all of them are looked through before a thread gives up.
    private const int MostParts = 16;

    [ThreadStatic]
    private static int _threadIndex;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly InstructionSet _instructions;

    // The job in progress, valid while chunks of the tickets' generation remain unclaimed: see TryClaim.
    private void* _job;
    private delegate*<void*, int, void> _run;
    private int _chunks;

    private readonly Ticket[] _tickets;
    private long _generation;
    private int _finished;
    private int _sleeping;
    private volatile bool _stopping;
    private ExceptionDispatchInfo? _failure;

    /// <summary>A team of <paramref name="threads"/> including the caller's own.</summary>
    public ThreadTeam(int threads, InstructionSet instructions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _instructions = instructions;
        _workers = new Thread[threads - 1];
        _tickets = new Ticket[Math.Min(threads, MostParts)];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"calm-{i + 1}" };
            _workers[i].Start(i + 1);
        }
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Whether it runs no job: see <see cref="Device.Rehearsal"/>.</summary>
    internal bool IsIdle { get; set; }

    /// <summary>Receives the jobs; null unless a step is being profiled.</summary>
    internal Profiler? Profiler { get; set; }

    /// <summary>
    /// Number of the current thread in its team: 0 for the caller, then the workers. For a chunk's choice of
    /// scratch memory; no result may depend on it.
    /// </summary>
    public static int ThreadIndex => _threadIndex;

    /// <summary>Runs every chunk of <paramref name="job"/> and returns when all are done.</summary>
    public void Run<TJob>(int chunks, TJob job) where TJob : unmanaged, IChunkJob
    {
        if (IsIdle)
        {
            return;
        }

        delegate*<void*, int, void> run = _instructions switch
        {
            InstructionSet.Vector512 => &Invoke<TJob, Lanes512>,
            InstructionSet.Vector256 => &Invoke<TJob, Lanes256>,
            InstructionSet.Vector128 => &Invoke<TJob, Lanes128>,
            _ => &Invoke<TJob, Lanes1>,
        };
        Profiler?.BeginKernel(KernelName.Of(typeof(TJob)));
        Run(chunks, &job, run);
        Profiler?.EndKernel();
    }

    /// <summary>Runs parts of any code, which may run jobs of other teams. It allocates, so parts should be large.</summary>
    public void Run(int parts, Action<int> part)
    {
        GCHandle handle = GCHandle.Alloc(part);
        try
        {
            Run(parts, new CallJob(GCHandle.ToIntPtr(handle)));
        }
        finally
        {
            handle.Free();
        }
    }

    private void Run(int chunks, void* job, delegate*<void*, int, void> run)
    {
        if (chunks <= 1 || _workers.Length == 0)
        {
            RunAlone(chunks, job, run);
            return;
        }

        Start(job, run, chunks);
        DrainChunks();
        WaitForOthers(chunks);
        ThrowIfFailed();
    }

    /// <summary>The caller may be a thread of another team.</summary>
    private static void RunAlone(int chunks, void* job, delegate*<void*, int, void> run)
    {
        int outside = _threadIndex;
        _threadIndex = 0;
        try
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                run(job, chunk);
            }
        }
        finally
        {
            _threadIndex = outside;
        }
    }

    private static void Invoke<TJob, TLanes>(void* job, int chunk)
        where TJob : unmanaged, IChunkJob
        where TLanes : unmanaged, ILanes<TLanes> =>
        ((TJob*)job)->Run<TLanes>(chunk);

    private void Start(void* job, delegate*<void*, int, void> run, int chunks)
    {
        _job = job;
        _run = run;
        _chunks = chunks;
        _finished = 0;
        _generation++;
        for (int part = 0; part < _tickets.Length; part++)
        {
            int unclaimed = EndOf(part, chunks) - EndOf(part - 1, chunks);
            Interlocked.Exchange(ref _tickets[part].Value, (_generation << 32) | (uint)unclaimed);
        }

        int sleeping = Volatile.Read(ref _sleeping);
        if (sleeping > 0)
        {
            _wake.Release(Math.Min(sleeping, chunks - 1));
        }
    }

    private void Work(object? index)
    {
        _threadIndex = (int)index!;
        int spins = 0;
        while (!_stopping)
        {
            if (HasUnclaimedChunks)
            {
                DrainChunks();
                spins = 0;
            }
            else if (spins < SpinsBeforeSleep)
            {
                spins++;
                Thread.SpinWait(1);
            }
            else
            {
                Sleep();
                spins = 0;
            }
        }
    }

    private bool HasUnclaimedChunks
    {
        get
        {
            foreach (ref Ticket ticket in _tickets.AsSpan())
            {
                if ((uint)Volatile.Read(ref ticket.Value) != 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private void Sleep()
    {
        Interlocked.Increment(ref _sleeping);
        if (!HasUnclaimedChunks && !_stopping)
        {
            _wake.Wait();
        }

        Interlocked.Decrement(ref _sleeping);
    }

    private void DrainChunks()
    {
        while (TryClaim(out void* job, out delegate*<void*, int, void> run, out int chunk))
        {
            try
            {
                run(job, chunk);
            }
            catch (Exception failure)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
            }

            Interlocked.Increment(ref _finished);
        }
    }

    /// <summary>Takes the next chunk of the thread's own part, or of another that has some left.</summary>
    private bool TryClaim(out void* job, out delegate*<void*, int, void> run, out int chunk)
    {
        for (int i = 0; i < _tickets.Length; i++)
        {
            if (TryClaim((_threadIndex + i) % _tickets.Length, out job, out run, out chunk))
            {
                return true;
            }
        }

        job = null;
        run = null;
        chunk = 0;
        return false;
    }

    /// <summary>
    /// Takes the next chunk of a part. The fields of the job are read between reading the ticket and exchanging it: the
    /// exchange succeeds only if the ticket did not move, so that chunk was unclaimed all the while, its job was still in
    /// progress and the fields were its own. A part's chunks are claimed in ascending order.
    /// </summary>
    private bool TryClaim(int part, out void* job, out delegate*<void*, int, void> run, out int chunk)
    {
        ref long ticketOfPart = ref _tickets[part].Value;
        while (true)
        {
            long ticket = Volatile.Read(ref ticketOfPart);
            uint unclaimed = (uint)ticket;
            job = _job;
            run = _run;
            chunk = EndOf(part, _chunks) - (int)unclaimed;
            if (unclaimed == 0 || Interlocked.CompareExchange(ref ticketOfPart, ticket - 1, ticket) == ticket)
            {
                return unclaimed != 0;
            }
        }
    }

    private int EndOf(int part, int chunks) => (int)((long)chunks * (part + 1) / _tickets.Length);

    private void WaitForOthers(int chunks)
    {
        int spins = 0;
        while (Volatile.Read(ref _finished) < chunks)
        {
            if (++spins < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            _failure = null;
            failure.Throw();
        }
    }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        if (_workers.Length > 0)
        {
            _wake.Release(_workers.Length);
        }

        foreach (Thread worker in _workers)
        {
            worker.Join();
        }

        _wake.Dispose();
    }

    private readonly struct CallJob(nint call) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes> =>
            ((Action<int>)GCHandle.FromIntPtr(call).Target!)(chunk);
    }

    /// <summary>A part's counter. High half: the generation, one a job. Low half: the number of unclaimed chunks.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)] // two cache lines: they are fetched in pairs
    private struct Ticket
    {
        public long Value;
    }
}
