using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The sum of |x_i - y_j|^beta over all pairs of a few rows x and a block of rows y, and its gradient with respect to x.
/// </summary>
/// <remarks>
/// Distances are sums of squared differences, never |x|^2 - 2 x y + |y|^2, and gradients sums of weighted differences:
/// both keep their digits if points lie close together, as all draws do when training starts. A distance of zero has
/// no direction and gives no gradient, for every exponent; neither does one whose square is below the normal floats.
/// </remarks>
internal static unsafe class PairEnergy
{
    /// <summary>Rows of x are padded to a multiple of this.</summary>
    public const int DrawTile = 4;

    /// <summary>Rows of y are padded to a multiple of this.</summary>
    public const int TargetTile = 2;

    /// <summary>Columns are padded with zeros to a multiple of this: two of the widest registers.</summary>
    public const int ColumnTile = 32;

    /// <summary>Room for the weights of a block: a whole number of the widest registers.</summary>
    public static int WeightCount(int drawRows, int targetRows) =>
        RoundUp(drawRows * RoundUp(targetRows, TargetTile), 16);

    /// <summary>The least multiple of <paramref name="tile"/> that is not below <paramref name="count"/>.</summary>
    public static int RoundUp(int count, int tile) => (count + tile - 1) / tile * tile;

    /// <summary>squares[j, i] = |x_i - y_j|^2, zero where x_i or y_j is padding.</summary>
    /// <param name="draws">x, [RoundUp(drawCount, DrawTile), stride].</param>
    /// <param name="drawCount">Rows of x, padding excluded.</param>
    /// <param name="targets">y, [RoundUp(targetCount, TargetTile), stride].</param>
    /// <param name="targetCount">Rows of y, padding excluded.</param>
    /// <param name="stride">Length of a row, a multiple of ColumnTile.</param>
    /// <param name="squares">Out, [WeightCount] floats.</param>
    public static void SquaredDistances<TLanes>(
        float* draws, int drawCount, float* targets, int targetCount, int stride, float* squares)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int drawRows = RoundUp(drawCount, DrawTile);
        float* room = stackalloc float[TLanes.Count];
        for (int j = 0; j < targetCount; j += TargetTile)
        {
            for (int i = 0; i < drawCount; i += DrawTile)
            {
                SquaredDistanceTile<TLanes>(
                    draws + (long)i * stride, targets + (long)j * stride, stride, squares + j * drawRows + i, drawRows,
                    room);
            }
        }

        // Padding must not contribute.
        for (int j = 0; j < targetCount; j++)
        {
            for (int i = drawCount; i < drawRows; i++)
            {
                squares[j * drawRows + i] = 0;
            }
        }

