using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// The one place where the coordinator looks into what members tell each other: the topics of consumers, whose offsets must not expire
/// and not be deleted while they are consumed. Stateless.
/// </summary>
internal static class ConsumerSubscription
{
    /// <summary>The protocol type of consumers; Connect and others have their own, which stay opaque.</summary>
    public const string ProtocolType = "consumer";

    /// <summary>What a group's members subscribe; null where they are no consumers, or one of them cannot be read.</summary>
    public static HashSet<string>? TopicsOf(Group group)
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        if (!group.IsConsumerGroup)
        {
            return null;
        }

        if (group.Size == 0)
        {
            return topics;
        }

        if (group.ProtocolName is not { } protocol)
        {
            return null;
        }

        foreach (var member in group.Members)
        {
            if (TopicsOf(member.MetadataOf(protocol)) is not { } subscribed)
            {
                return null;
            }

            topics.UnionWith(subscribed);
        }

        return topics;
    }

    /// <summary>Version 0 is the beginning of every version, and all that is needed.</summary>
    private static string[]? TopicsOf(byte[] metadata)
    {
        try
        {
            if (VersionedMessage.PeekVersion(metadata) < ConsumerProtocolSubscription.MinVersion)
            {
                return null;
            }

            var reader = new ProtocolReader(metadata.AsMemory(sizeof(short)));
            var subscription = new ConsumerProtocolSubscription();
            subscription.Read(ref reader, ConsumerProtocolSubscription.MinVersion);
            return subscription.Topics;
        }
        catch (MalformedDataException)
        {
            return null;
        }
    }
}
