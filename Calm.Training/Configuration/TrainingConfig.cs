using Calm.Runtime;

namespace Calm.Training;

/// <summary>How the learning rate moves after its warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls along half a cosine to a fraction of itself at the last step.</summary>
    Cosine,
}

/// <summary>What happens when a loss or a gradient is not a number.</summary>
public enum NanPolicy
{
    /// <summary>The run ends with an error that names the op; the last checkpoint stays.</summary>
    Stop,

    /// <summary>The step is left out, up to ten in a row.</summary>
    Skip,

    /// <summary>The run goes back to the last checkpoint and on with other noise, up to three times.</summary>
    Rollback,
}

/// <summary>How one stage is trained.</summary>
public sealed record TrainingConfig
{
    /// <summary>What matrix products and attention are computed from.</summary>
    public Precision Precision { get; init; }

    /// <summary>Optimiser steps in all.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Sequences of a step, or patches for an autoencoder.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Micro-batches that a step is cut into; the result is the same but for rounding.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// Whether layers keep nothing but inputs and outputs and run once more on the way back: the same result to the bit.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Patches of a sequence; an autoencoder has no sequences and ignores it.</summary>
    public int ContextPatches { get; init; } = 64;

    /// <summary>
    /// Tokens of a sequence of a discrete model, a multiple of the patches of its text; other models ignore it.
    /// </summary>
    public int ContextTokens { get; init; } = 256;

    /// <summary>Learning rate after warm-up.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps over which the learning rate rises from zero.</summary>
    public int WarmupSteps { get; init; } = 50;

    /// <summary>How the learning rate moves then.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>What remains of the learning rate at the end of a cosine schedule.</summary>
    public double FinalFraction { get; init; } = 0.05;

    /// <summary>AdamW's first decay rate.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's second decay rate.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Decoupled weight decay of matrices and embeddings.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Norm to which gradients are clipped.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Steps between evaluations on held-out text; 0 for the end only.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Patches that an evaluation during training looks at.</summary>
    public int EvaluationPatches { get; init; } = 2048;

    /// <summary>Steps between checkpoints; 0 for the end only.</summary>
    public int SaveEvery { get; init; }

    /// <summary>Checkpoints kept beside the latest.</summary>
    public int KeepLast { get; init; } = 2;

    /// <summary>Steps between lines of the log.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Seed of initial weights, order of data and all noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What happens when a loss or gradient is not a number.</summary>
    public NanPolicy Nan { get; init; } = NanPolicy.Stop;

    /// <summary>The learning rate of a step, counted from 1.</summary>
    public double LearningRateAt(int step)
    {
        if (step <= WarmupSteps)
        {
            return LearningRate * step / WarmupSteps;
        }

        if (Schedule == LearningRateSchedule.Constant)
        {
            return LearningRate;
        }

        double progress = Math.Min(1, (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps));
        double cosine = 0.5 * (1 + Math.Cos(Math.PI * progress));
        return LearningRate * (FinalFraction + (1 - FinalFraction) * cosine);
    }
}
