using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Times the parts of a demo on this machine: steps and an evaluation of each model, and some chunks of text.</summary>
/// <param name="device">The device.</param>
/// <param name="terminal">Told what is going on.</param>
/// <param name="folder">A folder for the runs that are timed, which goes away.</param>
internal sealed class DemoTimer(Device device, Terminal terminal, string folder)
{
    private const double MostSeconds = 1;
    private const double Share = 0.01;
    private const int Chunks = 2;

    /// <summary>Times everything.</summary>
    /// <param name="config">The resolved configuration.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="budget">Seconds of the demo.</param>
    /// <param name="sample">The costliest sample to write.</param>
    public DemoCosts Measure(RunConfig config, Corpus corpus, double budget, GenerationRequest sample)
    {
        try
        {
            double seconds = Math.Min(MostSeconds, Share * budget);
            using AutoencoderStage autoencoder = StageFactory.Autoencoder(config, corpus, device);
            (double step, double evaluation) = Time(autoencoder, config, corpus, seconds);
            using CalmStage calm = StageFactory.UntrainedCalm(config, corpus, device);
            (double calmStep, double calmEvaluation) = Time(calm, config, corpus, seconds);
            return new DemoCosts(
                step, evaluation, calmStep, calmEvaluation, EvaluatedPatches(config, corpus),
                terminal.During("timing a sample", _ => TimeChunk(calm.Model, corpus, sample)));
        }
        finally
        {
            Disk.TryDelete(folder);
        }
    }

    private (double Step, double Evaluation) Time(IStage stage, RunConfig config, Corpus corpus, double seconds)
    {
        RunFolder run = RunFolder.Create(folder, RunFolder.Description.Of(stage.Stage, corpus, null, device, config), 1);
        using ProgressLine progress = new(terminal);
        using Trainer trainer = new(stage, config.Training(stage.Stage), device, run, progress) { Begins = progress.Begin };
        double step = trainer.TimeStep(seconds);
        trainer.TimeEvaluation(); // compilation
        return (step, trainer.TimeEvaluation());
    }

    private static int EvaluatedPatches(RunConfig config, Corpus corpus)
    {
        HeldOutWindows windows = new(
            corpus.HeldOut, config.CalmTraining.ContextPatches, config.CalmTraining.EvaluationPatches);
        return windows.Count * windows.Patches;
    }

    /// <summary>Seconds of a chunk of a model that has learnt nothing: its candidates differ, and all are looked at.</summary>
    private double TimeChunk(CalmModel model, Corpus corpus, GenerationRequest sample)
    {
        TextGenerator generator = new(model, corpus.Tokenizer, device);
        generator.Generate(sample with { MostTokens = 1 }, static _ => { }); // compilation
        long start = Stopwatch.GetTimestamp();
        generator.Generate(sample with { MostTokens = Chunks * model.Config.PatchSize }, static _ => { });
        return Stopwatch.GetElapsedTime(start).TotalSeconds / Chunks;
    }
}
