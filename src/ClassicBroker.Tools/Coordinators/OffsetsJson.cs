using System.Text.Json;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Coordinators;

/// <summary>Records of <c>__consumer_offsets</c> as JSON, field by field as their schemas have them. Stateless.</summary>
internal static class OffsetsJson
{
    private const short FirstVersionWithOwnedPartitions = 1;
    private const short FirstVersionWithGeneration = 2;
    private const short FirstVersionWithRack = 3;

    public static void WriteKey(Utf8JsonWriter json, OffsetCommitKey key)
    {
        json.WriteString("group", key.Group);
        json.WriteString("topic", key.Topic);
        json.WriteNumber("partition", key.Partition);
    }

    public static void WriteOffset(Utf8JsonWriter json, OffsetCommitValue value, short version)
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

    /// <param name="json">Where to.</param>
    /// <param name="value">The group.</param>
    /// <param name="version">Of its value; decides which fields there are.</param>
    /// <param name="showsSubscriptions">Whether what consumers subscribed to and got is decoded, or shown as the bytes it is.</param>
    public static void WriteGroup(Utf8JsonWriter json, GroupMetadataValue value, short version, bool showsSubscriptions)
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
            WriteMember(json, member, version, showsSubscriptions && value.ProtocolType == "consumer");
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
        if (isConsumer && Read(member.Subscription, member.Assignment) is var (subscription, assignment))
        {
            WriteSubscription(json, subscription, CoordinatorJson.Version(member.Subscription));
            WriteAssignment(json, assignment);
        }
        else
        {
            json.WriteBase64String("subscription", member.Subscription);
            json.WriteBase64String("assignment", member.Assignment);
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// Null where there is none, or where a client has written something else: kafka-go, for one, leaves the user data out.
    /// </summary>
    private static (ConsumerProtocolSubscription Subscription, ConsumerProtocolAssignment Assignment)? Read(
        byte[] subscription, byte[] assignment)
    {
        if (subscription.Length < sizeof(short) || assignment.Length < sizeof(short))
        {
            return null;
        }

        try
        {
            return (
                CoordinatorJson.Read<ConsumerProtocolSubscription>(subscription),
                CoordinatorJson.Read<ConsumerProtocolAssignment>(assignment));
        }
        catch (MalformedDataException)
        {
            return null;
        }
    }

    private static void WriteSubscription(Utf8JsonWriter json, ConsumerProtocolSubscription subscription, short version)
    {
        json.WriteStartObject("subscription");
        json.WriteStartArray("topics");
        foreach (var topic in subscription.Topics)
        {
            json.WriteStringValue(topic);
        }

        json.WriteEndArray();
        WriteUserData(json, subscription.UserData);
        if (version >= FirstVersionWithOwnedPartitions)
        {
            WritePartitions(json, "ownedPartitions", subscription.OwnedPartitions.Select(owned => (owned.Topic, owned.Partitions)));
        }

        if (version >= FirstVersionWithGeneration)
        {
            json.WriteNumber("generationId", subscription.GenerationId);
        }

        if (version >= FirstVersionWithRack)
        {
            json.WriteString("rackId", subscription.RackId);
        }

        json.WriteEndObject();
    }

    private static void WriteAssignment(Utf8JsonWriter json, ConsumerProtocolAssignment assignment)
    {
        json.WriteStartObject("assignment");
        WritePartitions(json, "assignedPartitions", assignment.AssignedPartitions.Select(topic => (topic.Topic, topic.Partitions)));
        WriteUserData(json, assignment.UserData);
        json.WriteEndObject();
    }

    private static void WritePartitions(Utf8JsonWriter json, string name, IEnumerable<(string Topic, int[] Partitions)> topics)
    {
        json.WriteStartArray(name);
        foreach (var (topic, partitions) in topics)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic);
            json.WriteStartArray("partitions");
            foreach (var partition in partitions)
            {
                json.WriteNumberValue(partition);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
