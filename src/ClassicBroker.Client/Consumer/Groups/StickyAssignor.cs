using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// As even as can be, moving as little as can be, among members that give everything up before they join: what they had travels in the
/// user data.
/// </summary>
/// <remarks>
/// As Java's StickyAssignor writes it:
/// <code>
/// previous_assignment  array of { topic string, partitions array of int32 }
/// generation           int32
/// </code>
/// </remarks>
internal sealed class StickyAssignor : IPartitionAssignor
{
    public string Name => "sticky";

    public bool IsCooperative => false;

    public byte[] UserData(IReadOnlyList<TopicPartition> owned, int generation)
    {
        var topics = owned.GroupBy(partition => partition.Topic, StringComparer.Ordinal).ToList();
        var size = topics.Sum(topic => sizeof(short) + Encoding.UTF8.GetByteCount(topic.Key) + (sizeof(int) * (1 + topic.Count())));
        var bytes = new byte[sizeof(int) + size + sizeof(int)];
        var writer = new SpanWriter(bytes);
        writer.WriteInt32(topics.Count);
        foreach (var topic in topics)
        {
            var name = Encoding.UTF8.GetBytes(topic.Key);
            writer.WriteInt16((short)name.Length);
            writer.WriteBytes(name);
            writer.WriteInt32(topic.Count());
            foreach (var partition in topic)
            {
                writer.WriteInt32(partition.Partition);
            }
        }

        writer.WriteInt32(generation);
        return bytes;
    }

    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members) =>
        StickyAssignment.Make(partitionCounts, members, member => Read(member.UserData));

    /// <summary>Members of other clients may write something else: they had nothing then.</summary>
    private static (IReadOnlyList<TopicPartition> Partitions, int Generation) Read(byte[]? userData)
    {
        var partitions = new List<TopicPartition>();
        try
        {
            var reader = new SpanReader(userData);
            for (var topics = userData is null ? 0 : reader.ReadInt32(); topics > 0; topics--)
            {
                var topic = Encoding.UTF8.GetString(reader.Take(reader.ReadInt16()));
                for (var count = reader.ReadInt32(); count > 0; count--)
                {
                    partitions.Add(new(topic, reader.ReadInt32()));
                }
            }

            return (partitions, reader.Remaining >= sizeof(int) ? reader.ReadInt32() : -1);
        }
        catch (MalformedDataException)
        {
            return ([], -1);
        }
    }
}