        for (int k = targetCount * drawRows; k < WeightCount(drawRows, targetCount); k++)
        {
            squares[k] = 0;
        }
    }

    /// <summary>Four rows of x against two of y: eight sums in registers.</summary>
    private static void SquaredDistanceTile<TLanes>(
        float* x, float* y, int stride, float* squares, int squaresStride, float* room)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, y1 = y + stride;
        TLanes l0 = TLanes.Broadcast(0), l1 = l0, l2 = l0, l3 = l0, r0 = l0, r1 = l0, r2 = l0, r3 = l0;
        for (long c = 0; c < stride; c += TLanes.Count)
        {
            TLanes left = TLanes.Load(y + c);
            TLanes right = TLanes.Load(y1 + c);
            TLanes row, d;
            row = TLanes.Load(x + c);
            d = row - left; l0 = TLanes.MultiplyAdd(d, d, l0);
            d = row - right; r0 = TLanes.MultiplyAdd(d, d, r0);
            row = TLanes.Load(x1 + c);
            d = row - left; l1 = TLanes.MultiplyAdd(d, d, l1);
            d = row - right; r1 = TLanes.MultiplyAdd(d, d, r1);
            row = TLanes.Load(x2 + c);
            d = row - left; l2 = TLanes.MultiplyAdd(d, d, l2);
            d = row - right; r2 = TLanes.MultiplyAdd(d, d, r2);
            row = TLanes.Load(x3 + c);
            d = row - left; l3 = TLanes.MultiplyAdd(d, d, l3);
            d = row - right; r3 = TLanes.MultiplyAdd(d, d, r3);
        }

        StoreSums(l0, l1, l2, l3, squares, room);
        StoreSums(r0, r1, r2, r3, squares + squaresStride, room);
    }

    /// <summary>Sums of the lanes of four registers, side by side; <paramref name="room"/> holds a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSums<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, float* target, float* room)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Count == 1)
        {
            a.Store(target);
            b.Store(target + 1);
            c.Store(target + 2);
            d.Store(target + 3);
            return;
        }

        // Transposed, each group of four lanes holds a part of each sum.
        TLanes.TransposeQuads(ref a, ref b, ref c, ref d);
        ((a + b) + (c + d)).StoreQuads(room, 4);
        Lanes128 sum = Lanes128.Load(room);
        for (int group = 4; group < TLanes.Count; group += 4)
        {
            sum += Lanes128.Load(room + group);
        }

        sum.Store(target);
    }

    /// <summary>
    /// Turns squared distances into the weights of the gradient, coefficient * beta * d^(beta - 2), in place.
    /// </summary>
    /// <returns>The sum of d^beta.</returns>
    public static float Weigh<TLanes>(float* squares, int count, float exponent, float coefficient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes smallest = TLanes.Broadcast(1.17549435e-38f);
        TLanes factor = TLanes.Broadcast(coefficient * exponent);
        TLanes half = TLanes.Broadcast(0.5f * exponent);
        TLanes sum = zero;
        for (int k = 0; k < count; k += TLanes.Count)
        {
            TLanes square = TLanes.Load(squares + k);
            TLanes power, weight;
            if (exponent == 1)
            {
                power = TLanes.Sqrt(square);
                weight = factor / power;
            }
            else
            {
                power = LaneMath.Exp(half * LaneMath.Log(square));
                weight = factor * power / square;
            }

            TLanes isZero = TLanes.GreaterThan(smallest, square);
            sum += TLanes.Select(isZero, zero, power);
            TLanes.Select(isZero, zero, weight).Store(squares + k);
        }

        return TLanes.Sum(sum);
    }

    /// <summary>gradient[i] += sum over j of weights[j, i] * (x_i - y_j).</summary>
    public static void AddGradient<TLanes>(
        float* draws, int drawCount, float* targets, int targetCount, int stride, float* weights, float* gradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int drawRows = RoundUp(drawCount, DrawTile);
        for (int i = 0; i < drawCount; i += DrawTile)
        {
            for (int c = 0; c < stride; c += 2 * TLanes.Count)
            {
                long at = (long)i * stride + c;
                GradientTile<TLanes>(draws + at, targets + c, targetCount, stride, weights + i, drawRows, gradient + at);
            }
        }
    }

    /// <summary>Four rows of x by two registers of columns; the rows and their gradients stay in registers.</summary>
    private static void GradientTile<TLanes>(
        float* x, float* y, int targetCount, long stride, float* weights, int weightsStride, float* gradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        LoadTile(x, stride, out TLanes x0, out TLanes x1, out TLanes x2, out TLanes x3);
        LoadTile(x + TLanes.Count, stride, out TLanes z0, out TLanes z1, out TLanes z2, out TLanes z3);
        LoadTile(gradient, stride, out TLanes l0, out TLanes l1, out TLanes l2, out TLanes l3);
        LoadTile(gradient + TLanes.Count, stride, out TLanes r0, out TLanes r1, out TLanes r2, out TLanes r3);
        for (int j = 0; j < targetCount; j++, y += stride, weights += weightsStride)
        {
            TLanes left = TLanes.Load(y);
            TLanes right = TLanes.Load(y + TLanes.Count);
            TLanes w = TLanes.Broadcast(weights[0]);
            l0 = TLanes.MultiplyAdd(w, x0 - left, l0);
            r0 = TLanes.MultiplyAdd(w, z0 - right, r0);
            w = TLanes.Broadcast(weights[1]);
            l1 = TLanes.MultiplyAdd(w, x1 - left, l1);
            r1 = TLanes.MultiplyAdd(w, z1 - right, r1);
            w = TLanes.Broadcast(weights[2]);
            l2 = TLanes.MultiplyAdd(w, x2 - left, l2);
            r2 = TLanes.MultiplyAdd(w, z2 - right, r2);
            w = TLanes.Broadcast(weights[3]);
            l3 = TLanes.MultiplyAdd(w, x3 - left, l3);
            r3 = TLanes.MultiplyAdd(w, z3 - right, r3);
        }

        StoreTile(gradient, stride, l0, l1, l2, l3);
        StoreTile(gradient + TLanes.Count, stride, r0, r1, r2, r3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadTile<TLanes>(
        float* source, long stride, out TLanes a, out TLanes b, out TLanes c, out TLanes d)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        a = TLanes.Load(source);
        b = TLanes.Load(source + stride);
        c = TLanes.Load(source + 2 * stride);
        d = TLanes.Load(source + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTile<TLanes>(float* target, long stride, TLanes a, TLanes b, TLanes c, TLanes d)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        a.Store(target);
        b.Store(target + stride);
        c.Store(target + 2 * stride);
        d.Store(target + 3 * stride);
    }
}
