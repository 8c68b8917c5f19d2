using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary>The actions of <c>kafka-consumer-groups</c> whose results go into a <see cref="GroupDocument"/>. Used by one tool.</summary>
internal sealed class GroupDocuments(AdminClient admin, ToolHost host, GroupDocument document)
{
    public void Add(IEnumerable<GroupListing> groups)
    {
        foreach (var group in groups)
        {
            document.Add(group.GroupId, null, json =>
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
            if (group.Failure is not null || group.State == "Dead")
            {
                document.Add(name, group.Failure ?? new KafkaException(ErrorCode.GroupIdNotFound));
                continue;
            }

            var rows = showsOffsets ? await new GroupReports(admin, host).OffsetRowsAsync(group) : [];
            document.Add(name, null, json => WriteDescription(json, group, showsOffsets ? rows : null));
        }
    }

    public async Task DeleteAsync(IReadOnlyList<string> groups)
    {
        foreach (var group in groups)
        {
            document.Add(group, (await admin.DeleteGroupAsync(group)).Failure);
        }
    }

    public async Task ResetAsync(IReadOnlyList<string> groups, ResetPlan plan)
    {
        foreach (var (group, offsets) in await new OffsetResets(admin, host, Refused, host.Error.WriteLine).ResetAsync(groups, plan))
        {
            if (offsets.Count > 0)
            {
                document.Add(group, null, json => WriteOffsets(json, "newOffset", offsets));
            }
        }

        void Refused(string group, string reason) => document.Add(group, new KafkaException(ErrorCode.NonEmptyGroup, reason));
    }

    public async Task DeleteOffsetsAsync(string group, IReadOnlyList<string> scopes)
    {
        var (results, failure) = await new OffsetDeletion(admin, host.Out).DeleteAsync(group, scopes, new OffsetResets(admin, host));
        document.Add(group, failure, json =>
        {
            json.WriteStartArray("partitions");
            foreach (var (partition, refused) in results.OrderBy(result => result.Partition))
            {
                GroupDocument.WritePartition(json, partition, fields => GroupDocument.WriteError(fields, refused));
            }

            json.WriteEndArray();
        });
    }

    private static void WriteOffsets(Utf8JsonWriter json, string name, IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        json.WriteStartArray("partitions");
        foreach (var (partition, offset) in offsets.OrderBy(offset => offset.Key))
        {
            GroupDocument.WritePartition(json, partition, fields => fields.WriteNumber(name, offset));
        }

        json.WriteEndArray();
    }

    private static void WriteDescription(Utf8JsonWriter json, GroupDescription group, IReadOnlyList<OffsetRow>? rows)
    {
        json.WriteString("state", group.State);
        json.WriteString("assignmentStrategy", group.Protocol);
        json.WriteNumber("coordinator", group.Coordinator.Id);
        json.WriteStartArray("members");
        foreach (var member in group.Members.OrderBy(member => member.MemberId, StringComparer.Ordinal))
        {
            WriteMember(json, member);
        }

        json.WriteEndArray();
        if (rows is null)
        {
            return;
        }

        json.WriteStartArray("offsets");
        foreach (var row in rows.Where(row => row.Partition is not null))
        {
            GroupDocument.WritePartition(json, row.Partition!.Value, fields => WriteRow(fields, row));
        }

        json.WriteEndArray();
    }

    private static void WriteMember(Utf8JsonWriter json, GroupMember member)
    {
        json.WriteStartObject();
        json.WriteString("consumerId", member.MemberId);
        json.WriteString("groupInstanceId", member.InstanceId);
        json.WriteString("clientId", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteStartArray("partitions");
        foreach (var partition in member.Assigned)
        {
            GroupDocument.WritePartition(json, partition);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, OffsetRow row)
    {
        WriteNumber("currentOffset", row.Current);
        WriteNumber("logEndOffset", row.End);
        WriteNumber("lag", row.Lag);
        json.WriteString("consumerId", row.Owner?.MemberId);

        void WriteNumber(string name, long? number)
        {
            if (number is { } known)
            {
                json.WriteNumber(name, known);
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }
}
