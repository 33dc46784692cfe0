using System.ComponentModel.DataAnnotations;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The schedule of the learning rate after its warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>The rate stays.</summary>
    Constant,

    /// <summary>The rate falls along half a cosine to a fraction of itself at the last step.</summary>
    Cosine,

    /// <summary>The rate falls in a straight line to a fraction of itself at the last step.</summary>
    Linear,

    /// <summary>The rate stays, and falls to a fraction of itself over the last steps.</summary>
    /// <remarks>
    /// The schedule is that of Hu et al. 2024, arXiv:2404.06395; it falls as one minus a square root, which did best of the
    /// curves of Hägele et al. 2024, arXiv:2405.18392.
    /// </remarks>
    WarmupStableDecay,
}

/// <summary>The policy for a loss or gradient that is not finite.</summary>
public enum NanPolicy
{
    /// <summary>The run ends with an error that names the op; the last checkpoint stays.</summary>
    Stop,

    /// <summary>The step is skipped, at most ten in a row.</summary>
    Skip,

    /// <summary>The run continues from the last checkpoint with other noise, at most three times.</summary>
    Rollback,
}

/// <summary>Training settings of one stage.</summary>
public sealed record TrainingConfig
{
    /// <summary>The precision of matrix products and attention.</summary>
    public Precision Precision { get; init; }

    /// <summary>Optimiser steps in all.</summary>
    [Range(1, 1_000_000_000)]
    public int Steps { get; init; } = 1000;

    /// <summary>Sequences per step; patches for an autoencoder.</summary>
    [Range(1, 1 << 20)]
    public int BatchSize { get; init; } = 8;

    /// <summary>Micro-batches per step. The result is the same up to rounding.</summary>
    [Range(1, 1 << 20)]
    public int Accumulate { get; init; } = 1;

    /// <summary>Whether layers are computed again in the backward pass to save memory. The bits stay the same.</summary>
    public bool Recompute { get; init; }

    /// <summary>Patches per sequence; ignored by autoencoders, which have no sequences.</summary>
    [Range(2, 1 << 20)]
    public int ContextPatches { get; init; } = 64;

    /// <summary>Tokens per sequence of a discrete model, a multiple of its text's patch size; ignored by other models.</summary>
    [Range(2, 1 << 22)]
    public int ContextTokens { get; init; } = 256;

    /// <summary>Learning rate after warm-up.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps over which the learning rate rises from zero.</summary>
    [Range(0, 1_000_000_000)]
    public int WarmupSteps { get; init; } = 50;

    /// <summary>The schedule after warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>The fraction of the learning rate that is left at the end of every schedule but a constant one.</summary>
    [Range(0.0, 1.0)]
    public double FinalFraction { get; init; } = 0.05;

    /// <summary>Steps over which a warm-up, stable, decay schedule falls at the end; 0 for a fifth of all steps.</summary>
    [Range(0, 1_000_000_000)]
    public int DecaySteps { get; init; }

    /// <summary>AdamW's first decay rate.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's second decay rate.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Decoupled weight decay of matrices and embeddings.</summary>
    [Range(0.0, 100.0)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest norm of the gradients; larger ones are scaled down.</summary>
    [Range(0.0, 1e9, MinimumIsExclusive = true)]
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of an exponential moving average of the weights; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double EmaDecay { get; init; }

    /// <summary>
    /// A step is skipped if its loss lies more than so many standard deviations above the mean of the last 128; 0 for never.
    /// </summary>
    [Range(0.0, 1e6)]
    public double SkipLossZ { get; init; }

    /// <summary>The same for the norm of its gradients.</summary>
    [Range(0.0, 1e6)]
    public double SkipNormZ { get; init; }

    /// <summary>Steps between evaluations on held-out text; 0 for the end only.</summary>
    [Range(0, 1_000_000_000)]
    public int EvaluateEvery { get; init; }

    /// <summary>Held-out patches of an evaluation during training.</summary>
    [Range(1, 1 << 24)]
    public int EvaluationPatches { get; init; } = 2048;

    /// <summary>Steps between checkpoints; 0 for the end only.</summary>
    [Range(0, 1_000_000_000)]
    public int SaveEvery { get; init; }

    /// <summary>Number of newest checkpoints to keep.</summary>
    [Range(1, 1_000_000)]
    public int KeepLast { get; init; } = 2;

    /// <summary>Steps between lines of the log.</summary>
    [Range(1, 1_000_000_000)]
    public int LogEvery { get; init; } = 10;

    /// <summary>Seed of initial weights, data order and noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The policy for a loss or gradient that is not finite.</summary>
    public NanPolicy Nan { get; init; } = NanPolicy.Stop;

    /// <summary>The learning rate of a step, counted from 1.</summary>
    public double LearningRateAt(int step)
    {
        if (step <= WarmupSteps)
        {
            return LearningRate * step / WarmupSteps;
        }

        return LearningRate * Schedule switch
        {
            LearningRateSchedule.Constant => 1,
            LearningRateSchedule.Linear => Falling(1 - Progress(step, WarmupSteps)),
            LearningRateSchedule.WarmupStableDecay => Falling(1 - Math.Sqrt(Progress(step, LastStableStep))),
            _ => Falling(0.5 * (1 + Math.Cos(Math.PI * Progress(step, WarmupSteps)))),
        };
    }

    private int LastStableStep => Math.Max(WarmupSteps, Steps - (DecaySteps > 0 ? DecaySteps : Math.Max(1, Steps / 5)));

    /// <summary>The share of the steps behind <paramref name="start"/> that are done.</summary>
    private double Progress(int step, int start) => Math.Clamp((double)(step - start) / Math.Max(1, Steps - start), 0, 1);

    /// <summary>A share of the rate that falls from 1 to <see cref="FinalFraction"/>.</summary>
    private double Falling(double left) => FinalFraction + (1 - FinalFraction) * left;
}
