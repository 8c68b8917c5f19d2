using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Metadata.Tests.Znodes;

/// <summary>What a cluster of Kafka 3.9.2 wrote, byte for byte, null and empty told apart.</summary>
public sealed class RecordedZnodes39Tests
{
    private static readonly JsonObject Recorded = JsonNode.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "zookeeper-3.9", "05-after-everything.json")))!.AsObject();

    public static TheoryData<string> Kinds =>
    [
        "/brokers/ids/", "/brokers/topics/", "/cluster/id", "/config/brokers/", "/config/changes/", "/config/clients/", "/config/ips/",
        "/config/topics/", "/config/users/", "/consumers/", "/controller", "/controller_epoch", "/feature", "/latest_producer_id_block",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Znodes_of_Kafka_read_and_write_back_the_same_bytes(string prefix)
    {
        var seen = 0;
        foreach (var (path, node) in Recorded)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && node!["data"] is { } data)
            {
                var text = data.GetValue<string>();
                Assert.Equal(text, Encoding.UTF8.GetString(Rewrite(path, Encoding.UTF8.GetBytes(text))));
                seen++;
            }
        }

        Assert.True(seen > 0);
    }

    [Fact]
    public void Paths_that_Kafka_makes_at_start_hold_null_as_Kafkas_do()
    {
        var fixture = new MetadataFixture().WithTopLevelPaths();
        Assert.All(
            fixture.Ensemble.Paths.Where(path => path != ProducerIdBlockZnode.Path),
            path => Assert.True(Recorded[path]!["data"] is null && fixture.Ensemble.HoldsNull(path), path));
        Assert.True(fixture.Ensemble.HoldsNull(ProducerIdBlockZnode.Path));
        Assert.Equal(
            PathZnodes.Persistent.Order(StringComparer.Ordinal),
            fixture.Ensemble.Paths.Where(PathZnodes.Persistent.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Parents_of_states_marks_offsets_and_clients_hold_null_as_Kafkas_do()
    {
        var fixture = new MetadataFixture().WithTopLevelPaths();
        var store = fixture.Store;
        fixture.Run(() => store.Topics.CreateAsync("first", new(default, new SortedDictionary<int, ReplicaAssignment> { [0] = new([1]) })));
        var state = new PartitionState(new() { Leader = 1, LeaderEpoch = 0, Isr = [1], PartitionEpoch = 0 }, 1);
        fixture.Run(() => store.PartitionStates.CreateAsync([KeyValuePair.Create(new Primitives.TopicPartition("first", 0), state)], -1));
        fixture.Run(() => store.Topics.MarkForDeletionAsync("first"));
        fixture.Run(() => store.ConsumerOffsets.SetOrCreateAsync("raw-group", new("raw-topic", 0), 3));
        fixture.Run(() => store.Configs.ChangeAsync(
            ConfigEntityZnode.Users, "u1/clients/c1", new Dictionary<string, string> { ["producer_byte_rate"] = "1" }));
        string[] expected =
        [
            "/brokers/topics/first/partitions", "/brokers/topics/first/partitions/0", "/admin/delete_topics/first",
            "/consumers/raw-group", "/consumers/raw-group/offsets", "/consumers/raw-group/offsets/raw-topic",
            "/config/users/u1", "/config/users/u1/clients",
        ];
        Assert.All(expected, path => Assert.True(fixture.Ensemble.HoldsNull(path), path));

        // The recorded cluster had other users, topics and groups; the paths that it shares with ours hold null there.
        var shared = expected.Where(path => Recorded.ContainsKey(path) && path != "/config/users/u1").ToList();
        Assert.NotEmpty(shared);
        Assert.All(shared, path => Assert.Null(Recorded[path]!["data"]));
    }

    [Fact]
    public void A_generated_broker_id_leaves_empty_data_as_Kafkas_does()
    {
        var fixture = new MetadataFixture().WithTopLevelPaths();
        Assert.Equal(1001, fixture.Run(() => fixture.Store.Cluster.GenerateBrokerIdAsync(1000)));
        Assert.False(fixture.Ensemble.HoldsNull(PathZnodes.BrokerSeqId));
        Assert.Equal("", fixture.Ensemble.Text(PathZnodes.BrokerSeqId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void The_first_block_of_producer_ids_follows_null_and_the_empty_data_of_older_brokers(string? data)
    {
        var fixture = new MetadataFixture().WithTopLevelPaths();
        if (data is not null)
        {
            fixture.Ensemble.Put(ProducerIdBlockZnode.Path, data);
        }

        Assert.Equal(new(7, 0, 999), fixture.Run(() => fixture.Store.ProducerIds.AllocateAsync(7)));
    }

    private static byte[] Rewrite(string path, byte[] data) => path.Split('/')[1..] switch
    {
        ["cluster", "id"] => ClusterIdZnode.Encode(ClusterIdZnode.Decode(data)),
        ["controller_epoch"] => ControllerEpochZnode.Encode(ControllerEpochZnode.Decode(data)),
        ["controller"] => ControllerZnode.Encode(
            ControllerZnode.Decode(data), long.Parse(JsonNode.Parse(data)!["timestamp"]!.GetValue<string>()), MetadataVersions.Latest),
        ["feature"] => FeatureZnode.Encode(FeatureZnode.Decode(data), MetadataVersions.Latest),
        ["brokers", "ids", var id] => BrokerIdZnode.Encode(BrokerIdZnode.Decode(int.Parse(id), data), MetadataVersions.Latest),
        ["brokers", "topics", var topic] => TopicZnode.Encode(TopicZnode.Decode(topic, data)),
        ["brokers", "topics", var topic, "partitions", var partition, "state"] =>
            PartitionStateZnode.Encode(PartitionStateZnode.Decode(new(topic, int.Parse(partition)), data, 0)),
        ["config", "changes", var name] when ConfigChangeZnode.Decode(name, data) is var (type, entity) =>
            ConfigChangeZnode.Encode($"{type}/{entity}"),
        ["config", ..] => ConfigEntityZnode.Encode(ConfigEntityZnode.Decode(path, data)),
        ["latest_producer_id_block"] => ProducerIdBlockZnode.Encode(ProducerIdBlockZnode.Decode(data)!),
        ["consumers", _, "offsets", ..] => ConsumerGroupZnodes.EncodeOffset(ConsumerGroupZnodes.DecodeOffset(data)!.Value),
        _ => throw new InvalidOperationException($"No type for {path}."),
    };
}
