using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// What a kind of workers copies: each record of one topic becomes one of another, with a mark behind its payload. A record with enough
/// marks goes no further.
/// </summary>
/// <param name="Source">The topic consumed.</param>
/// <param name="Target">The topic produced to.</param>
/// <param name="Group">The group that commits the offsets.</param>
internal sealed record Flow(string Source, string Target, string Group)
{
    private const char Mark = '>';
    private const int MarksMax = 3;

    /// <summary>What becomes of a payload; null where it goes no further.</summary>
    public static string? Transform(string payload) => payload.EndsWith(new string(Mark, MarksMax), StringComparison.Ordinal) ? null : payload + Mark;

    /// <summary>Was a payload written by a worker?</summary>
    public static bool IsTransformed(string payload) => payload.EndsWith(Mark);

    /// <summary>The transactional id of the worker that owns a partition of the source.</summary>
    public string TransactionalId(TopicPartition partition) => $"{Group}-{partition.Partition}";
}
