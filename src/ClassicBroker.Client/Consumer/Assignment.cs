using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// The partitions a consumer has, in the order they take turns. Safe from any thread: the application moves positions, the fetcher on
/// the client's loop reads them, both under <see cref="Gate"/>.
/// </summary>
internal sealed class Assignment
{
    private readonly Dictionary<TopicPartition, AssignedPartition> _partitions = [];
    private AssignedPartition[] _ordered = [];

    public Lock Gate { get; } = new();

    /// <summary>All partitions, sorted. Swapped whole by <see cref="Set"/>.</summary>
    public AssignedPartition[] All => Volatile.Read(ref _ordered);

    /// <summary>Replaces the assignment; partitions that stay keep their positions.</summary>
    /// <param name="partitions">All of them.</param>
    /// <param name="awaitCommitted">New ones begin where their group left off.</param>
    /// <returns>Those that went.</returns>
    public TopicPartition[] Set(IEnumerable<TopicPartition> partitions, bool awaitCommitted = false)
    {
        lock (Gate)
        {
            var wanted = partitions.ToHashSet();
            var gone = _partitions.Keys.Where(partition => !wanted.Contains(partition)).Order().ToArray();
            foreach (var partition in gone)
            {
                _partitions.Remove(partition, out var state);
                state!.IsGone = true;
            }

            foreach (var partition in wanted)
            {
                var state = new AssignedPartition(partition);
                if (_partitions.TryAdd(partition, state) && awaitCommitted)
                {
                    state.AwaitCommitted();
                }
            }

            Volatile.Write(ref _ordered, _partitions.Values.OrderBy(state => state.Partition).ToArray());
            return gone;
        }
    }

    public bool TryGet(in TopicPartition partition, [NotNullWhen(true)] out AssignedPartition? state)
    {
        lock (Gate)
        {
            return _partitions.TryGetValue(partition, out state);
        }
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public AssignedPartition Get(in TopicPartition partition) =>
        TryGet(partition, out var state) ? state : throw new InvalidOperationException($"No current assignment for partition {partition}");

    /// <summary>Changes one partition under the lock.</summary>
    public void Change(in TopicPartition partition, Action<AssignedPartition> change)
    {
        var state = Get(partition);
        lock (Gate)
        {
            change(state);
        }
    }
}
