using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// What transactional clients and their readers were told, checked as it comes: readers of committed records see no aborted one (H7) and
/// none before its commit was asked for (H8), a replaced producer succeeds in nothing (H10), a committed offset is one that a transaction
/// committed (H12) and never goes back (H13), a value is at one offset (H2, H3). At the end: all of a transaction or nothing (H9), no two
/// that read from each other (H11), each input once in the output (H12). Threading: the run's thread.
/// </summary>
internal sealed class TransactionHistory
{
    private const char Separator = '|';

    private readonly List<ClientTransaction> _transactions = [];
    private readonly Dictionary<string, (long ProducerId, short Epoch)> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<(TopicPartition Partition, long Offset), string> _values = [];
    private readonly Dictionary<string, (TopicPartition Partition, long Offset)> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicPartition, long> _positions = [];

    /// <summary>Transactions that were committed for certain.</summary>
    public int Committed => _transactions.Count(transaction => transaction.Fate == TransactionFate.Committed);

    /// <summary>Records that readers of committed records were given.</summary>
    public int Read { get; private set; }

    public ClientTransaction Begin(string transactionalId)
    {
        var begun = new ClientTransaction(_transactions.Count, transactionalId);
        _transactions.Add(begun);
        return begun;
    }

    /// <summary>The value of a payload in a transaction: no other attempt writes the same.</summary>
    public static string Value(string payload, ClientTransaction transaction) => $"{payload}{Separator}{transaction.Number}";

    public static string Payload(string value) => value[..value.IndexOf(Separator, StringComparison.Ordinal)];

