using System.Buffers.Binary;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// Sticky, for members that keep their partitions while they join. A partition that moves is given to no member in this generation: its
/// owner gives it up and joins again, and then it is free.
/// </summary>
internal sealed class CooperativeStickyAssignor : IPartitionAssignor
{
    public string Name => "cooperative-sticky";

    public bool IsCooperative => true;

    /// <summary>The generation, as Java writes it for readers that know no newer subscriptions.</summary>
    public byte[] UserData(IReadOnlyList<TopicPartition> owned, int generation)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, generation);
        return bytes;
    }

    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        var target = StickyAssignment.Make(partitionCounts, members, member => (member.Owned, GenerationOf(member)));
        var owners = new Dictionary<TopicPartition, string>();
        foreach (var member in members)
        {
            foreach (var partition in member.Owned)
            {
                owners[partition] = member.MemberId;
            }
        }

        return target.ToDictionary(
            entry => entry.Key,
            entry => (IReadOnlyList<TopicPartition>)
            [
                .. entry.Value.Where(partition => !owners.TryGetValue(partition, out var owner) || owner == entry.Key),
            ],
            StringComparer.Ordinal);
    }

    private static int GenerationOf(SubscribedMember member) =>
        member.Generation < 0 && member.UserData is { Length: sizeof(int) } userData
            ? BinaryPrimitives.ReadInt32BigEndian(userData)
            : member.Generation;
}
