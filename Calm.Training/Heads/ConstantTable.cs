using Calm.Runtime;

namespace Calm.Training;

/// <summary>A constant matrix, copied to the device when it is first used.</summary>
/// <param name="columns">Columns of the matrix.</param>
/// <param name="make">Computes the matrix.</param>
internal sealed class ConstantTable(int columns, Func<float[]> make)
{
    private Tensor? _table;

    /// <summary>The matrix.</summary>
    public Tensor On(Device device)
    {
        if (_table is null)
        {
            float[] values = make();
            _table = device.Persistent.Rent(new Shape(values.Length / columns, columns), nameof(ConstantTable));
            _table.CopyFrom(values);
        }

        return _table;
    }
}
