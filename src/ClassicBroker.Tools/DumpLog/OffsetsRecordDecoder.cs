using System.Text.Json;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Decodes records of <c>__consumer_offsets</c>: committed offsets and groups. Tombstones and unknown keys print neither part. Stateless.</summary>
internal sealed class OffsetsRecordDecoder : IRecordDecoder
{
    private const short LastOffsetKey = 1;
    private const short GroupKey = 2;

    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull || record.Value.IsNull)
        {
            return (null, null);
        }

        var keyVersion = CoordinatorJson.Version(record.Key);
        var valueVersion = CoordinatorJson.Version(record.Value);
        if (keyVersion <= LastOffsetKey)
        {
            var key = CoordinatorJson.Read<OffsetCommitKey>(record.Key);
            var value = CoordinatorJson.Read<OffsetCommitValue>(record.Value);
            return (
                CoordinatorJson.Write("type", keyVersion, json => WriteKey(json, key)),
                CoordinatorJson.Write("version", valueVersion, json => WriteOffset(json, value, valueVersion)));
        }

        if (keyVersion != GroupKey)
        {
            return (null, null);
        }

        var group = CoordinatorJson.Read<GroupMetadataKey>(record.Key);
        var metadata = CoordinatorJson.Read<GroupMetadataValue>(record.Value);
        return (
            CoordinatorJson.Write("type", keyVersion, json => json.WriteString("group", group.Group)),
            CoordinatorJson.Write("version", valueVersion, json => WriteGroup(json, metadata, valueVersion)));
    }

    private static void WriteKey(Utf8JsonWriter json, OffsetCommitKey key)
    {
        json.WriteString("group", key.Group);
        json.WriteString("topic", key.Topic);
        json.WriteNumber("partition", key.Partition);
    }

    private static void WriteOffset(Utf8JsonWriter json, OffsetCommitValue value, short version)
    {
        json.WriteNumber("offset", value.Offset);
        if (version >= 3)
        {
            json.WriteNumber("leaderEpoch", value.LeaderEpoch);
        }

        json.WriteString("metadata", value.Metadata);
        json.WriteNumber("commitTimestamp", value.CommitTimestamp);
        if (version == 1)
        {
            json.WriteNumber("expireTimestamp", value.ExpireTimestamp);
        }
    }

    private static void WriteGroup(Utf8JsonWriter json, GroupMetadataValue value, short version)
    {
        json.WriteString("protocolType", value.ProtocolType);
        json.WriteNumber("generation", value.Generation);
        json.WriteString("protocol", value.Protocol);
        json.WriteString("leader", value.Leader);
        if (version >= 2)
        {
            json.WriteNumber("currentStateTimestamp", value.CurrentStateTimestamp);
        }

        json.WriteStartArray("members");
        foreach (var member in value.Members)
        {
            WriteMember(json, member, version, value.ProtocolType == "consumer");
        }

        json.WriteEndArray();
    }

    private static void WriteMember(Utf8JsonWriter json, GroupMetadataValue.MemberMetadata member, short version, bool isConsumer)
    {
        json.WriteStartObject();
        json.WriteString("memberId", member.MemberId);
        if (version >= 3)
        {
            json.WriteString("groupInstanceId", member.GroupInstanceId);
        }

        json.WriteString("clientId", member.ClientId);
        json.WriteString("clientHost", member.ClientHost);
        if (version >= 1)
        {
            json.WriteNumber("rebalanceTimeout", member.RebalanceTimeout);
        }

        json.WriteNumber("sessionTimeout", member.SessionTimeout);
        if (isConsumer && member.Subscription.Length > 0 && member.Assignment.Length > 0)
        {
            WriteSubscription(json, member.Subscription);
            WriteAssignment(json, member.Assignment);
        }
        else
        {
            json.WriteBase64String("subscription", member.Subscription);
            json.WriteBase64String("assignment", member.Assignment);
        }

        json.WriteEndObject();
    }

    private static void WriteSubscription(Utf8JsonWriter json, byte[] bytes)
    {
        var subscription = CoordinatorJson.Read<ConsumerProtocolSubscription>(bytes);
        json.WriteStartObject("subscription");
        json.WriteStartArray("topics");
        foreach (var topic in subscription.Topics)
        {
            json.WriteStringValue(topic);
        }

        json.WriteEndArray();
        WriteUserData(json, subscription.UserData);
        json.WriteEndObject();
    }

    private static void WriteAssignment(Utf8JsonWriter json, byte[] bytes)
    {
        var assignment = CoordinatorJson.Read<ConsumerProtocolAssignment>(bytes);
        json.WriteStartObject("assignment");
        json.WriteStartArray("assignedPartitions");
        foreach (var topic in assignment.AssignedPartitions)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Topic);
            json.WriteStartArray("partitions");
            foreach (var partition in topic.Partitions)
            {
                json.WriteNumberValue(partition);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteUserData(json, assignment.UserData);
        json.WriteEndObject();
    }

    private static void WriteUserData(Utf8JsonWriter json, byte[]? userData)
    {
        if (userData is null)
        {
            json.WriteNull("userData");
        }
        else
        {
            json.WriteBase64String("userData", userData);
        }
    }
}
