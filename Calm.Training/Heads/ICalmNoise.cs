using Calm.Runtime;

namespace Calm.Training;

/// <summary>The random numbers of a language model's training step, found by a position's number in the full batch.</summary>
internal interface ICalmNoise
{
    /// <summary>Noise of an energy head's draws, [M, S, noise size], uniform in [-1/2, 1/2).</summary>
    Tensor HeadNoise(Tape tape, Tensor positions);

    /// <summary>Normal numbers of the draws of the targets that an energy head is scored against.</summary>
    TargetNoise TargetNoise(Tape tape, Tensor positions);

    /// <summary>Draws of the targets with noise and times, for a denoising head.</summary>
    DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions);
}

/// <summary>Normal numbers of target draws: those of a stream, made as they are used, or given ones.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Given">[M, targets, L]; null for those of the stream.</param>
internal readonly record struct TargetNoise(RandomStream Stream, Tensor? Given = null);
