using Calm.Runtime;

namespace Calm.Training;

/// <summary>The randomness of a language model's training step.</summary>
internal interface ICalmNoise
{
    /// <summary>Noise of the head, [M, S, noise size], uniform in [-1/2, 1/2).</summary>
    Tensor HeadNoise(Tape tape, Tensor positions);

    /// <summary>The energy score of draws against draws of the targets.</summary>
    Tensor Score(Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions);

    /// <summary>Draws of the targets with noise and times, for a head that learns to see through noise.</summary>
    DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions);
}
