using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A case that is timed: ours and the same work by providers, each forward and backward.</summary>
internal sealed class BenchedCase
{
    // A definition in double does about 10^9 operations a second, and gradients need it some ten times.
    private const double MostFlopsChecked = 2e8;

    // Until the idle threads of every library have stopped polling: those of OpenBLAS do for 2^26 cycles.
    private static readonly TimeSpan PauseBetweenSides = TimeSpan.FromMilliseconds(60);

    private readonly OpCase _case;
    private readonly Device _device;
    private readonly List<BenchedSide> _sides = [];
    private readonly List<string> _remarks = [];
    private readonly IReadOnlyList<IOpProvider> _providers;
    private float[][]? _cotangents;
    private ProvidedOperands? _operands;
    private Cost? _forward;
    private Cost? _backward;
    private double _forwardData;

    /// <summary>Prepares a case; nothing runs.</summary>
    public BenchedCase(OpCase c, Device device, IReadOnlyList<IOpProvider> providers)
    {
        (_case, _device, _providers) = (c, device, providers);
        Checked = c.Forward is { Flops: <= MostFlopsChecked } ? "its own size" : "the op's smaller cases";
    }

    /// <summary>The case.</summary>
    public OpCase Case => _case;

    /// <summary>The cases that are compared with the definition before a time is taken.</summary>
    public string Checked { get; private set; }

    /// <summary>The reason why there is no time: a wrong result; null if there is none.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Reasons why a provider has no time here.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>All sides and directions that are timed.</summary>
    public IReadOnlyList<BenchedSide> Sides => _sides;

    /// <summary>Compares results with the definition, those of providers with ours. A wrong op gets no time.</summary>
    /// <param name="own">The case on the numbers that it came with.</param>
    /// <param name="smaller">All cases of the op; null if all of them have passed already.</param>
    public void Check(OpCase own, IEnumerable<OpCase>? smaller)
    {
        Checked = smaller is null ? "all cases of the op" : Checked;
        IEnumerable<OpCase> cases =
            smaller is null ? [] : own.Forward is { Flops: <= MostFlopsChecked } ? [own] : smaller;
        Wrong = cases.SelectMany(c => CaseRunner.Check(c, _device)).FirstOrDefault(result => !result.Passed) is { } failed
            ? $"{failed.Name} differs by {failed.Error:g3}, {failed.Limit:g3} allowed"
            : null;
        if (Wrong is not null)
        {
            return;
        }

        _sides.Add(new BenchedSide(BenchRow.Calm, isForward: true));
        if (_case.Backward is not null)
        {
            _sides.Add(new BenchedSide(BenchRow.Calm, isForward: false));
        }

        if (_providers.Count > 0)
        {
            AddProviders(own);
        }
    }

    /// <summary>Whether every side has all its times; true for an op without.</summary>
    public bool IsDone(MeasureSettings settings) => _sides.TrueForAll(side => side.IsDone(settings));

    /// <summary>Visits each side, unless all are done. Sides go first in turn.</summary>
    /// <param name="runs">Takes the times.</param>
    /// <param name="settings">Says which sides are done.</param>
    /// <param name="round">The number of the visit.</param>
    public void Visit(RunTimer runs, MeasureSettings settings, int round)
    {
        if (IsDone(settings))
        {
            return;
        }

        // As long as one side is open all are visited: their ratio needs times of the same minutes.
        string[] names = [.. _sides.Select(side => side.Provider).Distinct()];
        foreach (string name in round % 2 == 0 ? names : names.Reverse())
        {
            if (names.Length > 1)
            {
                Thread.Sleep(PauseBetweenSides);
            }

            if (name == BenchRow.Calm)
            {
                VisitOurs(runs);
            }
            else
            {
                VisitTheirs(name, runs);
            }
        }
    }

    /// <summary>The cost of a direction, in the types that our side has; null if it has none.</summary>
    public Cost? CostOf(BenchedSide side) => side.IsForward ? _forward : _backward;

    /// <summary>Bytes of the data that a direction works on.</summary>
    public double DataOf(BenchedSide side) => side.IsForward ? _forwardData : _backward?.Bytes ?? 0;

    private void AddProviders(OpCase own)
    {
        CaseRun ours = CaseRunner.Run(own, _device);
        ProvidedOperands operands = ProvidedCheck.Operands(own, ours);
        foreach (IOpProvider provider in _providers)
        {
            using IProvidedOp? theirs = provider.Prepare(own, operands);
            if (theirs is null)
            {
                _remarks.Add($"{provider.Name} has no {own.Op} like it");
            }
            else if (ProvidedCheck.Results(own, ours, theirs).FirstOrDefault(result => !result.Passed) is { } differs)
            {
                _remarks.Add($"{provider.Name}: {differs.Name} differs by {differs.Error:g3}, {differs.Limit:g3} allowed");
            }
            else
            {
                _sides.Add(new BenchedSide(provider.Name, isForward: true) { Form = theirs.Form });
                if (theirs.HasBackward && _case.Backward is not null)
                {
                    _sides.Add(new BenchedSide(provider.Name, isForward: false) { Form = theirs.Form });
                }
            }
        }

        _operands = ProvidedCheck.Operands(_case, ours);
    }

    private void VisitOurs(RunTimer runs)
    {
        using CaseTimer timer = new(_case, _device, _cotangents);
        (_cotangents, _forward, _backward) = (timer.Cotangents, timer.ForwardCost, timer.BackwardCost);
        _forwardData = timer.ForwardData;
        foreach (BenchedSide side in _sides.Where(side => side.Provider == BenchRow.Calm))
        {
            (Action prepare, Action run) = side.IsForward
                ? ((Action)timer.Reset, (Action)timer.Forward)
                : (timer.PrepareBackward, timer.Backward);
            side.Visit(runs, prepare, run);
        }
    }

    private void VisitTheirs(string name, RunTimer runs)
    {
        using IProvidedOp op = _providers.Single(provider => provider.Name == name).Prepare(_case, _operands!)!;
        foreach (BenchedSide side in _sides.Where(side => side.Provider == name))
        {
            if (side.IsForward)
            {
                side.Visit(runs, op.Reset, op.Forward);
            }
            else
            {
                side.Visit(
                    runs,
                    () =>
                    {
                        op.Reset();
                        op.Forward();
                    },
                    op.Backward);
            }
        }
    }
}
