using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// A block of targets and one work item for the position: plain loops, which OpenCL compilers for CPUs vectorise, unlike
/// the loops of the work items of a group.
/// </summary>
/// <remarks>
/// Scratch memory: exp(logStd) and mean of the targets, [L] each; the targets, [Targets, L]; squared distances in eight parts,
/// [Targets, 4, 8]; their weights and powers, [Targets, 4] each. Each loop does only what the compiler can vectorise: random
/// words apart from normal numbers, whose table might be the memory that they are written to, and squared distances apart
/// from their sums, which would otherwise become the lanes.
/// </remarks>
internal readonly struct LoopBlock<TSource, TGradient> : IEnergyBlock<LoopBlock<TSource, TGradient>>
    where TSource : struct, INoiseSource where TGradient : struct, IGradientMode
{
    private const float SmallestNormal = 1.17549435e-38f;
    private const uint SignBit = 1u << 31;
    private const int BlockRows = 16;
    private const int LaneCount = 8; // of Lanes8, as a constant
    private const int Room = 1024;
    private const int Pairs = DrawRows.Count * BlockRows;
    private const int Weights = (2 + BlockRows) * Room;
    private const int Powers = Weights + Pairs;
    private const int Parts = Powers + Pairs;
    private const int Segments = Parts + Pairs * LaneCount;
    private const int Arguments = Segments + Room;
    private const int Plane = Room / 4;

    private readonly ArrayView<float> _scratch;
    private readonly KernelEnergy _sizes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LoopBlock(KernelEnergy sizes)
    {
        _scratch = SharedMemory.Allocate<float>(Arguments + Room);
        _sizes = sizes;
    }

    /// <summary>The least limits that it runs within.</summary>
    public static GroupLimits Needs => new(1, (Arguments + Room) * sizeof(float));

    /// <inheritdoc/>
    public static int Threads => 1;

    /// <inheritdoc/>
    public static int Targets => BlockRows;

    /// <inheritdoc/>
    public static int MaxColumns => Room;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LoopBlock<TSource, TGradient> Create(KernelEnergy sizes) => new(sizes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDistribution(ArrayView<float> mean, ArrayView<float> logStd, int position)
    {
        long row = (long)position * _sizes.Columns;
        for (int c = 0; c < _sizes.Columns; c++)
        {
            _scratch[c] = _sizes.HasMean != 0 ? KernelMath.Exp(logStd[row + c]) : 1;
            _scratch[Room + c] = _sizes.HasMean != 0 ? mean[row + c] : 0;
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> rows, long first, int count)
    {
        for (int j = 0; j < count; j++)
        {
            for (int c = 0; c < _sizes.Columns; c++)
            {
                _scratch[(2 + j) * Room + c] = rows[(first + j) * _sizes.Columns + c];
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Make(ArrayView<float> values, int place, ArrayView<float> table, int position, int first, int count)
    {
        for (int j = 0; j < count; j++)
        {
            int row = (2 + j) * Room;
            ulong index = ((ulong)place * (ulong)_sizes.Targets + (ulong)(first + j)) * (ulong)_sizes.Columns;
            if (TSource.Run == 4)
            {
                int quads = _sizes.Columns / 4;
                for (int quad = 0; quad < quads; quad++)
                {
                    KernelWords words = _sizes.Noise.Block((index >> 2) + (ulong)quad);
                    Prepare(quad, words.W0);
                    Prepare(Plane + quad, words.W1);
                    Prepare(2 * Plane + quad, words.W2);
                    Prepare(3 * Plane + quad, words.W3);
                }

                for (int quad = 0; quad < quads; quad++)
                {
                    Store(row, 4 * quad, Normal(quad, table));
                    Store(row, 4 * quad + 1, Normal(Plane + quad, table));
                    Store(row, 4 * quad + 2, Normal(2 * Plane + quad, table));
                    Store(row, 4 * quad + 3, Normal(3 * Plane + quad, table));
                }
            }
            else if (TSource.Run == 1)
            {
                for (int c = 0; c < _sizes.Columns; c++)
                {
                    Store(row, c, KernelRandom.Normal(_sizes.Noise.Word(index + (ulong)c), table));
                }
            }
            else
            {
                long from = ((long)position * _sizes.Targets + first + j) * _sizes.Columns;
                for (int c = 0; c < _sizes.Columns; c++)
                {
                    Store(row, c, values[from + c]);
                }
            }
        }
    }

    /// <summary>Prepares a normal number for the table: writes its argument, and its place there with the sign on top.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prepare(int at, uint word)
    {
        KernelNumber segment = NormalTable.Segment(KernelNumber.FromBits(word), out KernelNumber argument);
        _scratch[Segments + at] = Interop.IntAsFloat((segment.Bits << 2) | (word & SignBit));
        _scratch[Arguments + at] = argument.Value;
    }

    /// <summary>The normal number that was prepared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Normal(int at, ArrayView<float> table)
    {
        uint bits = Interop.FloatAsInt(_scratch[Segments + at]);
        int place = (int)(bits & ~SignBit);
        return NormalTable.Evaluate(
            KernelNumber.FromBits(bits), new KernelNumber(_scratch[Arguments + at]), new KernelNumber(table[place]),
            new KernelNumber(table[place + 1]), new KernelNumber(table[place + 2]), new KernelNumber(table[place + 3])).Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(int row, int c, float noise) =>
        _scratch[row + c] = KernelMath.FusedMultiplyAdd(noise, _scratch[c], _scratch[Room + c]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Add(
        ArrayView<float> draws, int position, int count, float slope, ArrayView<float> dDraws, int overwrite)
    {
        float sum = 0;
        for (int draw = 0; draw < _sizes.Draws; draw += DrawRows.Count)
        {
            DrawRows rows = new(position, draw, _sizes);
            int drawCount = IntrinsicMath.Min(DrawRows.Count, _sizes.Draws - draw);
            for (int j = 0; j < count; j++)
            {
                WriteSquares(draws, rows, j);
            }

            sum += Weigh(drawCount, count, slope);
            if (TGradient.IsWanted)
            {
                AddGradient(draws, rows, drawCount, count, dDraws, overwrite);
            }
        }

        return sum;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum(float value) => value;

    /// <summary>parts[j, i] = |x_i - y_j|^2, in eight parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteSquares(ArrayView<float> draws, DrawRows rows, int j)
    {
        int row = (2 + j) * Room;
        int parts = Parts + j * DrawRows.Count * LaneCount;
        int whole = _sizes.Columns & -LaneCount;
        Lanes8 s0 = default, s1 = default, s2 = default, s3 = default;
        for (int c = 0; c < whole; c += LaneCount)
        {
            Lanes8 y = Lanes8.Load(_scratch, row + c);
            s0 = AddSquare(Lanes8.Load(draws, rows.R0 + c), y, s0);
            s1 = AddSquare(Lanes8.Load(draws, rows.R1 + c), y, s1);
            s2 = AddSquare(Lanes8.Load(draws, rows.R2 + c), y, s2);
            s3 = AddSquare(Lanes8.Load(draws, rows.R3 + c), y, s3);
        }

        Lanes8.Store(s0, _scratch, parts);
        Lanes8.Store(s1, _scratch, parts + LaneCount);
        Lanes8.Store(s2, _scratch, parts + 2 * LaneCount);
        Lanes8.Store(s3, _scratch, parts + 3 * LaneCount);
        for (int c = whole; c < _sizes.Columns; c++)
        {
            float y = _scratch[row + c];
            int part = parts + c - whole;
            AddSquare(part, draws[rows.R0 + c] - y);
            AddSquare(part + LaneCount, draws[rows.R1 + c] - y);
            AddSquare(part + 2 * LaneCount, draws[rows.R2 + c] - y);
            AddSquare(part + 3 * LaneCount, draws[rows.R3 + c] - y);
        }
    }

    /// <summary>(x - y)^2 + sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes8 AddSquare(Lanes8 x, Lanes8 y, Lanes8 sum)
    {
        Lanes8 difference = x - y;
        return Lanes8.FusedMultiplyAdd(difference, difference, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddSquare(int part, float difference) =>
        _scratch[part] = KernelMath.FusedMultiplyAdd(difference, difference, _scratch[part]);

    /// <summary>weights[j, i] = slope * d^(beta - 2); returns the sum of d^beta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Weigh(int drawCount, int targetCount, float slope)
    {
        int pairs = DrawRows.Count * targetCount;
        for (int pair = 0; pair < pairs; pair++)
        {
            int part = Parts + pair * LaneCount;
            _scratch[Weights + pair] = (_scratch[part] + _scratch[part + 4]) + (_scratch[part + 1] + _scratch[part + 5])
                + ((_scratch[part + 2] + _scratch[part + 6]) + (_scratch[part + 3] + _scratch[part + 7]));
        }

        // A distance of zero has no direction; neither has one whose square is below the normal floats.
        if (_sizes.Exponent == 1)
        {
            for (int pair = 0; pair < pairs; pair++)
            {
                float square = _scratch[Weights + pair];
                float power = MathF.Sqrt(square);
                _scratch[Weights + pair] = square < SmallestNormal ? 0 : slope / power;
                _scratch[Powers + pair] = square < SmallestNormal ? 0 : power;
            }
        }
        else
        {
            for (int pair = 0; pair < pairs; pair++)
            {
                float square = _scratch[Weights + pair];
                float power = KernelMath.Exp(0.5f * _sizes.Exponent * KernelMath.Log(square));
                _scratch[Weights + pair] = square < SmallestNormal ? 0 : slope * power / square;
                _scratch[Powers + pair] = square < SmallestNormal ? 0 : power;
            }
        }

        float sum = 0;
        for (int j = 0; j < targetCount; j++)
        {
            for (int i = 0; i < drawCount; i++)
            {
                sum += _scratch[Powers + j * DrawRows.Count + i];
            }
        }

        return sum;
    }

    /// <summary>dDraws[i] (+)= sum over j of weight[j, i] * (x_i - y_j).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGradient(
        ArrayView<float> draws, DrawRows rows, int drawCount, int targetCount, ArrayView<float> dDraws, int overwrite)
    {
        int whole = _sizes.Columns & -LaneCount;
        for (int c = 0; c < whole; c += LaneCount)
        {
            Lanes8 x0 = Lanes8.Load(draws, rows.R0 + c), x1 = Lanes8.Load(draws, rows.R1 + c);
            Lanes8 x2 = Lanes8.Load(draws, rows.R2 + c), x3 = Lanes8.Load(draws, rows.R3 + c);
            Lanes8 g0 = default, g1 = default, g2 = default, g3 = default;
            for (int j = 0; j < targetCount; j++)
            {
                Lanes8 y = Lanes8.Load(_scratch, (2 + j) * Room + c);
                int weight = Weights + j * DrawRows.Count;
                g0 = AddDifference(_scratch[weight], x0, y, g0);
                g1 = AddDifference(_scratch[weight + 1], x1, y, g1);
                g2 = AddDifference(_scratch[weight + 2], x2, y, g2);
                g3 = AddDifference(_scratch[weight + 3], x3, y, g3);
            }

            Give(g0, dDraws, rows.R0 + c, overwrite, drawCount > 0);
            Give(g1, dDraws, rows.R1 + c, overwrite, drawCount > 1);
            Give(g2, dDraws, rows.R2 + c, overwrite, drawCount > 2);
            Give(g3, dDraws, rows.R3 + c, overwrite, drawCount > 3);
        }

        for (int i = 0; i < drawCount; i++)
        {
            long row = rows.R0 + (long)i * _sizes.Columns;
            for (int c = whole; c < _sizes.Columns; c++)
            {
                float gradient = 0;
                for (int j = 0; j < targetCount; j++)
                {
                    gradient = KernelMath.FusedMultiplyAdd(
                        _scratch[Weights + j * DrawRows.Count + i], draws[row + c] - _scratch[(2 + j) * Room + c], gradient);
                }

                dDraws[row + c] = overwrite != 0 ? gradient : dDraws[row + c] + gradient;
            }
        }
    }

    /// <summary>weight * (x - y) + sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes8 AddDifference(float weight, Lanes8 x, Lanes8 y, Lanes8 sum) =>
        Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(weight), x - y, sum);

    /// <summary>Overwrites eight elements of a gradient or adds to them, if they are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Give(Lanes8 value, ArrayView<float> target, long at, int overwrite, bool isWanted)
    {
        if (isWanted)
        {
            if (overwrite != 0)
            {
                Lanes8.Store(value, target, at);
            }
            else
            {
                Lanes8.Store(Lanes8.Load(target, at) + value, target, at);
            }
        }
    }
}
