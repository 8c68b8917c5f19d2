namespace ClassicBroker.Client.Admin;

/// <summary>
/// The answers to one call about several things, which several brokers may give: each thing has its own, or its own failure. One whose
/// failure may pass waits to be asked about again. Owned by the call. Threading: the client's loop.
/// </summary>
/// <param name="items">What was asked about; a thing named twice is asked about once.</param>
/// <param name="refuse">Makes the answer that tells a failure.</param>
internal sealed class Answers<TItem, TAnswer>(IReadOnlyCollection<TItem> items, Func<TItem, KafkaException, TAnswer> refuse)
    where TItem : notnull
{
    private readonly Dictionary<TItem, TAnswer> _given = [];
    private readonly Dictionary<TItem, KafkaException> _passing = [];
    private readonly HashSet<TItem> _heardOf = [];

    /// <summary>What has no answer yet, in the order asked for.</summary>
    public IReadOnlyList<TItem> Waiting => [.. items.Where(item => !_given.ContainsKey(item)).Distinct()];

    /// <summary>Whether a broker told anything of anything.</summary>
    public bool HasAny => _given.Count > 0 || _passing.Count > 0;

    /// <summary>One for each thing asked about, in that order. Nothing waits any more.</summary>
    public IReadOnlyList<TAnswer> InOrder => [.. items.Select(item => _given[item])];

    public void Give(TItem item, TAnswer answer)
    {
        _heardOf.Add(item);
        _given.TryAdd(item, answer);
    }

    /// <summary>Lets the thing wait where the failure may pass, and else is its answer.</summary>
    public void Refuse(TItem item, KafkaException failure)
    {
        if (failure.IsRetriable)
        {
            _heardOf.Add(item);
            _passing[item] = failure;
        }
        else
        {
            Give(item, refuse(item, failure));
        }
    }

    /// <summary>Asks one broker about some of them. That it cannot be asked is the failure of each.</summary>
    public async Task AskAsync(IEnumerable<TItem> about, Func<IReadOnlyList<TItem>, Task> ask)
    {
        TItem[] asked = [.. about];
        try
        {
            await ask(asked);
        }
        catch (KafkaException failure) when (failure is not ClientClosedException)
        {
            foreach (var item in asked.Where(item => !_given.ContainsKey(item)))
            {
                Refuse(item, failure);
            }
        }
    }

    /// <summary>Asks about each that waits by itself.</summary>
    public async Task AskEachAsync(Func<TItem, Task> ask)
    {
        foreach (var item in Waiting)
        {
            await AskAsync([item], _ => ask(item));
        }
    }

    /// <summary>Begins another round of questions.</summary>
    public void BeginRound() => _heardOf.Clear();

    /// <summary>Ends a round. What was asked about and not told of has that for an answer.</summary>
    /// <exception cref="KafkaException">The failure of one that waits; where there is one, of one whose leader may have moved.</exception>
    public void EndRound()
    {
        foreach (var untold in Waiting.Where(item => !_heardOf.Contains(item)))
        {
            Give(untold, refuse(untold, AdminCalls.Untold()));
        }

        if (Waiting.Select(item => _passing[item]).OrderBy(AdminCalls.MeansStaleMetadata).LastOrDefault() is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>No more rounds: what waits has for an answer what <paramref name="late"/> makes of its last failure.</summary>
    public void End(KafkaException failure, Func<KafkaException, KafkaException> late)
    {
        foreach (var item in Waiting)
        {
            Give(item, refuse(item, late(_passing.GetValueOrDefault(item, failure))));
        }
    }
}
