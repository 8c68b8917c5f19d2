using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Admin;

/// <summary>
/// Kafka's placement of replicas on brokers (AdminUtils): first replicas go round the brokers from a start; the others follow at
/// a distance that grows with each round, so that the partitions of one leader have their followers spread. Where brokers have racks,
/// they are taken alternately, and no rack gets a second replica of a partition before each has one (KIP-36). The start of a new topic is a
/// broker that leads the fewest partitions, where Kafka draws any broker: topics of one partition spread over all brokers.
/// </summary>
public static class ReplicaPlacement
{
    /// <summary>Stands for a start that is not given: it is drawn.</summary>
    public const int DrawnStart = -1;

    /// <summary>Why such replicas cannot be placed, or null.</summary>
    public static AdminRefusal? Fault(IReadOnlyList<BrokerRack> brokers, int partitions, int replicationFactor) =>
        partitions <= 0 ? new(ErrorCode.InvalidPartitions, "Number of partitions must be larger than 0.")
        : replicationFactor <= 0 ? new(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0.")
        : replicationFactor > brokers.Count
            ? new(
                ErrorCode.InvalidReplicationFactor,
                $"Replication factor: {replicationFactor} larger than available brokers: {brokers.Count}.")
        : brokers.Any(broker => broker.Rack is null) && brokers.Any(broker => broker.Rack is not null)
            ? new(ErrorCode.UnknownServerError, "Not all brokers have rack information for replica rack aware assignment.")
        : null;

    /// <summary>
    /// Replicas for a new topic, or with <paramref name="fixedStart"/> for partitions from <paramref name="firstPartition"/> on.
    /// <see cref="Fault"/> must have found none. Without a <paramref name="load"/> the start is any broker.
    /// </summary>
    public static SortedDictionary<int, ReplicaAssignment> Place(
        IReadOnlyList<BrokerRack> brokers,
        int partitions,
        int replicationFactor,
        IRandomSource random,
        LeadershipLoad? load = null,
        int fixedStart = DrawnStart,
        int firstPartition = 0)
    {
        Invariant.Require(Fault(brokers, partitions, replicationFactor) is null);
        var arranged = brokers[0].Rack is null ? [.. brokers] : AlternateRacks(brokers);
        var racks = arranged.Select(broker => broker.Rack).Distinct().Count();
        var start = fixedStart >= 0 ? fixedStart : load?.DrawLeast(arranged, random) ?? random.Next(arranged.Length);
        var shift = fixedStart >= 0 ? fixedStart : random.Next(arranged.Length);
        var result = new SortedDictionary<int, ReplicaAssignment>();
        for (var partition = firstPartition; partition < firstPartition + partitions; partition++)
        {
            if (partition > 0 && partition % arranged.Length == 0)
            {
                shift++;
            }

            var first = (partition + start) % arranged.Length;
            result[partition] = new(
                arranged[0].Rack is null
                    ? Follow(arranged, first, shift, replicationFactor)
                    : FollowAcrossRacks(arranged, first, shift, replicationFactor, racks));
        }

        return result;
    }

    /// <summary>Brokers such that neighbours are of different racks: the first of each rack, the second of each, and so on.</summary>
    internal static BrokerRack[] AlternateRacks(IReadOnlyList<BrokerRack> brokers)
    {
        var byRack = brokers
            .GroupBy(broker => broker.Rack, StringComparer.Ordinal)
            .OrderBy(rack => rack.Key, StringComparer.Ordinal)
            .Select(rack => rack.OrderBy(broker => broker.Id).ToArray())
            .ToArray();
        return
        [
            .. Enumerable.Range(0, byRack.Max(rack => rack.Length))
                .SelectMany(row => byRack.Where(rack => row < rack.Length).Select(rack => rack[row])),
        ];
    }

    private static int[] Follow(BrokerRack[] brokers, int first, int shift, int replicationFactor)
    {
        var replicas = new int[replicationFactor];
        replicas[0] = brokers[first].Id;
        for (var follower = 0; follower < replicationFactor - 1; follower++)
        {
            replicas[follower + 1] = brokers[IndexOf(first, shift, follower, brokers.Length)].Id;
        }

        return replicas;
    }

    private static int[] FollowAcrossRacks(BrokerRack[] brokers, int first, int shift, int replicationFactor, int racks)
    {
        var replicas = new List<int>(replicationFactor) { brokers[first].Id };
        var racksUsed = new HashSet<string?>(StringComparer.Ordinal) { brokers[first].Rack };
        for (var step = 0; replicas.Count < replicationFactor; step++)
        {
            var broker = brokers[IndexOf(first, shift * racks, step, brokers.Length)];
            var rackIsFree = !racksUsed.Contains(broker.Rack) || racksUsed.Count == racks;
            if (rackIsFree && !replicas.Contains(broker.Id))
            {
                replicas.Add(broker.Id);
                racksUsed.Add(broker.Rack);
            }
        }

        return [.. replicas];
    }

    /// <summary>Never <paramref name="first"/> itself, hence one less than the brokers to choose from.</summary>
    private static int IndexOf(int first, int shift, int follower, int brokers) =>
        (first + 1 + ((shift + follower) % (brokers - 1))) % brokers;
}
