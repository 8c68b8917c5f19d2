using System.Globalization;
using ClassicBroker.Client;

namespace ClassicBroker.Tools.Doctor;

/// <summary>Which partitions are out of service, and which the next failure would take. Stateless.</summary>
internal static class ReplicationCheck
{
    private const string Subject = "partitions";
    private const string MinIsr = "min.insync.replicas";
    private const string MendIsr = "Start or mend the brokers that fell out of the ISR.";
    private const int Named = 5;
    private const int ClusterThatCanReplicate = 3;

    public static async Task<IReadOnlyList<Finding>> RunAsync(Patient patient)
    {
        var needed = await NeededAsync(patient);
        var all = patient.Topics
            .SelectMany(topic => topic.Partitions.Select(partition => new Place(topic, partition, needed.GetValueOrDefault(topic.Name, 1))))
            .ToArray();
        Finding?[] findings =
        [
            Tell(
                all,
                place => place.Partition.Leader < 0,
                Severity.Critical,
                "without a leader",
                "Start the brokers that hold their replicas; as a last resort kafka-leader-election --election-type unclean, "
                + "which loses records."),
            Tell(
                all,
                place => place.Needed > place.Partition.Replicas.Count,
                Severity.Critical,
                $"with fewer replicas than {MinIsr} asks for",
                $"Lower {MinIsr} of the topic, or add replicas by kafka-reassign-partitions."),
            Tell(
                all,
                place => place.IsServed && place.Partition.Isr.Count < place.Needed,
                Severity.Critical,
                $"with fewer replicas in sync than {MinIsr}: writes with acks=all are refused",
                MendIsr),
            Tell(
                all,
                place => place.IsServed && place.Needed > 1 && place.Partition.Isr.Count == place.Needed && !place.IsWhole,
                Severity.Warning,
                $"with just {MinIsr} replicas in sync: the next failure stops writes with acks=all",
                MendIsr),
            Tell(
                all,
                place => place.IsServed && !place.IsWhole && place.Partition.Isr.Count >= place.Needed
                    && (place.Needed == 1 || place.Partition.Isr.Count > place.Needed),
                Severity.Warning,
                "with replicas out of sync",
                MendIsr),
            patient.Cluster.Nodes.Count < ClusterThatCanReplicate
                ? null
                : Tell(
                    all,
                    place => place.Topic.IsInternal && place.Partition.Replicas.Count == 1,
                    Severity.Warning,
                    "of internal topics with one replica",
                    "Add replicas by kafka-reassign-partitions, and set offsets.topic.replication.factor and "
                    + "transaction.state.log.replication.factor to 3."),
        ];
        var found = findings.OfType<Finding>().ToArray();
        return found.Length > 0 ? found : [Finding.Good(Subject, $"All {all.Length} have a leader and all replicas in sync.")];
    }

    private static async Task<Dictionary<string, int>> NeededAsync(Patient patient)
    {
        var configs = await patient.Admin.DescribeConfigsAsync(
            [.. patient.Topics.Select(topic => new ConfigResource(ConfigResourceType.Topic, topic.Name))]);
        return configs.Where(config => config.Failure is null).ToDictionary(
            config => config.Resource.Name,
            config => config.Entries.FirstOrDefault(entry => entry.Name == MinIsr)?.Value is { } value
                && int.TryParse(value, CultureInfo.InvariantCulture, out var count) ? count : 1,
            StringComparer.Ordinal);
    }

    private static Finding? Tell(Place[] all, Func<Place, bool> isMeant, Severity severity, string what, string cure)
    {
        var meant = all.Where(isMeant).ToArray();
        if (meant.Length == 0)
        {
            return null;
        }

        var names = string.Join(", ", meant.Take(Named).Select(place => $"{place.Topic.Name}-{place.Partition.Partition}"));
        return new Finding(severity, Subject, $"{meant.Length} of {all.Length} {what}: {names}{(meant.Length > Named ? ", …" : "")}", cure);
    }

    /// <summary>A partition, with how many replicas must be in sync for writes with acks=all.</summary>
    private sealed record Place(TopicDescription Topic, PartitionDescription Partition, int Needed)
    {
        public bool IsServed => Partition.Leader >= 0;

        public bool IsWhole => Partition.Isr.Count == Partition.Replicas.Count;
    }
}
