using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// A block of targets in shared memory, and a group of threads for the position: distances from four draws at a time, their
/// weights, and the gradient.
/// </summary>
/// <remarks>
/// Shared memory: exp(logStd) and mean of the targets, [L] each; the targets, [L, Stride]; squared distances, then weights,
/// [parts, 4, Targets]. For distances a thread is a target and a part of its components; for the gradient it is a component.
/// </remarks>
internal readonly struct GroupBlock<TTile, TSource, TGradient> : IEnergyBlock<GroupBlock<TTile, TSource, TGradient>>
    where TTile : struct, IEnergyTile where TSource : struct, INoiseSource where TGradient : struct, IGradientMode
{
    private const float SmallestNormal = 1.17549435e-38f;

    private readonly ArrayView<float> _shared;
    private readonly KernelEnergy _sizes;
    private readonly int _mean;
    private readonly int _targets;
    private readonly int _squares;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private GroupBlock(KernelEnergy sizes)
    {
        _shared = SharedMemory.Allocate<float>(SharedFloats);
        _sizes = sizes;
        _mean = sizes.Columns;
        _targets = 2 * sizes.Columns;
        _squares = (2 + TTile.Stride) * sizes.Columns;
    }

    /// <inheritdoc/>
    public static int Threads => TTile.Size;

    /// <inheritdoc/>
    public static int Targets => TTile.Targets;

    /// <inheritdoc/>
    public static int MaxColumns => TTile.MaxColumns;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GroupBlock<TTile, TSource, TGradient> Create(KernelEnergy sizes) => new(sizes);

    /// <summary>The least limits that it runs within.</summary>
    public static GroupLimits Needs => new(TTile.Size, SharedFloats * sizeof(float));

    private static int SharedFloats => (2 + TTile.Stride) * TTile.MaxColumns + DrawRows.Count * TTile.Size;

    private static int Target
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Group.IdxX & (TTile.Targets - 1);
    }

    private static int Part
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Group.IdxX / TTile.Targets;
    }

    private static int Parts
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TTile.Size / TTile.Targets;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDistribution(ArrayView<float> mean, ArrayView<float> logStd, int position)
    {
        long row = (long)position * _sizes.Columns;
        for (int c = Group.IdxX; c < _sizes.Columns; c += TTile.Size)
        {
            _shared[c] = _sizes.HasMean != 0 ? KernelMath.Exp(logStd[row + c]) : 1;
            _shared[_mean + c] = _sizes.HasMean != 0 ? mean[row + c] : 0;
        }

        KernelGroup.Barrier();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> rows, long first, int count)
    {
        long row = (first + IntrinsicMath.Min(Target, count - 1)) * _sizes.Columns;
        for (int c = Part; c < _sizes.Columns; c += Parts)
        {
            _shared[_targets + c * TTile.Stride + Target] = rows[row + c];
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Make(ArrayView<float> values, int place, ArrayView<float> table, int position, int first, int count)
    {
        int target = first + IntrinsicMath.Min(Target, count - 1);
        ulong index = ((ulong)place * (ulong)_sizes.Targets + (ulong)target) * (ulong)_sizes.Columns;
        if (TSource.Run == 4)
        {
            for (int c = 4 * Part; c < _sizes.Columns; c += 4 * Parts)
            {
                KernelWords words = _sizes.Noise.Block((index + (ulong)c) >> 2);
                Store(c, KernelRandom.Normal(words.W0, table));
                Store(c + 1, KernelRandom.Normal(words.W1, table));
                Store(c + 2, KernelRandom.Normal(words.W2, table));
                Store(c + 3, KernelRandom.Normal(words.W3, table));
            }

            KernelGroup.Barrier(); // runs of four are not the components whose distances this thread adds
        }
        else if (TSource.Run == 1)
        {
            for (int c = Part; c < _sizes.Columns; c += Parts)
            {
                Store(c, KernelRandom.Normal(_sizes.Noise.Word(index + (ulong)c), table));
            }
        }
        else
        {
            long row = ((long)position * _sizes.Targets + target) * _sizes.Columns;
            for (int c = Part; c < _sizes.Columns; c += Parts)
            {
                Store(c, values[row + c]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(int c, float noise) =>
        _shared[_targets + c * TTile.Stride + Target] = KernelMath.FusedMultiplyAdd(noise, _shared[c], _shared[_mean + c]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Add(
        ArrayView<float> draws, int position, int count, float slope, ArrayView<float> dDraws, int overwrite)
    {
        float sum = 0;
        for (int draw = 0; draw < _sizes.Draws; draw += DrawRows.Count)
        {
            DrawRows rows = new(position, draw, _sizes);
            WriteSquares(draws, rows);
            KernelGroup.Barrier();
            sum += Weigh(IntrinsicMath.Min(DrawRows.Count, _sizes.Draws - draw), count, slope);
            KernelGroup.Barrier();
            if (TGradient.IsWanted)
            {
                AddGradient(draws, rows, IntrinsicMath.Min(DrawRows.Count, _sizes.Draws - draw), count, dDraws, overwrite);
            }

            KernelGroup.Barrier(); // the next squares, and the next targets, only after all have read these
        }

        return sum;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum(float value) => GroupSum.Of<TTile>(value, _shared.SubView(_squares, TTile.Size));

    /// <summary>squares[part, i, j] = sum over the part's components of (x_i - y_j)^2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteSquares(ArrayView<float> draws, DrawRows rows)
    {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (int c = Part; c < _sizes.Columns; c += Parts)
        {
            float y = _shared[_targets + c * TTile.Stride + Target];
            float d0 = draws[rows.R0 + c] - y;
            float d1 = draws[rows.R1 + c] - y;
            float d2 = draws[rows.R2 + c] - y;
            float d3 = draws[rows.R3 + c] - y;
            s0 = KernelMath.FusedMultiplyAdd(d0, d0, s0);
            s1 = KernelMath.FusedMultiplyAdd(d1, d1, s1);
            s2 = KernelMath.FusedMultiplyAdd(d2, d2, s2);
            s3 = KernelMath.FusedMultiplyAdd(d3, d3, s3);
        }

        int at = _squares + Part * DrawRows.Count * TTile.Targets + Target;
        _shared[at] = s0;
        _shared[at + TTile.Targets] = s1;
        _shared[at + 2 * TTile.Targets] = s2;
        _shared[at + 3 * TTile.Targets] = s3;
    }

    /// <summary>
    /// Adds the parts of each squared distance, turns it into the weight slope * d^(beta - 2) in place of its first part, and
    /// returns the sum of d^beta over this thread's pairs.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Weigh(int drawCount, int targetCount, float slope)
    {
        float sum = 0;
        for (int pair = Group.IdxX; pair < drawCount * TTile.Targets; pair += TTile.Size)
        {
            float square = _shared[_squares + pair];
            for (int part = 1; part < Parts; part++)
            {
                square += _shared[_squares + part * DrawRows.Count * TTile.Targets + pair];
            }

            float root = MathF.Sqrt(square);
            float power = _sizes.Exponent == 1 ? root : KernelMath.Exp(0.5f * _sizes.Exponent * KernelMath.Log(square));
            float weight = _sizes.Exponent == 1 ? slope / root : slope * power / square;

            // A distance of zero has no direction; neither has one whose square is below the normal floats.
            bool isZero = square < SmallestNormal;
            _shared[_squares + pair] = isZero ? 0 : weight;
            sum += isZero || (pair & (TTile.Targets - 1)) >= targetCount ? 0 : power;
        }

        return sum;
    }

    /// <summary>dDraws[i] (+)= sum over j of weight[i, j] * (x_i - y_j).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGradient(
        ArrayView<float> draws, DrawRows rows, int drawCount, int targetCount, ArrayView<float> dDraws, int overwrite)
    {
        for (int start = 0; start < _sizes.Columns; start += TTile.Size)
        {
            int c = IntrinsicMath.Min(start + Group.IdxX, _sizes.Columns - 1);
            float x0 = draws[rows.R0 + c], x1 = draws[rows.R1 + c], x2 = draws[rows.R2 + c], x3 = draws[rows.R3 + c];
            float g0 = 0, g1 = 0, g2 = 0, g3 = 0;
            for (int j = 0; j < targetCount; j++)
            {
                float y = _shared[_targets + c * TTile.Stride + j];
                int weight = _squares + j;
                g0 = KernelMath.FusedMultiplyAdd(_shared[weight], x0 - y, g0);
                g1 = KernelMath.FusedMultiplyAdd(_shared[weight + TTile.Targets], x1 - y, g1);
                g2 = KernelMath.FusedMultiplyAdd(_shared[weight + 2 * TTile.Targets], x2 - y, g2);
                g3 = KernelMath.FusedMultiplyAdd(_shared[weight + 3 * TTile.Targets], x3 - y, g3);
            }

            if (start + Group.IdxX < _sizes.Columns)
            {
                StoreGradient(dDraws, rows.R0 + c, g0, overwrite);
                if (drawCount > 1)
                {
                    StoreGradient(dDraws, rows.R1 + c, g1, overwrite);
                }

                if (drawCount > 2)
                {
                    StoreGradient(dDraws, rows.R2 + c, g2, overwrite);
                }

                if (drawCount > 3)
                {
                    StoreGradient(dDraws, rows.R3 + c, g3, overwrite);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreGradient(ArrayView<float> dDraws, long at, float gradient, int overwrite) =>
        dDraws[at] = overwrite != 0 ? gradient : dDraws[at] + gradient;
}
