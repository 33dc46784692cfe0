namespace Calm.Runtime.Tests;

public sealed unsafe class ThreadTeamTests
{
    private readonly struct CountJob(int* counts, int spin) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Thread.SpinWait(spin);
            Interlocked.Increment(ref counts[chunk]);
        }
    }

    private readonly struct FailingJob(int at) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (chunk == at)
            {
                throw new InvalidOperationException($"chunk {chunk}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Every_chunk_runs_exactly_once(int threads)
    {
        using ThreadTeam team = new(threads, HostInstructions.Default);
        int[] counts = new int[64];
        fixed (int* pointer = counts)
        {
            for (int round = 1; round <= 3000; round++)
            {
                int chunks = 1 + round % 64;
                Array.Clear(counts);
                team.Run(chunks, new CountJob(pointer, round % 7));
                Assert.All(counts[..chunks], count => Assert.Equal(1, count));
                Assert.All(counts[chunks..], count => Assert.Equal(0, count));
            }
        }
    }

    [Fact]
    public void Threads_that_have_gone_to_sleep_wake_up()
    {
        using ThreadTeam team = new(3, HostInstructions.Default);
        int[] counts = new int[16];
        fixed (int* pointer = counts)
        {
            for (int round = 1; round <= 20; round++)
            {
                Thread.Sleep(3);
                team.Run(16, new CountJob(pointer, 100));
            }
        }

        Assert.All(counts, count => Assert.Equal(20, count));
    }

    [Fact]
    public void A_failure_in_a_chunk_reaches_the_caller_and_the_team_lives_on()
    {
        using ThreadTeam team = new(2, HostInstructions.Default);
        for (int round = 0; round < 100; round++)
        {
            var failure = Assert.Throws<InvalidOperationException>(() => team.Run(8, new FailingJob(round % 8)));
            Assert.Equal($"chunk {round % 8}", failure.Message);
        }

        int[] counts = new int[8];
        fixed (int* pointer = counts)
        {
            team.Run(8, new CountJob(pointer, 0));
        }

        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Starting_a_job_allocates_nothing()
    {
        using ThreadTeam team = new(2, HostInstructions.Default);
        int[] counts = new int[8];
        fixed (int* pointer = counts)
        {
            team.Run(8, new CountJob(pointer, 0));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < 1000; round++)
            {
                team.Run(8, new CountJob(pointer, 0));
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1000, 100_000)]
    [InlineData(7, 1_000_000_000)]
    public void Chunks_cover_all_items_without_gaps(long items, long work)
    {
        Chunks chunks = Chunks.Of(items, work);
        Assert.InRange(chunks.Count, 1, 64);
        Assert.Equal(0, chunks.Start(0));
        Assert.Equal(items, chunks.End(chunks.Count - 1));
        for (int chunk = 1; chunk < chunks.Count; chunk++)
        {
            Assert.Equal(chunks.End(chunk - 1), chunks.Start(chunk));
        }
    }
}
