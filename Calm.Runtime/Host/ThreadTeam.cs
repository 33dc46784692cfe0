using System.Runtime.ExceptionServices;

namespace Calm.Runtime;

/// <summary>
/// Threads that stay and wait for <see cref="IChunkJob"/>s. Chunks are claimed one at a time from an atomic counter and
/// the caller takes part, so a thread that the machine has taken away delays nobody by more than the chunk it holds.
/// </summary>
/// <remarks>
/// One caller at a time; a job must not start another. Starting one costs 0.3 to 0.7 us (docs/performance.md).
/// </remarks>
public sealed unsafe class ThreadTeam : IDisposable
{
    // About 100 us of polling before a thread sleeps: longer than the serial stretches inside a training step.
    private const int SpinsBeforeSleep = 4000;

    [ThreadStatic]
    private static int _threadIndex;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly InstructionSet _instructions;

    // The job in progress, valid while chunks of _ticket's generation remain unclaimed: see TryClaim.
    private void* _job;
    private delegate*<void*, int, void> _run;
    private int _chunks;

    // High half: generation, one a job. Low half: how many of its chunks are unclaimed.
    private long _ticket;
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
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"calm-{i + 1}" };
            _workers[i].Start(i + 1);
        }
    }

    /// <summary>How many threads take part, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Who is told what runs; null unless a step is being profiled.</summary>
    internal Profiler? Profiler { get; set; }

    /// <summary>
    /// Which of its team's threads the current one is: 0 for the caller, then the workers. For a chunk's choice of
    /// scratch memory; no result may depend on it.
    /// </summary>
    public static int ThreadIndex => _threadIndex;

    /// <summary>Runs every chunk of <paramref name="job"/> and returns when all are done.</summary>
    public void Run<TJob>(int chunks, TJob job) where TJob : unmanaged, IChunkJob
    {
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

    private void Run(int chunks, void* job, delegate*<void*, int, void> run)
    {
        if (chunks <= 1 || _workers.Length == 0)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                run(job, chunk);
            }

            return;
        }

        Start(job, run, chunks);
        DrainChunks();
        WaitForOthers(chunks);
        ThrowIfFailed();
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
        long generation = (_ticket >> 32) + 1;
        Interlocked.Exchange(ref _ticket, (generation << 32) | (uint)chunks);
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

    private bool HasUnclaimedChunks => (uint)Volatile.Read(ref _ticket) != 0;

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

    /// <summary>
    /// Takes the next chunk. The fields of the job are read between reading the ticket and exchanging it: the exchange
    /// succeeds only if the ticket did not move, so that chunk was unclaimed all the while, its job was still in
    /// progress and the fields were its own. Chunks are claimed in ascending order.
    /// </summary>
    private bool TryClaim(out void* job, out delegate*<void*, int, void> run, out int chunk)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            uint unclaimed = (uint)ticket;
            if (unclaimed == 0)
            {
                job = null;
                run = null;
                chunk = 0;
                return false;
            }

            job = _job;
            run = _run;
            chunk = _chunks - (int)unclaimed;
            if (Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket) == ticket)
            {
                return true;
            }
        }
    }

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
}
