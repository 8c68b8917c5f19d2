using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary>The tables of <c>kafka-consumer-groups --describe</c>, in the columns of Kafka 3.9. Threading: used by one tool.</summary>
internal sealed class GroupReports(AdminClient admin, ToolHost host)
{
    private const string Missing = "-";
    private const int MinColumn = 15;

    /// <summary>Says where a group is not there or has no members; true where there is something to print.</summary>
    public async Task<bool> AnnounceAsync(GroupDescription group, int? rows)
    {
        switch (group.State)
        {
            case "Dead":
                host.Out.WriteLine($"\nError: Consumer group '{group.GroupId}' does not exist.");
                return false;
            case "Empty":
                await host.Error.WriteLineAsync($"\nConsumer group '{group.GroupId}' has no active members.");
                return true;
            case "PreparingRebalance" or "CompletingRebalance" or "Assigning" or "Reconciling":
                await host.Error.WriteLineAsync($"\nWarning: Consumer group '{group.GroupId}' is rebalancing.");
                return true;
            case "Stable":
                return rows is null or > 0;
            default:
                throw new JavaFailure(
                    "org.apache.kafka.common.KafkaException", $"Expected a valid consumer group state, but found '{group.State}'.");
        }
    }

    public async Task PrintOffsetsAsync(IReadOnlyList<GroupDescription> groups)
    {
        var isFirst = true;
        foreach (var group in groups)
        {
            var rows = await OffsetRowsAsync(group);
            if (await AnnounceAsync(group, rows.Count) && rows.Count > 0)
            {
                Print(group.GroupId, rows, isFirst);
                isFirst = false;
            }
        }
    }

    public async Task PrintMembersAsync(IReadOnlyList<GroupDescription> groups, bool isVerbose)
    {
        foreach (var group in groups)
        {
            await AnnounceAsync(group, group.Members.Count);
            PrintMembers(group, isVerbose);
        }
    }

    public async Task PrintStatesAsync(IReadOnlyList<GroupDescription> groups)
    {
        foreach (var group in groups)
        {
            if (!await AnnounceAsync(group, rows: 1))
            {
                continue;
            }

            var coordinator = $"{group.Coordinator.Host}:{group.Coordinator.Port}  ({group.Coordinator.Id})";
            var width = Math.Max(25, coordinator.Length);
            host.Out.WriteLine(
                $"\n{"GROUP",-25} {"COORDINATOR (ID)".PadRight(width)} {"ASSIGNMENT-STRATEGY",-20} {"STATE",-15} #MEMBERS");
            host.Out.WriteLine(
                $"{group.GroupId,-25} {coordinator.PadRight(width)} {group.Protocol,-20} {group.State,-15} {group.Members.Count}");
        }
    }

