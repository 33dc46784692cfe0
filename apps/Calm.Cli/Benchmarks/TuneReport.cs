using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm bench --tune</c>: tries the choices that a training step or an op has on a device, keeps the fastest, and tells by
/// how much the work has become faster.
/// </summary>
internal static class TuneReport
{
    private static readonly JsonSerializerOptions LogJson = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>The work before and after.</summary>
    private sealed record Gain(
        string Work, double SecondsBestBefore, double SecondsBestAfter, double SecondsMedianBefore, double SecondsMedianAfter,
        bool IsKept);

    /// <summary>All candidates and works.</summary>
    private sealed record Found(List<TriedCandidate> Tried, List<Gain> Gains);

    /// <summary>The reason why a device has nothing to tune; null if it has.</summary>
    public static string? WhyNothing(Device device) => device switch
    {
        not IlgpuDevice => "its loops are cut by sizes alone and its tiles by its registers, nothing to tune",
        { Kind: DeviceKind.Emulated } => "emulates kernels, and its times say nothing of a device, nothing to tune",
        _ => null,
    };

    /// <summary>Tunes a device by a step, or by cases of ops, and prints the results.</summary>
    /// <param name="terminal">Receives them.</param>
    /// <param name="device">The device.</param>
    /// <param name="steps">The step; null for none.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="seconds">Time to spend on each set of candidates.</param>
    /// <param name="log">File for all candidates; null for none.</param>
    public static int Run(
        Terminal terminal, Device device, (string Name, RunConfig Config)? steps, IReadOnlyList<OpCase> cases, double seconds,
        string? log)
    {
        Found found = new([], []);
        string? nothing = WhyNothing(device);
        if (nothing is null)
        {
            found = terminal.During("tuning", activity => Tune((IlgpuDevice)device, steps, cases, seconds, activity));
        }

        var result = new
        {
            device = device.Name,
            driver = device.Description,
            version = ChoiceKinds.Version,
            file = FileOf(device),
            works = found.Gains,
            tried = found.Tried,
        };
        if (log is not null)
        {
            SafeFile.Write(log, JsonSerializer.SerializeToUtf8Bytes(
                new { device = device.Description, result.version, result.works, result.tried }, LogJson));
        }

        terminal.Result(result, writer =>
        {
            if (nothing is not null)
            {
                writer.WriteLine($"{device.Name}: {nothing}");
            }
            else
            {
                Write(writer, found, FileOf(device), log);
            }
        });
        return 0;
    }

    private static Found Tune(
        IlgpuDevice gpu, (string Name, RunConfig Config)? steps, IReadOnlyList<OpCase> cases, double seconds, Activity activity)
    {
        Found all = new([], []);
        if (steps is { } step)
        {
            using StepTimer timer = new(step.Config, gpu);
            Add(new TunedWork($"training step {step.Name}", () => timer.Step(), timer.Results));
        }

        foreach (OpCase c in cases)
        {
            using CaseTimer timer = new(c, gpu);
            Add(new TunedWork($"{c.Op} {c.Label}", () => RunOnce(c, timer), () => CaseRunner.Run(c, gpu).Words));
        }

        return all;

        void Add(TunedWork work)
        {
            TuningOutcome outcome = new Tuner(gpu, work, seconds, activity.Count).Run();
            Tuning.Of(gpu).Keep(outcome);
            all.Tried.AddRange(outcome.Tried);
            all.Gains.AddRange(GainOf(work, outcome));
        }
    }

    private static string? FileOf(Device device) =>
        WhyNothing(device) is null ? Tuning.Of((IlgpuDevice)device).File : null;

    /// <summary>Takes over a table that was made elsewhere.</summary>
    public static int TakeOver(Terminal terminal, Device device, string path)
    {
        if (WhyNothing(device) is { } nothing)
        {
            throw new CalmException($"{path}: {device.Name} {nothing}.");
        }

        Tuning tuning = Tuning.Of((IlgpuDevice)device);
        TuningFile file = tuning.TakeOver(path);
        var result = new { device = device.Name, driver = device.Description, file = tuning.File, entries = file.Entries };
        terminal.Result(result, writer => writer.WriteLine(
            $"{device.Name}: {Readable.Count(file.Entries.Count, "choice")} from {path}, without a search; kept in "
            + tuning.File));
        return 0;
    }

    private static void RunOnce(OpCase c, CaseTimer timer)
    {
        if (c.Differentiable)
        {
            timer.PrepareBackward();
            timer.Backward();
        }
        else
        {
            timer.Reset();
            timer.Forward();
        }
    }

    private static IEnumerable<Gain> GainOf(TunedWork work, TuningOutcome outcome)
    {
        if (outcome.Times is { } t)
        {
            yield return new Gain(
                work.Name, t.Default.Min(), t.Tuned.Min(), TuningTimes.Median(t.Default), TuningTimes.Median(t.Tuned),
                !t.IsSlower);
        }
    }

    private static void Write(TextWriter writer, Found found, string? file, string? log)
    {
        List<TriedCandidate> tried = found.Tried;
        writer.WriteLine(
            $"{"choice",-16}{"sizes",-18}{"tried",5}{"built in",13}{"us",11}{"fastest",13}{"us",11}  {"kept",-12}of");
        foreach (var choice in tried.GroupBy(t => (t.Choice, t.Of, t.Size)))
        {
            WriteChoice(writer, [.. choice]);
        }

        int refused = tried.Count(t => t.Refused is not null);
        writer.WriteLine(
            $"{Readable.Count(tried.Count, "candidate")}, {refused} refused; all that were timed gave the same bits"
            + (log is null ? "" : $"; each of them is in {log}"));
        foreach (Gain gain in found.Gains)
        {
            writer.WriteLine(
                $"{gain.Work}: best {gain.SecondsBestBefore * 1e3:F1} ms before, {gain.SecondsBestAfter * 1e3:F1} after "
                + $"({gain.SecondsBestBefore / gain.SecondsBestAfter:F3} times as fast), median "
                + $"{gain.SecondsMedianBefore * 1e3:F1} and {gain.SecondsMedianAfter * 1e3:F1} "
                + $"({gain.SecondsMedianBefore / gain.SecondsMedianAfter:F3})"
                + (gain.IsKept ? "" : "; slower, so the built-in choices stay"));
        }

        int kept = tried.Count(t => t.IsKept);
        writer.WriteLine(kept == 0
            ? "no candidate is kept: none was faster than the built-in choice by 3 %, twice"
            : $"{Readable.Count(kept, "choice")} kept in {file}");
    }

    private static void WriteChoice(TextWriter writer, TriedCandidate[] candidates)
    {
        TriedCandidate byDefault = candidates[0];
        TriedCandidate best = candidates.Where(t => t.SecondsBest is not null).MinBy(t => t.SecondsBest) ?? byDefault;
        string kept = candidates.FirstOrDefault(t => t.IsKept)?.Candidate ?? "";
        writer.WriteLine(
            $"{byDefault.Choice,-16}{byDefault.Size,-18}{candidates.Length,5}{byDefault.Candidate,13}"
            + $"{byDefault.SecondsBest * 1e6,11:F1}{best.Candidate,13}{best.SecondsBest * 1e6,11:F1}  {kept,-12}{byDefault.Of}");
    }
}
