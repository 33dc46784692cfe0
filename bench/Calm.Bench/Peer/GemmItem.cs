using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>C[M, N] = A B; a T in the form says that the operand is stored by columns.</summary>
internal sealed unsafe class GemmItem : IPeerItem, IPeerCheck
{
    private readonly HostDevice _host;
    private readonly Tape _tape;
    private readonly HostMatrix _a;
    private readonly HostMatrix _b;
    private readonly Tensor _c;
    private readonly int _depth;

    /// <summary>A product of a form NN, NT or TN.</summary>
    public GemmItem(HostDevice host, string form, int m, int n, int k)
    {
        _host = host;
        _depth = k;
        _tape = new Tape(host);
        _a = Operand("a", form[0] == 'T', m, k);
        _b = Operand("b", form[1] == 'T', k, n);
        _c = _tape.Rent(new Shape(m, n), "c");
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        // Nothing: the product overwrites.
    }

    /// <inheritdoc/>
    public void Run() =>
        HostGemm.Multiply(_host, _c.Rows, _c.Columns, _depth, _a, _b, _c.Pointer, _c.Columns, accumulate: false);

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        Run();
        return [PeerResult.Of("product", _c.Span)];
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();

    private HostMatrix Operand(string name, bool transposed, int rows, int columns)
    {
        Shape shape = transposed ? new Shape(columns, rows) : new Shape(rows, columns);
        Tensor tensor = _tape.From(HashedData.Floats(name, shape.Count), shape);
        return transposed ? HostMatrix.TransposeOf(tensor) : HostMatrix.Of(tensor);
    }
}
