using ClassicBroker.Metadata.Admin;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>Where <c>--generate</c> would put the replicas of topics, and how it says so. Stateless.</summary>
internal static class ReassignmentProposal
{
    /// <summary>Places all replicas of topics, wherever they are now.</summary>
    /// <param name="current">Their partitions.</param>
    /// <param name="brokers">The brokers that replicas may be placed on.</param>
    /// <param name="isRackAware">Whether racks count.</param>
    /// <param name="random">Decides where each topic begins.</param>
    /// <exception cref="JavaFailure">The brokers are too few, or only some of them have a rack.</exception>
    public static SortedDictionary<TopicPartition, IReadOnlyList<int>> Make(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> current,
        IReadOnlyList<BrokerRack> brokers,
        bool isRackAware,
        IRandomSource random)
    {
        if (isRackAware && brokers.Any(broker => broker.Rack is null) && brokers.Any(broker => broker.Rack is not null))
        {
            throw ReassignmentJson.Malformed(
                "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack "
                + "information.");
        }

        var places = brokers.Select(broker => isRackAware ? broker : broker with { Rack = null }).ToArray();
        var proposed = new SortedDictionary<TopicPartition, IReadOnlyList<int>>();
        foreach (var topic in current.GroupBy(entry => entry.Key.Topic))
        {
            var replicas = topic.First().Value.Count;
            if (ReplicaPlacement.Fault(places, topic.Count(), replicas) is { } fault)
            {
                throw new JavaFailure(JavaException.ClassOf(fault.Error), fault.Message);
            }

            var placed = ReplicaPlacement.Place(places, topic.Count(), replicas, random);
            foreach (var (entry, assignment) in topic.Zip(placed.Values))
            {
                proposed[entry.Key] = assignment.Replicas;
            }
        }

        return proposed;
    }

    public static void Print(
        ToolHost host,
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> current,
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> proposed)
    {
        if (host.Facts is not null)
        {
            ReassignmentFacts.AddAssignment(host.Facts, "current", current);
            ReassignmentFacts.AddAssignment(host.Facts, "proposed", proposed);
            return;
        }

        host.Out.WriteLine($"Current partition replica assignment\n{ReassignmentJson.Format(current)}\n");
        host.Out.WriteLine($"Proposed partition reassignment configuration\n{ReassignmentJson.Format(proposed)}");
    }
}
