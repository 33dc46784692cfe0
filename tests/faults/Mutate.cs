using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Faults;

/// <summary>
/// Changes files of every kind at random and reads them as the program does: each gives a value or an error of one line, within
/// seconds and within half a gigabyte. Mutation n of a seed is always the same.
/// </summary>
internal sealed class Mutate(int seed, string[] only, int mostMb, string? keep) : IDisposable
{
    private const int ReportEvery = 100_000;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    private readonly long _mostBytes = mostMb * 1_000_000L;
    private readonly TemporaryFolder _folder = new();
    private readonly Tally _tally = new();

    /// <summary>The case that a thread works on, for the watchdog.</summary>
    private sealed class Progress
    {
        public long Case = -1;
        public long Since;
        public string Reader = "";
    }

    /// <summary>Reads mutations from one number on.</summary>
    public int Run(long first, long count, int threads)
    {
        Stopwatch all = Stopwatch.StartNew();
        Nano.PrepareAll(_folder);

        Progress[] progress = [.. Enumerable.Range(0, threads).Select(_ => new Progress())];
        using Timer watchdog = new(_ => Watch(progress), null, Hang, TimeSpan.FromSeconds(1));
        long next = first;
        Thread[] team = [.. progress.Select((own, number) => new Thread(() =>
        {
            using HostDevice device = new(1);
            Reader[] readers =
            [
                .. Readers.All(_folder, _folder[$"thread-{number}"], device).Where(Chosen),
            ];
            for (long at = Interlocked.Increment(ref next) - 1; at < first + count; at = Interlocked.Increment(ref next) - 1)
            {
                Try(readers, at, own);
                if ((at - first) % ReportEvery == ReportEvery - 1)
                {
                    Console.Error.WriteLine($"{at - first + 1} mutations, {all.Elapsed.TotalSeconds:F0} s");
                }
            }
        }))];
        Array.ForEach(team, thread => thread.Start());
        Array.ForEach(team, thread => thread.Join());
        return _tally.Close($"mutations (seed {seed})", all.Elapsed);
    }

    public void Dispose() => _folder.Dispose();

    private void Try(Reader[] readers, long number, Progress progress)
    {
        Random random = new(unchecked((int)(number * 2_654_435_761 + seed)));
        Reader reader = Choose(readers, random);
        byte[] changed = Mutator.Change(reader.Sample, reader.IsJson, random);
        (progress.Reader, progress.Since) = (reader.Name, Stopwatch.GetTimestamp());
        Volatile.Write(ref progress.Case, number);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            reader.Read(changed);
            _tally.Add(reader.Name, "read");
        }
        catch (CalmException failure) when (!failure.Message.Contains('\n') && !failure.Message.Contains("System.", StringComparison.Ordinal))
        {
            _tally.Add(reader.Name, "refused");
        }
        catch (CalmException failure)
        {
            Fault(reader, number, changed, $"message: {failure.Message.ReplaceLineEndings("|")}");
        }
        catch (Exception failure)
        {
            string at = new StackTrace(failure).GetFrames().Select(frame => frame.GetMethod()?.DeclaringType)
                .FirstOrDefault(type => type?.Namespace?.StartsWith("Calm", StringComparison.Ordinal) == true)?.Name ?? "?";
            Fault(reader, number, changed, $"{failure.GetType().Name} in {at}");
        }

        Volatile.Write(ref progress.Case, -1);
        if (GC.GetAllocatedBytesForCurrentThread() - before > _mostBytes)
        {
            Fault(reader, number, changed, $"allocates more than {mostMb} MB");
        }
    }

    private bool Chosen(Reader reader) =>
        only.Length == 0 || only.Any(name => reader.Name.StartsWith(name, StringComparison.Ordinal));

    private static Reader Choose(Reader[] readers, Random random)
    {
        int ticket = random.Next(readers.Sum(reader => reader.Share));
        return readers.First(reader => (ticket -= reader.Share) < 0);
    }

    private void Fault(Reader reader, long number, byte[] input, string what)
    {
        string readers = string.Concat(only.Select(name => $" --reader \"{name}\""));
        _tally.Fault(reader.Name, what, $"--seed {seed} --first {number} --count 1{readers}");
        if (keep is not null)
        {
            Directory.CreateDirectory(keep);
            string name = string.Concat($"{reader.Name} {what}".Take(60).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
            string path = Path.Combine(keep, name);
            if (!File.Exists(path))
            {
                File.WriteAllBytes(path, input);
            }
        }
    }

    // A thread cannot be ended: the whole program is, with the case.
    private void Watch(Progress[] progress)
    {
        foreach (Progress one in progress)
        {
            long number = Volatile.Read(ref one.Case);
            if (number >= 0 && Stopwatch.GetElapsedTime(one.Since) > Hang && Volatile.Read(ref one.Case) == number)
            {
                _tally.Fault(one.Reader, $"hangs for {Hang.TotalSeconds} s", $"--seed {seed} --first {number} --count 1");
                Environment.Exit(_tally.Close("mutations, ended early", Hang));
            }
        }
    }
}
