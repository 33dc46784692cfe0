using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A stack of Llama blocks and a last norm, over patches instead of tokens.</summary>
internal sealed class Transformer
{
    private readonly TransformerConfig _config;
    private readonly TransformerBlock[] _blocks;
    private readonly Parameter _norm;
    private RotaryTable? _table;

    /// <summary>Adds the parameters of blocks and norm to a set.</summary>
    public Transformer(ParameterSet parameters, TransformerConfig config, string prefix)
    {
        _config = config;
        _blocks =
        [
            .. Enumerable.Range(0, config.NumHiddenLayers)
                .Select(i => new TransformerBlock(parameters, config, $"{prefix}layers.{i}.")),
        ];
        _norm = parameters.Add($"{prefix}norm.weight", new Shape(config.HiddenSize), Initialization.Ones, decays: false);
    }

    /// <summary>Hidden states of all positions.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">Compressed patches, [B, T, d].</param>
    /// <param name="caches">One a block, for the positions before x; null in training.</param>
    /// <returns>[B, T, d].</returns>
    public Tensor Apply(Tape tape, Tensor x, KeyValueCache[]? caches = null)
    {
        RotaryTable table = TableFor(tape.Device, x.Shape[1] + (caches?[0].Length ?? 0));
        for (int i = 0; i < _blocks.Length; i++)
        {
            TransformerBlock block = _blocks[i];
            KeyValueCache? cache = caches?[i];
            x = tape.Checkpoint(x, input => block.Apply(tape, input, table, cache));
        }

        return RmsNorm.Apply(tape, x, _norm.Value, _config.RmsNormEps);
    }

    /// <summary>Empty caches for generation, one a block.</summary>
    /// <param name="arena">The memory of the caches.</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Positions to make room for at first.</param>
    public KeyValueCache[] CreateCaches(Arena arena, int batch, int capacity) =>
    [
        .. _blocks.Select(_ => new KeyValueCache(arena, batch, capacity, _config.NumKeyValueHeads, _config.HeadSize)),
    ];

    private RotaryTable TableFor(Device device, int positions)
    {
        if (_table is null || _table.Positions < positions)
        {
            int room = Math.Max(positions, 2 * (_table?.Positions ?? 0));
            _table = new RotaryTable(device, room, _config.HeadSize, _config.RopeTheta);
        }

        return _table;
    }
}
