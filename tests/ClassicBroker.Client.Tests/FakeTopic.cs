using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests;

/// <summary>A topic of a <see cref="FakeCluster"/>: the leader of each partition, -1 for none. Threading: the test's thread.</summary>
internal sealed class FakeTopic(string name, int[] leaders)
{
    public int[] Leaders { get; private set; } = leaders;

    public int[] Epochs { get; private set; } = new int[leaders.Length];

    public Uuid Id { get; set; } = new(1, name.Length);

    /// <summary>What is told of partitions that have a leader all the same.</summary>
    public Dictionary<int, ErrorCode> Errors { get; } = [];

    /// <summary>Another broker leads from now on.</summary>
    public void Move(int partition, int leader)
    {
        Leaders[partition] = leader;
        Epochs[partition]++;
    }

    /// <summary>The topic has one partition more from now on.</summary>
    public void Grow(int leader)
    {
        Leaders = [.. Leaders, leader];
        Epochs = [.. Epochs, 0];
    }

    public MetadataResponse.MetadataResponseTopic Describe() => new()
    {
        Name = name,
        TopicId = Id,
        Partitions = Leaders
            .Select((leader, partition) => new MetadataResponse.MetadataResponsePartition
            {
                PartitionIndex = partition,
                LeaderId = leader,
                LeaderEpoch = Epochs[partition],
                ErrorCode = leader < 0 ? ErrorCode.LeaderNotAvailable : Errors.GetValueOrDefault(partition),
                ReplicaNodes = [Math.Max(leader, 0)],
                IsrNodes = [Math.Max(leader, 0)],
            })
            .ToArray(),
    };
}
