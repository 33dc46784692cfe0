using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>An op as a provider computes it, on the numbers of <see cref="TapeItem"/> and <see cref="GemmItem"/>.</summary>
internal sealed class ProviderItem : IPeerItem, IPeerCheck
{
    private readonly ProviderCase _case;
    private readonly IProvidedOp _op;

    /// <summary>An item of bench/peers/items.py.</summary>
    /// <exception cref="CalmException">The provider has none like it.</exception>
    public ProviderItem(IOpProvider provider, JsonNode item)
    {
        _case = ProviderCase.Of(item);
        _op = provider.Prepare(_case.Case, _case.Operands)
            ?? throw new CalmException($"{provider.Name}: has no op for {item.ToJsonString()}.");
    }

    /// <inheritdoc/>
    public void Prepare() => _op.Reset();

    /// <inheritdoc/>
    public void Run()
    {
        _op.Forward();
        if (_op.HasBackward)
        {
            _op.Backward();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        Prepare();
        Run();
        yield return PeerResult.Of(_op.HasBackward ? "output" : "product", _op.Outputs()[0]);
        if (!_op.HasBackward)
        {
            yield break;
        }

        foreach ((CaseInput input, float[]? gradient) in _case.Case.Inputs.Zip(_op.Gradients()))
        {
            if (input is { Differentiable: true, IsInteger: false })
            {
                yield return PeerResult.Of($"gradient of {input.Name}", gradient);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _op.Dispose();
}
