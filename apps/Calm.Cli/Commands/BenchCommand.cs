using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm bench</c>: times every op, compares it with the machine's peak, and times whole training steps.</summary>
internal static class BenchCommand
{
    private sealed record Profiled(
        string Name, int Steps, double Seconds, double PercentOther, IReadOnlyList<Profile.Row> Ops);

    private const string DefaultTrace = "profile.json";
    private const string None = BenchOps.None;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "bench", "Time ops and whole training steps. Example: calm bench --op LayerNorm --step small --json");
        DeviceOptions devices = new(command, takesLists: true);
        CaseOptions chosen = new(command, "Time only this op; none for no op");
        MeasureOptions measure = new(command);
        Option<string> step = new("--step")
        {
            Description = $"Time the training step of {string.Join(", ", Presets.StepNames)}; none for no step, the default "
                + "with --op and --assembly",
            DefaultValueFactory = parsed =>
                parsed.GetResult("--assembly") is null && parsed.GetResult("--op") is null ? Presets.StepNames[0] : None,
        };
        Option<int?> batch = new("--batch")
        {
            Description = "Sequences of the step; default: the preset's, 4 for calm-m and calm-l",
        };
        Option<string?> shapes = new("--shapes")
        {
            Description = "Time ops at the sizes of a preset, such as calm-m, rather than at those of their largest case",
        };
        Option<string?> profile = new("--profile")
        {
            Description = $"Profile the step, and the op of --op: a table, and a trace in this file ({DefaultTrace})",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> roofline = new("--roofline") { Description = "Draw the ops under the machine's roofs in this SVG file" };
        foreach (Option option in new Option[] { step, batch, shapes, profile, roofline })
        {
            command.Options.Add(option);
        }

        TuneOptions tune = new(command);
        BenchOps ops = new(chosen, measure, devices);
        command.SetAction(parsed =>
        {
            string? trace = parsed.GetResult(profile) is null ? null : parsed.GetValue(profile) ?? DefaultTrace;
            OutputFile.Require(trace);
            OutputFile.Require(parsed.GetValue(roofline));
            IReadOnlyList<string> files = measure.Files(parsed);
            SavedBench? saved = measure.Against(parsed) is { } against ? SavedBench.Read(against) : null;
            MeasureSettings settings = measure.Settings(parsed);
            int combinations = devices.Count(parsed);
            bool isStepTyped = parsed.GetResult(step) is { Implicit: false };
            string stepName = combinations > 1 && !isStepTyped ? None : parsed.GetValue(step)!;
            RequireKnown(stepName);
            if (combinations > 1 && (stepName != None || trace is not null || tune.IsWanted(parsed)))
            {
                throw new UsageException("lists of --threads and --dtype are for ops; leave out --step, --profile and --tune.");
            }

            RunConfig? sized = parsed.GetValue(shapes) is { } preset ? Presets.Step(preset, parsed.GetValue(batch)) : null;
            bool timesOps = chosen.Op(parsed) != None;
            string? log = tune.Log(parsed);
            using Device device =
                devices.Open(parsed, terminal, profiling: trace is not null || timesOps || tune.IsWanted(parsed));
            if (tune.File(parsed) is { } table)
            {
                return TuneReport.TakeOver(terminal, device, table);
            }

            if (tune.IsWanted(parsed))
            {
                bool byOps = timesOps && chosen.Op(parsed) is not null;
                stepName = byOps || stepName != None ? stepName : Presets.StepNames[0];
                (string, RunConfig)? steps =
                    stepName == None ? null : (stepName, Presets.Step(stepName, parsed.GetValue(batch)));
                return TuneReport.Run(
                    terminal, device, steps, byOps ? ops.Cases(parsed, sized, device, false) : [], settings.Seconds, log);
            }

            IReadOnlyList<OpCase> cases = ops.Cases(parsed, sized, device, trace is not null);
            BenchOutcome? outcome = ops.Run(parsed, terminal, device, cases);
            Result result = new(device, outcome, parsed.GetValue(roofline), trace);
            result.Compare(saved, measure.Against(parsed), files);
            result.AddSteps(terminal, cases, stepName, parsed.GetValue(batch), settings.Seconds);
            result.Write(terminal);
            return result.IsGood ? 0 : 1;
        });
        return command;
    }

    private static void RequireKnown(string stepName)
    {
        if (stepName != None && !Presets.StepNames.Contains(stepName))
        {
            throw new UsageException(
                $"--step {stepName}: must be one of {string.Join(", ", Presets.StepNames)}, {None}"
                + Suggestion.For(stepName, [.. Presets.StepNames, None]));
        }
    }

    /// <summary>Everything that was measured, to be written.</summary>
    private sealed class Result(Device device, BenchOutcome? outcome, string? roofline, string? trace)
    {
        private readonly Peak _peak = outcome?.Roofs.Peak ?? Peak.Measure(device);
        private readonly List<Profile> _profiles = [];
        private IReadOnlyList<BenchVerdict> _verdicts = [];
        private string? _against;
        private bool _isDisturbed;
        private StepMeasure? _step;

        private IReadOnlyList<BenchRow> Rows => outcome?.Rows ?? [];

        /// <summary>Whether every op was right and none slower than before.</summary>
        public bool IsGood => Rows.All(row => row.IsTimed) && _verdicts.All(v => v.Verdict != Verdict.Slower);

        /// <summary>Compares the ops with a saved result, draws and writes them.</summary>
        public void Compare(SavedBench? saved, string? against, IReadOnlyList<string> files)
        {
            (_against, _verdicts) = (against, saved?.Compare(Rows, outcome?.OtherCores) ?? []);
            _isDisturbed = saved?.IsDisturbed(outcome?.OtherCores) is true;
            if (outcome is null)
            {
                return;
            }

            foreach (string file in files)
            {
                BenchFiles.Write(file, outcome, _verdicts);
            }

            if (roofline is not null)
            {
                DrawRoofline(roofline, device, outcome);
            }
        }

        /// <summary>Times a step, and profiles it and the cases if that is wanted.</summary>
        public void AddSteps(Terminal terminal, IReadOnlyList<OpCase> cases, string stepName, int? batch, double seconds)
        {
            Peak products = _peak.OfProducts(device);
            if (trace is not null)
            {
                _profiles.AddRange(cases.Select(c => BenchProfile.OfCase(c, device, products)));
            }

            if (stepName != None)
            {
                using StepTimer timer = new(Presets.Step(stepName, batch), device);
                _step = terminal.During(
                    $"timing the training step {stepName}", _ => StepMeasure.Of(stepName, timer, device, seconds));
                if (trace is not null)
                {
                    _profiles.Add(BenchProfile.OfStep(stepName, timer, device, products));
                }
            }

            if (trace is not null)
            {
                ChromeTrace.Write(trace, _profiles);
            }
        }

        /// <summary>Writes it as JSON or for people.</summary>
        public void Write(Terminal terminal)
        {
            HostDevice? host = device as HostDevice;
            IReadOnlyList<ProviderRatio> ratios = ProviderRatio.Of(Rows);
            var result = new
            {
                device = device.Name,
                precision = device.PrecisionText,
                threads = host?.Team.Threads,
                instructionSet = host?.Instructions.ToString(),
                peak = new
                {
                    gflops = _peak.Gflops,
                    gbs = _peak.Gbs,
                    tensorGflops = _peak.TensorGflops,
                    bandwidth = outcome?.Roofs.Bandwidth,
                },
                warnings = outcome?.Warnings ?? [],
                otherCores = outcome?.OtherCores,
                ops = Rows,
                ratios,
                against = _against is null
                    ? null
                    : _verdicts.Select(v => new
                    {
                        key = v.Row.Key,
                        verdict = v.Verdict.ToString().ToLowerInvariant(),
                        ratio = v.Ratio.Value,
                        low = v.Ratio.Low,
                        high = v.Ratio.High,
                    }),
                step = _step,
                profiles = trace is null
                    ? null
                    : _profiles.Select(p => new Profiled(p.Name, p.Steps.Count, p.Seconds, p.PercentOther, p.Rows())),
                trace = trace is null ? null : Path.GetFullPath(trace),
                roofline = roofline is null ? null : Path.GetFullPath(roofline),
            };
            terminal.Result(result, writer => WriteForPeople(writer, ratios));
            if (trace is null && _step is not null)
            {
                terminal.Next($"{NextStep.Program} bench --op none --step {_step.Name} --profile");
            }
        }

        private void WriteForPeople(TextWriter writer, IReadOnlyList<ProviderRatio> ratios)
        {
            foreach (string heading in outcome?.Headings ?? [BenchOutcome.Heading(device, _peak)])
            {
                writer.WriteLine(heading);
            }

            if (Rows.Count > 0)
            {
                BenchTable.Write(writer, Rows);
            }

            if (ratios.Count > 0)
            {
                ProviderRatio.Write(writer, ratios);
            }

            if (_against is not null)
            {
                BenchAgainst.Write(writer, _against, _verdicts, _isDisturbed);
            }

            _step?.Write(writer, device);
            _profiles.ForEach(profile => profile.Write(writer));
            if (trace is not null)
            {
                writer.WriteLine($"trace: {Path.GetFullPath(trace)} (open it in chrome://tracing or ui.perfetto.dev)");
            }

            if (roofline is not null)
            {
                writer.WriteLine($"roofline: {Path.GetFullPath(roofline)}");
            }
        }
    }

    /// <summary>Draws the roofline of our side.</summary>
    private static void DrawRoofline(string path, Device device, BenchOutcome outcome) => Roofline.Plot(
        device.Description, outcome.Roofs.Peak, outcome.Roofs.Bandwidth.At(0), RooflinePoint.Of(outcome.Rows)).Write(path);
}
