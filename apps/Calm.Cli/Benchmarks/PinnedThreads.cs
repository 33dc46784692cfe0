using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Keeps each thread of a team on a core of its own until it is disposed, so that none moves between runs.</summary>
internal sealed partial class PinnedThreads : IDisposable
{
    // Bits of a set of cores, as many as the system has for a program.
    private const int Words = 16;
    private const int BitsPerWord = 64;

    private readonly ThreadTeam _team;
    private readonly ulong[] _allowed = new ulong[Words];

    /// <summary>Pins the threads to the first cores that this program may use.</summary>
    /// <exception cref="CalmException">The system is not Linux, or has fewer cores than the team has threads.</exception>
    public PinnedThreads(HostDevice host)
    {
        _team = host.Team;
        if (!OperatingSystem.IsLinux())
        {
            throw new CalmException("threads can be pinned on Linux alone; leave that out here.");
        }

        if (GetAffinity(0, Words * sizeof(ulong), _allowed) < 0)
        {
            throw Failure();
        }

        int[] cores = [.. Enumerable.Range(0, Words * BitsPerWord).Where(IsAllowed)];
        if (cores.Length < _team.Threads)
        {
            throw new CalmException($"{_team.Threads} threads cannot be pinned to {cores.Length} cores; take fewer threads.");
        }

        OnEachThread(thread => Only(cores[thread]));
    }

    /// <summary>Gives the threads all cores again.</summary>
    public void Dispose() => OnEachThread(_ => _allowed);

    private bool IsAllowed(int core) => (_allowed[core / BitsPerWord] >> (core % BitsPerWord) & 1) != 0;

    private static ulong[] Only(int core)
    {
        ulong[] set = new ulong[Words];
        set[core / BitsPerWord] = 1UL << (core % BitsPerWord);
        return set;
    }

    // A part ends only when every thread has one, so that each takes exactly one.
    private void OnEachThread(Func<int, ulong[]> setOf)
    {
        using Barrier all = new(_team.Threads);
        _team.Run(_team.Threads, _ =>
        {
            all.SignalAndWait();
            if (SetAffinity(0, Words * sizeof(ulong), setOf(ThreadTeam.ThreadIndex)) < 0)
            {
                throw Failure();
            }
        });
    }

    private static CalmException Failure() =>
        new($"threads cannot be pinned here: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int GetAffinity(int thread, nint bytes, [Out] ulong[] set);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint bytes, ulong[] set);
}
