using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>
/// How many bytes of a plan's moves have been copied, between brokers and between log directories. A move that is no longer under way
/// counts with all its bytes. Threading: used by one tool.
/// </summary>
internal sealed class MoveProgress(AdminClient admin, ReassignmentPlan plan)
{
    private readonly SortedDictionary<(TopicPartition Partition, int Broker), long> _sizes = [];

    private static long Largest(
        IEnumerable<(int BrokerId, LogDirReplica Replica)> replicas, Func<(int BrokerId, LogDirReplica Replica), bool> counts) =>
        replicas.Where(counts).Max(found => (long?)found.Replica.Size) ?? 0;

    /// <summary>What was copied of how much, and how many replicas are still on their way.</summary>
    public async Task<(long Copied, long Total, int Left)> LookAsync()
    {
        var underWay = plan.Partitions.Count == 0
            ? new Dictionary<TopicPartition, PartitionReassignment>()
            : await admin.ListReassignmentsAsync(plan.Partitions.Keys);
        var directories = await admin.DescribeLogDirsAsync([.. (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id)]);
        var replicas = directories
            .SelectMany(broker => broker.ThrowIfFailed().Directories)
            .SelectMany(directory => directory.Replicas.Select(replica => (directory.BrokerId, Replica: replica)))
            .ToLookup(found => found.Replica.Partition);
        var copied = new Dictionary<(TopicPartition Partition, int Broker), long>();
        foreach (var (partition, move) in underWay)
        {
            var whole = Largest(replicas[partition], found => !move.Adding.Contains(found.BrokerId));
            foreach (var broker in move.Adding)
            {
                Note(partition, broker, Largest(replicas[partition], found => found.BrokerId == broker), whole);
            }
        }

        foreach (var move in plan.LogDirs)
        {
            var here = replicas[move.Partition].Where(found => found.BrokerId == move.BrokerId).ToArray();
            foreach (var (_, future) in here.Where(found => found.Replica.IsFuture))
            {
                Note(move.Partition, move.BrokerId, future.Size, Largest(here, found => !found.Replica.IsFuture));
            }
        }

        return (
            _sizes.Sum(known => copied.TryGetValue(known.Key, out var bytes) ? Math.Min(bytes, known.Value) : known.Value),
            _sizes.Values.Sum(),
            Math.Max(copied.Count, underWay.Count));

        void Note(TopicPartition partition, int broker, long bytes, long whole)
        {
            copied[(partition, broker)] = bytes;
            _sizes[(partition, broker)] = Math.Max(whole, _sizes.GetValueOrDefault((partition, broker)));
        }
    }
}
