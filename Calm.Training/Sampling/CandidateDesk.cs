using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes draws [first, first + count) of some sequences.</summary>
/// <returns>Latents on the tape, [sequences, count, L].</returns>
internal delegate Tensor DrawLatents(Tape tape, int[] sequences, int first, int count);

/// <summary>
/// The draws of one patch of several sequences, made and decoded as samplers ask for them: all that wait are served
/// together. Which draws are chosen depends on neither who else waits nor how many are made at once.
/// </summary>
/// <param name="tape">Reset for each round of work.</param>
/// <param name="patches">Holds the draws; empty.</param>
/// <param name="patchSize">K.</param>
/// <param name="draw">Makes them.</param>
internal sealed class CandidateDesk(Tape tape, DrawnPatches patches, int patchSize, DrawLatents draw)
{
    // Twelve rows for each of two threads take little longer than one. Further blocks are twice what there is: each reads
    // the weights once, and every draw that nobody looks at is in vain.
    private const int LeastBlock = 24;
    private const int Growth = 2;
    private const int MostBlock = 128;

    private static readonly int[][] FirstPair = [[0, 1]];

    private readonly Tape _tape = tape;
    private readonly DrawnPatches _patches = patches;
    private readonly int _patchSize = patchSize;
    private readonly List<Customer> _customers = [];

    /// <summary>Lets a sampler choose for each of some sequences.</summary>
    /// <param name="sampler">Chooses.</param>
    /// <param name="sequences">Their numbers.</param>
    /// <param name="noise">Of the choices, one for each of them.</param>
    /// <returns>The choices, in their order.</returns>
    public ChosenPatch[] Choose(ITemperatureSampler sampler, int[] sequences, ChoiceNoise[] noise)
    {
        Task<ChosenPatch>[] choices = new Task<ChosenPatch>[sequences.Length];
        for (int i = 0; i < sequences.Length; i++)
        {
            Customer customer = new(this, sequences[i], sampler);
            _customers.Add(customer);
            choices[i] = customer.Choose(noise[i]);
        }

        while (!choices.All(choice => choice.IsCompleted))
        {
            Serve();
        }

        return [.. choices.Select(choice => choice.GetAwaiter().GetResult())];
    }

    /// <summary>One round: draws for those who lack draws, tokens for those who lack tokens.</summary>
    private void Serve()
    {
        Customer[] waiting = [.. _customers.Where(customer => customer.Waits)];
        foreach (IGrouping<(int First, int Count), Customer> alike in waiting.Where(c => c.Block.Count > 0)
                     .GroupBy(customer => customer.Block))
        {
            _tape.Reset();
            int[] sequences = [.. alike.Select(customer => customer.Sequence)];
            (int first, int count) = alike.Key;
            int row = _patches.Count;
            _patches.Add(
                sequences.Length, count, (tape, start, some) => draw(tape, sequences, first + start, some));
            foreach (Customer customer in alike)
            {
                customer.Rows.AddRange(Enumerable.Range(row, count));
                row += count;
            }
        }

        foreach (IGrouping<int, Customer> alike in waiting.Where(c => c.Undecoded.Count > 0).GroupBy(c => c.Position))
        {
            _tape.Reset();
            _patches.Decode([.. alike.SelectMany(customer => customer.Undecoded)], alike.Key);
        }

        foreach (Customer customer in waiting)
        {
            customer.GoOn();
        }
    }

    /// <summary>A sequence's draws, and what it waits for.</summary>
    private sealed class Customer(CandidateDesk desk, int sequence, ITemperatureSampler sampler) : ICandidates
    {
        private TaskCompletionSource? _served;
        private int _wanted;

        public int Sequence => sequence;

        /// <summary>Its draws' rows, in their order.</summary>
        public List<int> Rows { get; } = [];

        /// <summary>Rows of which it waits for a token.</summary>
        public List<int> Undecoded { get; } = [];

        /// <summary>Which token.</summary>
        public int Position { get; private set; }

        public bool Waits => _served is not null;

        /// <summary>The draws to make next; none if it has what it wants.</summary>
        public (int First, int Count) Block
        {
            get
            {
                int first = Rows.Count;
                int lacking = Math.Max(_wanted, sampler.FewestCandidates) - first;
                int block = Math.Max(lacking, Math.Clamp(Growth * first, LeastBlock, MostBlock));
                return (first, _wanted <= first ? 0 : Math.Min(block, sampler.MostCandidates - first));
            }
        }

        public async Task<ChosenPatch> Choose(ChoiceNoise noise)
        {
            PatchChoice choice = await sampler.Choose(this, noise);
            bool? pair = Rows.Count > 1 ? await FirstAgreeing(FirstPair) == 0 : null;
            int row = Rows[choice.Draw];
            await Know([row]);
            return new ChosenPatch(desk._patches.Tokens(row).ToArray(), choice, Rows.Count, pair);
        }

        public async ValueTask<int> Make(int count)
        {
            _wanted = count;
            while (Rows.Count < count)
            {
                await Service();
            }

            return Rows.Count;
        }

        public async ValueTask<int> FirstAgreeing(IReadOnlyList<int[]> groups)
        {
            List<int> left = [.. Enumerable.Range(0, groups.Count)];
            for (int position = desk._patchSize - 1; position >= 0 && left.Count > 0; position--)
            {
                await Know(left.SelectMany(group => groups[group]).Select(draw => Rows[draw]), position);
                left.RemoveAll(group => !Agrees(groups[group], position));
            }

            return left.Count > 0 ? left[0] : -1;
        }

        public async ValueTask<int> Choose(int count, int agreement, double u)
        {
            await Make(count);
            int[] pool = [.. Rows[..count]];
            if (Math.Min(agreement, count) > 1)
            {
                desk._tape.Reset();
                return Rows.IndexOf(new AgreementSearch(desk._patches, desk._patchSize).Choose([pool], agreement, [u])[0]);
            }

            await Know(pool);
            int[] tokens = [.. pool.SelectMany(row => desk._patches.Tokens(row).ToArray())];
            return CandidateChoice.Choose(tokens, desk._patchSize, 1, u);
        }

        public void GoOn()
        {
            Undecoded.Clear();
            TaskCompletionSource served = _served!;
            _served = null;
            served.SetResult();
        }

        /// <summary>Waits until whole patches are known.</summary>
        private async ValueTask Know(int[] rows)
        {
            for (int position = desk._patchSize - 1; position >= 0; position--)
            {
                await Know(rows, position);
            }
        }

        /// <summary>Waits until a token is known, those behind it being so.</summary>
        private async ValueTask Know(IEnumerable<int> rows, int position)
        {
            Undecoded.AddRange(rows.Where(row => !desk._patches.Knows(row, position)).Distinct());
            Position = position;
            if (Undecoded.Count > 0)
            {
                await Service();
            }
        }

        private bool Agrees(int[] draws, int position)
        {
            int token = desk._patches.Tokens(Rows[draws[0]])[position];
            return draws.All(draw => desk._patches.Tokens(Rows[draw])[position] == token);
        }

        private Task Service()
        {
            _served = new TaskCompletionSource();
            return _served.Task;
        }
    }
}

/// <summary>A chosen patch and what it took.</summary>
/// <param name="Tokens">[K].</param>
/// <param name="Choice">How it was chosen.</param>
/// <param name="Drawn">Draws that were made, those made ahead included.</param>
/// <param name="FirstPairAgrees">Whether the first two draws are equal, with chance sum p^2; null for one draw.</param>
internal sealed record ChosenPatch(int[] Tokens, PatchChoice Choice, int Drawn, bool? FirstPairAgrees);