    public ClientTransaction TransactionOf(string value) =>
        _transactions[int.Parse(value.AsSpan(value.IndexOf(Separator, StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)];

    /// <summary>A producer was given its id and epoch: all before it are replaced.</summary>
    public void Initialised(string transactionalId, long producerId, short epoch)
    {
        var isNewer = !_newest.TryGetValue(transactionalId, out var known) || producerId != known.ProducerId || epoch > known.Epoch;
        if (isNewer)
        {
            _newest[transactionalId] = (producerId, epoch);
        }
    }

    /// <summary>Has a newer producer been told that it is the one?</summary>
    public bool IsReplaced(string transactionalId, long producerId, short epoch) =>
        _newest.TryGetValue(transactionalId, out var newest) && (newest.ProducerId != producerId || newest.Epoch > epoch);

    public void Acknowledge(ClientTransaction transaction, TopicPartition partition, string value, long offset)
    {
        Settle(partition, offset, value);
        transaction.Acknowledged[value] = (partition, offset);
    }

    /// <summary>The client knows how its transaction ended, or that it never will.</summary>
    public void End(ClientTransaction transaction, TransactionFate fate)
    {
        transaction.Fate = fate;
        if (fate == TransactionFate.Aborted && transaction.Seen.Count > 0)
        {
            throw new InvariantBrokenException("H7", $"{transaction} was aborted, and {transaction.Seen.First()} was read as committed before");
        }

        if (fate == TransactionFate.Committed && transaction.Position is var (partition, offset))
        {
            _positions[partition] = Math.Max(offset, Position(partition));
        }
    }

    /// <summary>How far a partition was consumed in transactions that are committed for certain.</summary>
    public long Position(TopicPartition partition) => _positions.GetValueOrDefault(partition);

    /// <summary>
    /// A worker was told where to go on; <paramref name="before"/> was committed, and all markers were written, before it asked.
    /// </summary>
    public void TellPosition(TopicPartition partition, long offset, long before)
    {
        if (offset < before)
        {
            throw new InvariantBrokenException("H13", $"the committed offset of {partition} went back from {before} to {offset}");
        }

        if (offset > 0 && !_transactions.Exists(transaction => transaction is { IsCommitAsked: true, Fate: not TransactionFate.Aborted }
            && transaction.Position == (partition, offset)))
        {
            throw new InvariantBrokenException("H12", $"{offset} of {partition} was told to be committed, and no transaction has committed it");
        }
    }

    /// <summary>A reader of committed records was given one; its transaction is returned.</summary>
    public ClientTransaction ReadCommitted(TopicPartition partition, long offset, string value)
    {
        Settle(partition, offset, value);
        var transaction = TransactionOf(value);
        if (transaction.Fate == TransactionFate.Aborted)
        {
            throw new InvariantBrokenException("H7", $"{value} at {offset} of {partition} was read as committed; {transaction} was aborted");
        }

        if (!transaction.IsCommitAsked)
        {
            throw new InvariantBrokenException("H8", $"{value} at {offset} of {partition} was read before {transaction} was to be committed");
        }

        Read++;
        transaction.Seen.Add(value);
        return transaction;
    }

    /// <summary>A reader of all records was given one.</summary>
    public void ReadUncommitted(TopicPartition partition, long offset, string value) => Settle(partition, offset, value);

    /// <summary>Compares with what readers of committed records find once all is over.</summary>
    public void Finish(IReadOnlyDictionary<TopicPartition, List<(long Offset, string Value)>> stored, IReadOnlyList<Flow> flows)
    {
        var visible = _transactions.ToDictionary(transaction => transaction, _ => new HashSet<string>(StringComparer.Ordinal));
        foreach (var (partition, records) in stored)
        {
            foreach (var (offset, value) in records)
            {
                visible[ReadCommitted(partition, offset, value)].Add(value);
            }
        }

        foreach (var (transaction, values) in visible)
        {
            CheckAtomicity(transaction, values);
        }

        CheckCycles([.. visible.Where(entry => entry.Value.Count > 0).Select(entry => entry.Key)]);
        foreach (var flow in flows)
        {
            CheckFlow(stored, flow);
        }
    }

    private static void CheckAtomicity(ClientTransaction transaction, HashSet<string> visible)
    {
        if (!transaction.Seen.SetEquals(visible))
        {
            var lost = transaction.Seen.Except(visible, StringComparer.Ordinal).First();
            throw new InvariantBrokenException("H9", $"{lost} of {transaction} was read as committed, and is gone");
        }

        var isAll = visible.Count == transaction.Acknowledged.Count;
        if (!isAll && (visible.Count > 0 || transaction.Fate == TransactionFate.Committed))
        {
            throw new InvariantBrokenException(
                "H9",
                $"{visible.Count} of {transaction.Acknowledged.Count} records of {transaction} are visible, whose fate is {transaction.Fate}: "
                + string.Join(", ", transaction.Acknowledged.Where(entry => !visible.Contains(entry.Key)).Select(entry => $"{entry.Key} at {entry.Value}")));
        }
    }

    /// <summary>Takes away, again and again, what read from nothing that is left: a rest reads from itself.</summary>
    private void CheckCycles(List<ClientTransaction> committed)
    {
        var left = committed.Select(transaction => transaction.Number).ToHashSet();
        while (left.RemoveWhere(number => !_transactions[number].ReadFrom.Any(source => source == number || left.Contains(source))) > 0)
        {
        }

        if (left.Count > 0)
        {
            throw new InvariantBrokenException("H11", $"transactions {string.Join(", ", left.Order())} read from each other");
        }
    }

    private static void CheckFlow(IReadOnlyDictionary<TopicPartition, List<(long Offset, string Value)>> stored, Flow flow)
    {
        var outputs = PayloadsOf(stored, flow.Target).Where(Flow.IsTransformed).GroupBy(payload => payload, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        foreach (var input in PayloadsOf(stored, flow.Source))
        {
            if (Flow.Transform(input) is { } output && (!outputs.Remove(output, out var count) || count != 1))
            {
                throw new InvariantBrokenException("H12", $"{input} of {flow.Source} is {count} times in {flow.Target}");
            }
        }

        if (outputs.Count > 0)
        {
            throw new InvariantBrokenException("H12", $"{outputs.Keys.First()} is in {flow.Target}, and its input is not in {flow.Source}");
        }
    }

    private static IEnumerable<string> PayloadsOf(IReadOnlyDictionary<TopicPartition, List<(long Offset, string Value)>> stored, string topic) =>
        stored.Where(entry => entry.Key.Topic == topic).SelectMany(entry => entry.Value).Select(record => Payload(record.Value));

    private void Settle(TopicPartition partition, long offset, string value)
    {
        if (!_values.TryAdd((partition, offset), value) && _values[(partition, offset)] is var other && other != value)
        {
            throw new InvariantBrokenException("H2", $"offset {offset} of {partition} has been {other} and is {value}");
        }

        if (!_places.TryAdd(value, (partition, offset)) && _places[value] != (partition, offset))
        {
            throw new InvariantBrokenException("H3", $"{value} is at {_places[value]} and at {(partition, offset)}");
        }
    }
}
