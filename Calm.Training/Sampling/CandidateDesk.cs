using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes draws [first, first + count) of some sequences.</summary>
/// <returns>Latents, [sequences, count, L].</returns>
internal delegate Tensor DrawLatents(int[] sequences, int first, int count);

/// <summary>
/// The draws of one patch of several sequences, made and decoded as samplers ask for them: all sequences that wait are served
/// together. Which draws are chosen depends on neither who else waits nor how many are made at once.
/// </summary>
/// <param name="tape">Reset for each round of work.</param>
/// <param name="patches">Holds the draws; empty.</param>
/// <param name="patchSize">K.</param>
/// <param name="draw">Makes them.</param>
internal sealed class CandidateDesk(Tape tape, DrawnPatches patches, int patchSize, DrawLatents draw)
{
    // A product of up to 8 rows takes as long as one of a single row. Further blocks double what there is.
    private const int LeastBlock = 8;
    private const int MostBlock = 64;

    private static readonly int[] FirstPair = [0, 1];

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
            Tensor latents = draw([.. alike.Select(customer => customer.Sequence)], alike.Key.First, alike.Key.Count);
            int row = _patches.Count;
            _patches.Add(latents.Reshape(latents.Rows, latents.Columns));
            foreach (Customer customer in alike)
            {
                customer.Rows.AddRange(Enumerable.Range(row, alike.Key.Count));
                row += alike.Key.Count;
            }
        }

        _tape.Reset();
        _patches.DecodeAll([.. waiting.SelectMany(customer => customer.Undecoded)]);
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

        /// <summary>Rows whose tokens it waits for.</summary>
        public List<int> Undecoded { get; } = [];

        public bool Waits => _served is not null;

        /// <summary>The draws to make next; none if it has what it wants.</summary>
        public (int First, int Count) Block
        {
            get
            {
                int first = Rows.Count;
                int block = Math.Max(Math.Max(_wanted, sampler.FewestCandidates) - first, Math.Clamp(first, LeastBlock, MostBlock));
                return (first, _wanted <= first ? 0 : Math.Min(block, sampler.MostCandidates - first));
            }
        }

        public async Task<ChosenPatch> Choose(ChoiceNoise noise)
        {
            PatchChoice choice = await sampler.Choose(this, noise);
            bool? pair = Rows.Count > 1 ? await Agree(FirstPair) : null;
            int row = Rows[choice.Draw];
            if (!desk._patches.Knows(row, 0))
            {
                Undecoded.Add(row);
                await Service();
            }

            return new ChosenPatch(desk._patches.Tokens(row).ToArray(), choice, Rows.Count, pair);
        }

        public async ValueTask<bool> Agree(ReadOnlyMemory<int> draws)
        {
            await Draw(Max(draws.Span) + 1);
            bool? agree;
            while ((agree = Compare(draws.Span)) is null)
            {
                await Service();
            }

            return agree.Value;
        }

        public async ValueTask<int> Choose(int count, int agreement, double u)
        {
            await Draw(count);
            int[] pool = [.. Rows[..count]];
            desk._tape.Reset();
            return Rows.IndexOf(new AgreementSearch(desk._patches, desk._patchSize).Choose([pool], agreement, [u])[0]);
        }

        public void GoOn()
        {
            Undecoded.Clear();
            TaskCompletionSource served = _served!;
            _served = null;
            served.SetResult();
        }

        private async ValueTask Draw(int count)
        {
            _wanted = count;
            while (Rows.Count < count)
            {
                await Service();
            }
        }

        private Task Service()
        {
            _served = new TaskCompletionSource();
            return _served.Task;
        }

        /// <summary>Whether draws agree; null, and noted, if tokens must be known first.</summary>
        private bool? Compare(ReadOnlySpan<int> draws)
        {
            int first = Rows[draws[0]];
            for (int position = desk._patchSize - 1; position >= 0; position--)
            {
                foreach (int draw in draws[1..])
                {
                    int row = Rows[draw];
                    if (!desk._patches.Knows(first, position) || !desk._patches.Knows(row, position))
                    {
                        Undecoded.AddRange(draws.ToArray().Select(d => Rows[d]));
                        return null;
                    }

                    if (desk._patches.Tokens(first)[position] != desk._patches.Tokens(row)[position])
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        private static int Max(ReadOnlySpan<int> draws)
        {
            int max = 0;
            foreach (int draw in draws)
            {
                max = Math.Max(max, draw);
            }

            return max;
        }
    }
}

/// <summary>A chosen patch and what it took.</summary>
/// <param name="Tokens">[K].</param>
/// <param name="Choice">How it was chosen.</param>
/// <param name="Drawn">Draws that were made, those made ahead included.</param>
/// <param name="FirstPairAgrees">Whether the first two draws are equal, whose chance is the sum of p^2; null for one draw.</param>
internal sealed record ChosenPatch(int[] Tokens, PatchChoice Choice, int Drawn, bool? FirstPairAgrees);
