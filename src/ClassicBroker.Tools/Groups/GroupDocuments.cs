using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Groups;

/// <summary>
/// The actions of <c>kafka-consumer-groups --output</c>: the document has an entry for each group that the command was about, with the
/// error of the group. Used by one tool.
/// </summary>
internal sealed class GroupDocuments(AdminClient admin, ToolHost host, FactDocument document)
{
    /// <summary>The list that all actions fill.</summary>
    public const string Groups = "groups";

    public void Add(IEnumerable<GroupListing> groups)
    {
        foreach (var group in groups)
        {
            Add(group.GroupId, null, json =>
            {
                json.WriteString("type", group.Type);
                json.WriteString("state", group.State);
            });
        }
    }

    /// <param name="groups">The groups to describe.</param>
    /// <param name="showsOffsets">Are the committed offsets asked for?</param>
    public async Task DescribeAsync(IReadOnlyList<string> groups, bool showsOffsets)
    {
        foreach (var name in groups)
        {
            var group = await admin.DescribeGroupAsync(name);
            var refusal = group.Failure ?? (Exception?)ConsumerGroups.Refusal(group);
            if (refusal is not null || group.State == "Dead")
            {
                Add(name, refusal ?? new KafkaException(ErrorCode.GroupIdNotFound));
                continue;
            }

            var rows = showsOffsets ? await new GroupReports(admin, host).OffsetRowsAsync(group) : [];
            Add(name, null, json => WriteDescription(json, group, showsOffsets ? rows : null));
        }
    }

    public async Task DeleteAsync(IReadOnlyList<string> groups)
    {
        foreach (var group in groups)
        {
            Add(group, (await admin.DeleteGroupAsync(group)).Failure);
        }
    }

    public async Task ResetAsync(IReadOnlyList<string> groups, ResetPlan plan)
    {
        foreach (var (group, offsets) in await new OffsetResets(admin, host, Refused, host.Error.WriteLine).ResetAsync(groups, plan))
        {
            if (offsets.Count > 0)
            {
                Add(group, null, json => WriteOffsets(json, "newOffset", offsets));
            }
        }

        void Refused(string group, string reason) => Add(group, new KafkaException(ErrorCode.NonEmptyGroup, reason));
    }

    public async Task DeleteOffsetsAsync(string group, IReadOnlyList<string> scopes)
    {
        var (results, failure) = await new OffsetDeletion(admin, host.Out).DeleteAsync(group, scopes, new OffsetResets(admin, host));
        Add(group, failure, json =>
        {
            json.WriteList("partitions", results.OrderBy(result => result.Partition), result =>
            {
                json.WritePartition(result.Partition);
                json.WriteError(result.Failure);
            });
        });
    }

    private static void WriteOffsets(Utf8JsonWriter json, string name, IReadOnlyDictionary<TopicPartition, long> offsets) =>
        json.WriteList("partitions", offsets.OrderBy(offset => offset.Key), offset =>
        {
            json.WritePartition(offset.Key);
            json.WriteNumber(name, offset.Value);
        });

    private static void WriteDescription(Utf8JsonWriter json, GroupDescription group, IReadOnlyList<OffsetRow>? rows)
    {
        json.WriteString("state", group.State);
        json.WriteString("assignmentStrategy", group.Protocol);
        json.WriteNumber("coordinator", group.Coordinator.Id);
        json.WriteList(
            "members", group.Members.OrderBy(member => member.MemberId, StringComparer.Ordinal), member => WriteMember(json, member));
        if (rows is not null)
        {
            json.WriteList("offsets", rows, row => WriteRow(json, row));
        }
    }

    private static void WriteMember(Utf8JsonWriter json, GroupMember member)
    {
        json.WriteString("consumerId", member.MemberId);
        json.WriteString("groupInstanceId", member.InstanceId);
        json.WriteString("clientId", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteList("partitions", member.Assigned, json.WritePartition);
    }

    private static void WriteRow(Utf8JsonWriter json, OffsetRow row)
    {
        json.WritePartition(row.Partition);
        json.WriteNumberOrNull("currentOffset", row.Current);
        json.WriteNumberOrNull("logEndOffset", row.End);
        json.WriteNumberOrNull("lag", row.Lag);
        json.WriteString("consumerId", row.Owner?.MemberId);
    }

    private void Add(string group, Exception? failure, Action<Utf8JsonWriter>? writeFields = null) =>
        document.Add(Groups, json =>
        {
            json.WriteString("group", group);
            writeFields?.Invoke(json);
            json.WriteError(failure);
        });
}
