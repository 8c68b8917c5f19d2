using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>The lists of <c>kafka-reassign-partitions --output</c>. Stateless.</summary>
internal static class ReassignmentFacts
{
    /// <summary>Reassignments that are under way.</summary>
    public static void AddMoves(FactDocument facts, IReadOnlyDictionary<TopicPartition, PartitionReassignment> moves)
    {
        const string List = "reassignments";
        facts.AddList(List);
        foreach (var (partition, move) in moves.OrderBy(move => move.Key))
        {
            facts.Add(List, json =>
            {
                json.WritePartition(partition);
                json.WriteNumbers("replicas", move.Replicas);
                json.WriteNumbers("addingReplicas", move.Adding);
                json.WriteNumbers("removingReplicas", move.Removing);
            });
        }
    }

    /// <summary>Replicas of partitions, under the name of what they are: where they were, or where they are to be.</summary>
    public static void AddAssignment(
        FactDocument? facts, string list, IEnumerable<KeyValuePair<TopicPartition, IReadOnlyList<int>>> assignment)
    {
        facts?.AddList(list);
        foreach (var (partition, replicas) in assignment)
        {
            facts?.Add(list, json =>
            {
                json.WritePartition(partition);
                json.WriteNumbers("replicas", replicas);
            });
        }
    }

    /// <summary>How far a partition of a plan is.</summary>
    public static void AddState(
        FactDocument? facts, TopicPartition partition, IReadOnlyList<int> target, IReadOnlyList<int> actual, bool isUnderWay) =>
        facts?.Add("partitions", json =>
        {
            json.WritePartition(partition);
            json.WriteString("state", isUnderWay ? "in progress" : actual.SequenceEqual(target) ? "completed" : "not active");
            json.WriteNumbers("replicas", actual);
            json.WriteNumbers("targetReplicas", target);
        });

    /// <summary>How far a replica is on its way to another log directory.</summary>
    public static void AddLogDir(FactDocument? facts, ReplicaLogDir move, string? current, string? future) =>
        facts?.Add("logDirMoves", json =>
        {
            json.WritePartition(move.Partition);
            json.WriteNumber("broker", move.BrokerId);
            json.WriteString("state", future is not null ? "in progress" : current == move.Path ? "completed" : "not active");
            json.WriteString("logDir", current);
            json.WriteString("futureLogDir", future);
            json.WriteString("targetLogDir", move.Path);
        });

    /// <summary>Partitions whose reassignment was given up.</summary>
    public static void AddCancelled(FactDocument? facts, IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            facts?.Add("cancelled", json => json.WritePartition(partition));
        }
    }
}
