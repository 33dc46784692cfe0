namespace Calm.Cli;

/// <summary>A matrix that lies in memory row by row, or the transpose of one.</summary>
/// <param name="Elements">Its memory.</param>
/// <param name="StoredRows">Rows as it lies.</param>
/// <param name="StoredColumns">Columns as it lies.</param>
/// <param name="Transposed">Whether the transpose is meant.</param>
internal readonly record struct StoredMatrix<TMemory>(
    TMemory Elements, int StoredRows, int StoredColumns, bool Transposed = false)
{
    /// <summary>Rows of the matrix that is meant.</summary>
    public int Rows => Transposed ? StoredColumns : StoredRows;

    /// <summary>Columns of the matrix that is meant.</summary>
    public int Columns => Transposed ? StoredRows : StoredColumns;

    /// <summary>Number of elements.</summary>
    public int Count => StoredRows * StoredColumns;

    /// <summary>The other of matrix and transpose, in the same memory.</summary>
    public StoredMatrix<TMemory> Transpose => this with { Transposed = !Transposed };
}
