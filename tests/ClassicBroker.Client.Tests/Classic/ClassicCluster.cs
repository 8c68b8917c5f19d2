using System.Globalization;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>
/// A <see cref="FakeCluster"/> that is registered in a ZooKeeper in memory, as consumers of 0.8 look for it. Threading: the test's thread.
/// </summary>
internal sealed class ClassicCluster
{
    public ClassicCluster(int brokers = 1)
    {
        Brokers = new FakeCluster(brokers);
        Log = new FakeLog(Brokers);
        ZooKeeper = new InMemoryZooKeeper(Brokers.Time);
        ZooKeeper.Put("/brokers/topics", "");
        ZooKeeper.Put("/brokers/ids", "");
        for (var id = 0; id < brokers; id++)
        {
            Register(id);
        }
    }

    public FakeCluster Brokers { get; }

    public FakeLog Log { get; }

    public InMemoryZooKeeper ZooKeeper { get; }

    public void Register(int id) => ZooKeeper.Put(
        $"/brokers/ids/{id}",
        $$"""{"version":4,"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://broker:{{9092 + id}}"],"jmx_port":-1,"host":"broker","port":{{9092 + id}},"timestamp":"1"}""");

    public void AddTopic(string name, params int[] leaders)
    {
        Brokers.AddTopic(name, leaders);
        Describe(name, leaders.Length);
    }

    /// <summary>Tells in ZooKeeper how many partitions a topic has.</summary>
    public void Describe(string topic, int partitions)
    {
        var replicas = Enumerable.Range(0, partitions).Select(partition => string.Create(CultureInfo.InvariantCulture, $"\"{partition}\":[0]"));
        ZooKeeper.Put($"/brokers/topics/{topic}", $$$"""{"version":1,"partitions":{{{{string.Join(',', replicas)}}}}}""");
    }

    /// <summary>The values <c>0</c> to <c>count - 1</c>, each in a batch of its own, marked with their partition.</summary>
    public void Append(string topic, int partition, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            Log.Append(new TopicPartition(topic, partition), $"{topic}{partition}:{i}");
        }
    }

    /// <summary>What the coordinator keeps of the group; broker 0 becomes it.</summary>
    public SortedDictionary<TopicPartition, long> Coordinate()
    {
        SortedDictionary<TopicPartition, long> committed = [];
        Brokers.Handle<FindCoordinatorRequest, FindCoordinatorResponse>(
            (_, _) => new FindCoordinatorResponse { NodeId = 0, Host = "broker", Port = 9092 });
        Brokers.Handle<OffsetCommitRequest, OffsetCommitResponse>((_, request) =>
        {
            Assert.Equal(("g", -1, ""), (request.GroupId, request.GenerationIdOrMemberEpoch, request.MemberId));
            foreach (var topic in request.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    committed[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.CommittedOffset;
                }
            }

            return new OffsetCommitResponse();
        });
        Brokers.Handle<OffsetFetchRequest, OffsetFetchResponse>((_, request) => new OffsetFetchResponse
        {
            Topics =
            [
                .. request.Topics!.Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.PartitionIndexes.Select(index => new OffsetFetchResponse.OffsetFetchResponsePartition
                        {
                            PartitionIndex = index,
                            CommittedOffset = committed.GetValueOrDefault(new TopicPartition(topic.Name, index), -1),
                        }),
                    ],
                }),
            ],
        });
        return committed;
    }

    public string? Owner(string topic, int partition) => ZooKeeper.Text($"/consumers/g/owners/{topic}/{partition}");

    public string? Offset(string topic, int partition) => ZooKeeper.Text($"/consumers/g/offsets/{topic}/{partition}");
}