    private void PrintMembers(GroupDescription group, bool isVerbose)
    {
        var members = group.Members;
        var (groupWidth, idWidth, hostWidth, clientWidth) = (
            Width(members.Select(_ => group.GroupId)), Width(members.Select(member => member.MemberId)),
            Width(members.Select(member => member.Host)), Width(members.Select(member => member.ClientId)));
        var hasInstances = members.Any(member => !string.IsNullOrEmpty(member.InstanceId));
        var instanceWidth = Math.Max(17, Width(members.Select(member => member.InstanceId ?? "")));
        host.Out.WriteLine(
            $"\n{"GROUP".PadRight(groupWidth)} {"CONSUMER-ID".PadRight(idWidth)} "
            + (hasInstances ? $"{"GROUP-INSTANCE-ID".PadRight(instanceWidth)} " : "")
            + $"{"HOST".PadRight(hostWidth)} {"CLIENT-ID".PadRight(clientWidth)} {"#PARTITIONS",-15} {(isVerbose ? "ASSIGNMENT" : "")}");
        foreach (var member in members.OrderBy(member => member.MemberId, StringComparer.Ordinal))
        {
            host.Out.WriteLine(
                $"{group.GroupId.PadRight(groupWidth)} {member.MemberId.PadRight(idWidth)} "
                + (hasInstances ? $"{(member.InstanceId ?? "").PadRight(instanceWidth)} " : "")
                + $"{member.Host.PadRight(hostWidth)} {member.ClientId.PadRight(clientWidth)} {member.Assigned.Count,-15} "
                + (isVerbose ? Assignment(member) : ""));
        }
    }

    /// <summary><c>topic(0,1), other(2)</c>; the parentheses alone where all partitions are of one topic, as 3.9 prints it.</summary>
    private static string Assignment(GroupMember member)
    {
        var topics = member.Assigned.GroupBy(partition => partition.Topic).ToArray();
        return topics.Length == 0
            ? Missing
            : string.Join(", ", topics.Select(topic => $"({string.Join(',', topic.Select(partition => partition.Partition))})"));
    }

    private static int Width(IEnumerable<string> values) => values.Append("").Max(value => Math.Max(MinColumn, value.Length));

    /// <summary>Only the first table stands behind an empty line.</summary>
    private void Print(string group, IReadOnlyList<OffsetRow> rows, bool isFirst)
    {
        var groupWidth = Width([group]);
        var topicWidth = Width(rows.Select(Topic));
        var idWidth = Width(rows.Select(Id));
        var hostWidth = Width(rows.Select(Host));
        host.Out.WriteLine(
            (isFirst ? "\n" : "")
            + $"{"GROUP".PadRight(groupWidth)} {"TOPIC".PadRight(topicWidth)} {"PARTITION",-10} {"CURRENT-OFFSET",-15} "
            + $"{"LOG-END-OFFSET",-15} {"LAG",-15} {"CONSUMER-ID".PadRight(idWidth)} {"HOST".PadRight(hostWidth)} CLIENT-ID");
        foreach (var row in rows)
        {
            host.Out.WriteLine(
                $"{group.PadRight(groupWidth)} {Topic(row).PadRight(topicWidth)} {row.Partition.Partition,-10} {Shown(row.Current),-15} "
                + $"{Shown(row.End),-15} {Shown(row.Lag),-15} {Id(row).PadRight(idWidth)} {Host(row).PadRight(hostWidth)} "
                + $"{row.Owner?.ClientId ?? Missing}");
        }

        static string Shown(long? number) => number?.ToString() ?? Missing;
    }

    private static string Topic(OffsetRow row) => row.Partition.Topic;

    private static string Id(OffsetRow row) => row.Owner?.MemberId ?? Missing;

    private static string Host(OffsetRow row) => row.Owner?.Host ?? Missing;

    /// <summary>What <c>--offsets</c> tells of a group.</summary>
    public async Task<IReadOnlyList<OffsetRow>> OffsetRowsAsync(GroupDescription group)
    {
        if (group.State == "Dead")
        {
            return [];
        }

        var committed = await admin.ListGroupOffsetsAsync(group.GroupId);
        var owners = group.Members
            .SelectMany(member => member.Assigned.Select(partition => (partition, member)))
            .ToDictionary(pair => pair.partition, pair => pair.member);
        var partitions = owners.Keys.Concat(committed.Keys).Distinct().Order().ToArray();
        var ends = await EndsAsync(partitions);
        var rows = partitions.Select(partition => Row(partition, committed, owners.GetValueOrDefault(partition), ends));

        // Partitions with a member stand before those without one.
        return rows.OrderBy(row => row.Owner is null).ToArray();
    }

    private static OffsetRow Row(
        TopicPartition partition,
        IReadOnlyDictionary<TopicPartition, GroupOffset> committed,
        GroupMember? owner,
        IReadOnlyDictionary<TopicPartition, long> ends) =>
        new(
            partition,
            committed.TryGetValue(partition, out var offset) ? offset.Offset : null,
            ends.TryGetValue(partition, out var found) ? found : null,
            owner);

    /// <summary>The ends of those partitions that still exist.</summary>
    private async Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        var existing = (await admin.ListTopicsAsync(includeInternal: true)).Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        var asked = partitions.Where(partition => existing.Contains(partition.Topic)).ToDictionary(partition => partition, _ => -1L);
        return asked.Count == 0
            ? new Dictionary<TopicPartition, long>()
            : (await admin.ListOffsetsAsync(asked)).ToDictionary(found => found.Key, found => found.Value.ThrowIfFailed().Offset);
    }
}
