using ClassicBroker.Client;

namespace ClassicBroker.Tools.Groups;

/// <summary>Which groups are those of consumers, the only ones that <c>kafka-consumer-groups</c> describes. Stateless.</summary>
internal static class ConsumerGroups
{
    /// <summary>Is this the protocol type of consumers, or of a group that only keeps offsets?</summary>
    public static bool Has(string protocolType) => protocolType is "consumer" or "";

    /// <summary>Why a group is not described; null for one of consumers, and where the broker refused already.</summary>
    public static JavaFailure? Refusal(GroupDescription group) =>
        group.Failure is not null || Has(group.ProtocolType)
            ? null
            : JavaException.FromFuture(new JavaFailure(
                JavaFailure.IllegalArgument, $"GroupId {group.GroupId} is not a consumer group ({group.ProtocolType})."));

    /// <summary>A group of consumers in full, or why the broker does not describe it.</summary>
    /// <exception cref="JavaFailure">The group is of another kind.</exception>
    public static async Task<GroupDescription> DescribeConsumersAsync(this AdminClient admin, string group)
    {
        var described = await admin.DescribeGroupAsync(group);
        return Refusal(described) is { } refusal ? throw refusal : described;
    }
}
