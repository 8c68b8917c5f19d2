using System.Text;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Znodes;

public sealed class ZnodeFormsTests
{
    private static readonly TopicPartition Partition = new("t", 3);

    [Fact]
    public void A_registration_of_version_1_has_one_plaintext_endpoint()
    {
        var broker = BrokerIdZnode.Decode(7, """{"version":1,"host":"h","port":9092,"jmx_port":9999,"timestamp":"12"}"""u8);
        Assert.Equal([new BrokerEndpoint("PLAINTEXT", "h", 9092, SecurityProtocol.Plaintext)], broker.Endpoints);
        Assert.Equal(9999, broker.JmxPort);
        Assert.Equal(12, broker.TimestampMs);
    }

    [Fact]
    public void A_registration_without_protocol_map_takes_listener_names_for_protocols()
    {
        var broker = BrokerIdZnode.Decode(7, """{"endpoints":["SASL_SSL://[::1]:1"],"rack":"r","version":3,"host":null,"port":-1}"""u8);
        Assert.Equal([new BrokerEndpoint("SASL_SSL", "::1", 1, SecurityProtocol.SaslSsl)], broker.Endpoints);
        Assert.Equal("r", broker.Rack);
    }

    [Fact]
    public void A_registration_of_a_later_version_and_unknown_keys_reads_like_the_latest()
    {
        var broker = BrokerIdZnode.Decode(
            7,
            """
            {"new":{"a":[1]},"version":9,"endpoints":["IN://h:1"],"listener_security_protocol_map":{"IN":"SSL"},
            "features":{"f":{"max_version":4,"min_version":1}}}
            """u8);
        Assert.Equal(SecurityProtocol.Ssl, broker.Endpoints[0].SecurityProtocol);
        Assert.Equal(new FeatureRange(1, 4), broker.Features["f"]);
    }

    [Fact]
    public void A_registration_names_its_first_plaintext_endpoint_for_old_clients()
    {
        var broker = new BrokerRegistration(
            1, [new("IN", "a", 1, SecurityProtocol.Ssl), new("OUT", "b", 2, SecurityProtocol.Plaintext)], "r1", -1, 5);
        var text = Encoding.UTF8.GetString(BrokerIdZnode.Encode(broker, MetadataVersions.Latest));
        Assert.Contains("\"port\":2,\"host\":\"b\"", text);
        Assert.Contains("\"version\":5", text);
        Assert.Contains("\"features\":{}", text);
        Assert.True(BrokerIdZnode.Decode(1, Encoding.UTF8.GetBytes(text)).SameEndpointsAndFeatures(broker));
        var sslOnly = broker with { Endpoints = [broker.Endpoints[0]] };
        Assert.Contains("\"port\":-1,\"host\":null", Encoding.UTF8.GetString(BrokerIdZnode.Encode(sslOnly, MetadataVersions.Latest)));
    }

    [Fact]
    public void A_topic_keeps_its_id_and_its_reassignment()
    {
        var id = new Uuid(1, 2);
        var topic = new TopicAssignment(id, new SortedDictionary<int, ReplicaAssignment>
        {
            [0] = new([1, 2]),
            [1] = new([3, 1, 2], [3], [2]),
        });
        var bytes = TopicZnode.Encode(topic);
        Assert.Contains("\"adding_replicas\":{\"1\":[3]},\"removing_replicas\":{\"1\":[2]}", Encoding.UTF8.GetString(bytes));
        var read = TopicZnode.Decode("t", bytes);
        Assert.Equal(id, read.TopicId);
        Assert.Equal(topic.Partitions, read.Partitions);
    }

    [Fact]
    public void A_recovering_leader_is_marked_and_a_recovered_one_is_not()
    {
        var recovering = new PartitionState(
            new() { Leader = 1, LeaderEpoch = 4, Isr = [1], RecoveryState = LeaderRecoveryState.Recovering, PartitionEpoch = 6 }, 2);
        var bytes = PartitionStateZnode.Encode(recovering);
        Assert.Contains("\"leader_recovery_state\":1", Encoding.UTF8.GetString(bytes));
        Assert.Equal(recovering, PartitionStateZnode.Decode(Partition, bytes, 6));
        var recovered = new PartitionState(recovering.LeaderAndIsr with { RecoveryState = LeaderRecoveryState.Recovered }, 2);
        Assert.DoesNotContain("recovery", Encoding.UTF8.GetString(PartitionStateZnode.Encode(recovered)));
    }

