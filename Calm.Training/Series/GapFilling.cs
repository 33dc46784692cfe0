namespace Calm.Training;

/// <summary>The rule for rows and values that are missing.</summary>
internal enum GapFill
{
    /// <summary>None may be.</summary>
    Refuse,

    /// <summary>They repeat the value before.</summary>
    Previous,

    /// <summary>They lie on the line between the values before and behind.</summary>
    Linear,

    /// <summary>Rows with missing values are left out, and the rows around a gap follow each other.</summary>
    Drop,
}

/// <summary>Fills what is missing in a table of values, in which NaN marks it.</summary>
internal static class GapFilling
{
    /// <summary>Inserts rows of NaN.</summary>
    /// <param name="values">[rows, width].</param>
    /// <param name="width">Columns.</param>
    /// <param name="steps">The number of steps that leads to each row from the one before; the first is not looked at.</param>
    public static double[] Insert(double[] values, int width, int[] steps)
    {
        int rows = 1 + steps.Skip(1).Sum();
        double[] whole = new double[rows * width];
        Array.Fill(whole, double.NaN);
        int at = 0;
        for (int row = 0; row < steps.Length; row++)
        {
            at += row == 0 ? 0 : steps[row];
            values.AsSpan(row * width, width).CopyTo(whole.AsSpan(at * width));
        }

        return whole;
    }

    /// <summary>Leaves out the rows that have a NaN.</summary>
    public static double[] Drop(double[] values, int width) =>
        [.. values.Chunk(width).Where(row => !row.Any(double.IsNaN)).SelectMany(row => row)];

    /// <summary>
    /// Replaces each NaN by the value before it in its column, or by a value on the line to the next. At an end, where one
    /// of them is missing, it is the other.
    /// </summary>
    /// <param name="values">[rows, width]; every column has a value.</param>
    /// <param name="width">Columns.</param>
    /// <param name="isLinear">Whether to draw a line.</param>
    public static void Fill(double[] values, int width, bool isLinear)
    {
        int rows = values.Length / width;
        for (int column = 0; column < width; column++)
        {
            int before = -1;
            for (int row = 0; row <= rows; row++)
            {
                if (row < rows && double.IsNaN(values[row * width + column]))
                {
                    continue;
                }

                for (int gap = before + 1; gap < row; gap++)
                {
                    values[gap * width + column] = Between(gap, before, row);
                }

                before = row;
            }

            double Between(int gap, int from, int to)
            {
                bool hasNext = to < rows;
                double first = from >= 0 ? values[from * width + column] : values[to * width + column];
                double last = hasNext ? values[to * width + column] : first;
                double share = (double)(gap - from) / (to - from);

                // Both products are finite where the difference of two huge values is not.
                return !isLinear || from < 0 || first == last ? first : first * (1 - share) + last * share;
            }
        }
    }
}
