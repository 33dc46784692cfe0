using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A sequence of patches that <see cref="CalmGenerator"/> writes.</summary>
/// <param name="caches">Keys and values of the patches that were read, one cache a block.</param>
/// <param name="hidden">Receives the hidden state behind them, from which the next patch is drawn, [d].</param>
/// <param name="sampler">Chooses among draws.</param>
/// <param name="noise">Randomness of draws and choices.</param>
internal sealed class CalmSequence(
    KeyValueCache[] caches, float[] hidden, ITemperatureSampler sampler, IGenerationNoise noise)
{
    /// <summary>Keys and values of the patches that were read, one cache a block.</summary>
    public KeyValueCache[] Caches => caches;

    /// <summary>The hidden state behind the patches that were read, [d].</summary>
    public float[] Hidden => hidden;

    /// <summary>Chooses among draws.</summary>
    public ITemperatureSampler Sampler => sampler;

    /// <summary>Randomness of draws and choices.</summary>
    public IGenerationNoise Noise => noise;

    /// <summary>The number of the next patch, from 0 at the end of the prompt.</summary>
    public int Patch { get; set; }
}

/// <summary>Randomness of a generated sequence.</summary>
internal interface IGenerationNoise
{
    /// <summary>Noise of some draws of a patch: <see cref="DrawNoise"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="patch">The number of the patch.</param>
    /// <param name="first">The number of the first draw.</param>
    /// <param name="count">Number of draws.</param>
    /// <returns>The numbers of one draw after the other.</returns>
    Tensor Draws(Tape tape, int patch, int first, int count);

    /// <summary>Randomness of the choice of a patch.</summary>
    ChoiceNoise Choice(int patch);
}

/// <summary>Randomness from a seed, the same for every sequence: a text depends on prompt and seed alone.</summary>
internal sealed class SeededNoise(CalmConfig config, ulong seed) : IGenerationNoise
{
    public Tensor Draws(Tape tape, int patch, int first, int count) =>
        DrawNoise.Make(tape, config, first, count, RandomStreams.GenerationNoise(seed, (uint)patch));

    public ChoiceNoise Choice(int patch) => new(
        RandomStreams.GenerationChoice(seed, (uint)patch).Uniform(0), RandomStreams.GenerationPicks(seed, (uint)patch),
        RandomStreams.GenerationCoins(seed, (uint)patch));
}