    [Fact]
    public void A_config_change_of_version_1_names_type_and_entity_apart()
    {
        Assert.Equal(("topics", "t1"), ConfigChangeZnode.Decode("n", """{"version":1,"entity_type":"topics","entity_name":"t1"}"""u8));
        Assert.Equal(("users", "<default>"), ConfigChangeZnode.Decode("n", ConfigChangeZnode.Encode("users/<default>")));
        Assert.Throws<MalformedDataException>(
            () => ConfigChangeZnode.Decode("n", """{"version":1,"entity_type":"users","entity_name":"u"}"""u8));
        Assert.Throws<MalformedDataException>(() => ConfigChangeZnode.Decode("n", """{"version":3,"entity_path":"topics/t"}"""u8));
    }

    [Fact]
    public void A_config_znode_without_data_has_no_overrides()
    {
        Assert.Empty(ConfigEntityZnode.Decode("/config/topics/t", ""u8));
        Assert.Empty(ConfigEntityZnode.Decode("/config/topics/t", """{"version":1}"""u8));
    }

    [Fact]
    public void Features_drop_minimum_levels_from_3_3_on()
    {
        var features = new FinalizedFeatures(true, new SortedDictionary<string, short> { ["f"] = 3 });
        var old = Encoding.UTF8.GetString(FeatureZnode.Encode(features, MetadataVersion.IBP_2_7_IV0));
        Assert.Equal("""{"features":{"f":{"min_version_level":1,"max_version_level":3}},"version":1,"status":1}""", old);
        var current = FeatureZnode.Encode(features, MetadataVersions.Latest);
        Assert.Equal("""{"features":{"f":{"max_version_level":3}},"version":2,"status":1}""", Encoding.UTF8.GetString(current));
        Assert.Equal(3, FeatureZnode.Decode(current).MaxVersionLevels["f"]);
    }

    [Fact]
    public void Operators_lists_read_back_sorted()
    {
        var moves = new Dictionary<TopicPartition, IReadOnlyList<int>> { [new("b", 0)] = [1, 2], [new("a", 1)] = [3] };
        var read = ReassignPartitionsZnode.Decode(ReassignPartitionsZnode.Encode(moves));
        Assert.Equal([new("a", 1), new("b", 0)], read.Keys);
        Assert.Equal([1, 2], read[new("b", 0)]);
        Assert.Equal([new("a", 0)], PreferredReplicaElectionZnode.Decode("""{"partitions":[{"partition":0,"topic":"a","x":1}]}"""u8));
        Assert.Equal([Partition], IsrChangeZnode.Decode("n", IsrChangeZnode.Encode([Partition, Partition])));
        Assert.Equal(3, LogDirEventZnode.Decode("n", LogDirEventZnode.Encode(3)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"leader\":1")]
    [InlineData("{\"leader\":1,\"leader_epoch\":0,\"isr\":[1]}")]
    [InlineData("{\"controller_epoch\":\"x\",\"leader\":1,\"leader_epoch\":0,\"isr\":[1]}")]
    [InlineData("{\"controller_epoch\":1,\"leader\":1,\"leader_epoch\":0,\"isr\":[\"1\"]}")]
    [InlineData("{\"controller_epoch\":1,\"leader\":1,\"leader_epoch\":0,\"isr\":7}")]
    [InlineData("{\"controller_epoch\":1,\"leader\":1,\"leader_epoch\":0,\"isr\":[1],\"leader_recovery_state\":2}")]
    [InlineData("{\"controller_epoch\":1,\"leader\":1,\"leader_epoch\":0,\"isr\":[1]} x")]
    public void A_broken_state_is_refused_with_its_path(string text)
    {
        var failure = Assert.Throws<MalformedDataException>(() => PartitionStateZnode.Decode(Partition, Encoding.UTF8.GetBytes(text), 0));
        Assert.Contains("/brokers/topics/t/partitions/3/state", failure.Message);
    }

    [Theory]
    [InlineData("plain-Name_1.x", "plain-Name_1.x")]
    [InlineData("a b*c+d/e", "a%20b%2Ac%2Bd%2Fe")]
    [InlineData("CN=ü,O=~", "CN%3D%C3%BC%2CO%3D%7E")]
    public void Names_are_sanitized_as_Kafka_does(string name, string sanitized)
    {
        Assert.Equal(sanitized, Sanitizer.Sanitize(name));
        Assert.Equal(name, Sanitizer.Desanitize(sanitized));
    }

    [Theory]
    [InlineData("a%2")]
    [InlineData("a%")]
    [InlineData("%zz")]
    public void A_broken_sanitized_name_is_refused(string text) => Assert.Throws<MalformedDataException>(() => Sanitizer.Desanitize(text));
}
