using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Znodes;

/// <summary>
/// Every type of znode, its data cut, bent and swapped for every other kind of value: it reads as something sound, or is refused with the
/// path. Nothing else may come of it.
/// </summary>
public sealed class HostileZnodesTests
{
    private const int FlipRounds = 400;

    private static readonly string[] Junk =
    [
        "null", "true", "0", "-1", "1.5", "2147483648", "-9223372036854775809", "1e400", "\"\"", "\"x\"", "\"\\ud800\"", "[]", "[null]",
        "[-1]", "[1,1]", "[2147483648]", "[[]]", "{}", "{\"\":null}", "{\"0\":1}", "{\"-1\":[1]}", "{\"99999999999\":[1]}",
        "[{\"topic\":\"\",\"partition\":-1}]", "[{\"topic\":\"a/b\"}]", "{\"PLAINTEXT\":\"SSL\",\"PLAINTEXT\":\"SSL\"}",
        "[\"PLAINTEXT://h:99999\"]", "[\"PLAINTEXT://\"]",
    ];

    private static readonly SortedDictionary<string, (string Sample, Action<byte[]> Decode)> Types = new(StringComparer.Ordinal)
    {
        ["/brokers/ids/1"] = (
            """{"features":{"f":{"min_version":1,"max_version":2}},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://h:1"],"rack":"r","jmx_port":-1,"port":1,"host":"h","version":5,"timestamp":"1"}""",
            data => Check(BrokerIdZnode.Decode(1, data))),
        ["/brokers/topics/t"] = (
            """{"partitions":{"0":[1,2]},"topic_id":"lb_JitFwQ6SbW5DFj6SAPQ","adding_replicas":{"0":[2]},"removing_replicas":{"0":[1]},"version":3}""",
            data => Check(TopicZnode.Decode("t", data))),
        ["/brokers/topics/t/partitions/0/state"] = (
            """{"controller_epoch":1,"leader":1,"version":1,"leader_recovery_state":0,"leader_epoch":2,"isr":[1]}""",
            data => Check(PartitionStateZnode.Decode(new("t", 0), data, 0).LeaderAndIsr)),
        ["/cluster/id"] = ("""{"version":"1","id":"oQI9DZZ_QhCmXwD2EamlZg"}""", data => ClusterIdZnode.Decode(data)),
        ["/config/topics/t"] = ("""{"version":1,"config":{"a":"b"}}""", data => ConfigEntityZnode.Decode("/config/topics/t", data)),
        ["/config/changes/config_change_1"] = (
            """{"version":2,"entity_path":"topics/t"}""",
            data => Assert.True(ConfigEntityZnode.IsValidName(
                ConfigChangeZnode.Decode("config_change_1", data).Type, ConfigChangeZnode.Decode("config_change_1", data).Name))),
        ["/controller"] = ("""{"version":2,"brokerid":0,"timestamp":"1","kraftControllerEpoch":-1}""", data => ControllerZnode.Decode(data)),
        ["/controller_epoch"] = ("12", data => Assert.InRange(ControllerEpochZnode.Decode(data), 0, int.MaxValue - 1)),
        ["/delegation_token/tokens/id"] = (
            """
            {"issueTimestamp":1,"renewers":["User%3Ac"],"tokenRequester":"User%3Ar","tokenId":"id","owner":"User%3Ao","expiryTimestamp":2,
            "maxTimestamp":3,"version":3}
            """,
            data => Assert.Contains(':', DelegationTokenZnode.Decode("id", data).Owner)),
        ["/feature"] = ("""{"features":{"f":{"max_version_level":3}},"version":2,"status":1}""", data => FeatureZnode.Decode(data)),
        ["/isr_change_notification/isr_change_1"] = (
            """{"version":1,"partitions":[{"topic":"t","partition":0}]}""", data => IsrChangeZnode.Decode("isr_change_1", data)),
        ["/latest_producer_id_block"] = (
            """{"version":1,"broker":2,"block_start":"2000","block_end":"2999"}""",
            data => Check(ProducerIdBlockZnode.Decode(data))),
        ["/log_dir_event_notification/log_dir_event_1"] = (
            """{"version":1,"broker":1,"event":1}""", data => LogDirEventZnode.Decode("log_dir_event_1", data)),
        ["/admin/reassign_partitions"] = (
            """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1]}]}""", data => ReassignPartitionsZnode.Decode(data)),
        ["/admin/preferred_replica_election"] = (
            """{"version":1,"partitions":[{"topic":"t","partition":0}]}""", data => PreferredReplicaElectionZnode.Decode(data)),
    };

    public static TheoryData<string> Paths => [.. Types.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Data_cut_anywhere_is_refused_or_sound(string path) =>
        Attack(path, sample => Enumerable.Range(0, sample.Length).Select(length => sample[..length]));

    [Theory]
    [MemberData(nameof(Paths))]
    public void Bits_flipped_anywhere_are_refused_or_sound(string path)
    {
        var random = new Random(path.Length);
        Attack(path, sample => Enumerable.Range(0, FlipRounds).Select(_ =>
        {
            var bent = (byte[])sample.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                bent[random.Next(bent.Length)] ^= (byte)(1 << random.Next(8));
            }

            return bent;
        }));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Values_of_other_kinds_are_refused_or_sound(string path) => Attack(path, Swapped);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Anything_else_is_refused_or_sound(string path) => Attack(
        path,
        sample =>
        [
            [], [0], [0xff, 0xfe], .. Junk.Select(Encoding.UTF8.GetBytes), [.. sample, .. sample], [.. sample, (byte)' ', (byte)'x'],
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 10_000))),
            Encoding.UTF8.GetBytes($"{{\"a\":{string.Concat(Enumerable.Repeat("{\"a\":", 10_000))}"),
            new byte[1 << 20],
        ]);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("orders/partitions")]
    [InlineData("a\0b")]
    [InlineData("\ud800")]
    public void A_name_that_can_be_none_becomes_part_of_no_path(string name)
    {
        Action[] paths =
        [
            () => TopicZnode.Path(name),
            () => TopicZnode.PartitionsPath(name),
            () => TopicZnode.PartitionPath(new(name, 0)),
            () => PartitionStateZnode.Path(new(name, 0)),
            () => DeleteTopicsZnode.Path(name),
            () => DelegationTokenZnode.Path(name),
            () => IsrChangeZnode.Path(name),
            () => LogDirEventZnode.Path(name),
            () => ConfigChangeZnode.Path(name),
            () => ConfigEntityZnode.Path(ConfigEntityZnode.Topics, name),
            () => ConfigEntityZnode.Path(ConfigEntityZnode.Clients, name),
            () => ConfigEntityZnode.Path(ConfigEntityZnode.Users, name),
            () => ConfigEntityZnode.Path(ConfigEntityZnode.Users, $"u/clients/{name}"),
            () => ConfigEntityZnode.TypePath($"users/{name}/clients/x"),
            () => ConsumerGroupZnodes.Path(name),
            () => ConsumerGroupZnodes.IdPath("g", name),
            () => ConsumerGroupZnodes.OwnerPath("g", new(name, 0)),
            () => ConsumerGroupZnodes.OffsetPath(name, new("t", 0)),
            () => ConsumerGroupZnodes.OffsetPath("g", new(name, 0)),
        ];
        foreach (var (index, path) in paths.Index())
        {
            // Two of them take apart what has slashes in the right places.
            if (!(name.Contains('/') && index == 13))
            {
                Assert.Throws<InvalidZnodeNameException>(path);
            }
        }
    }

    [Fact]
    public void Nothing_has_a_name_that_can_be_none()
    {
        var fixture = new MetadataFixture().WithTopLevelPaths();
        fixture.Ensemble.Put("/brokers/topics/orders/partitions", "");
        Assert.False(fixture.Run(() => fixture.Store.Topics.ExistsAsync("orders/partitions")));
        Assert.Null(fixture.Run(() => fixture.Store.Topics.GetAsync("..")));
        Assert.Empty(fixture.Run(() => fixture.Store.Configs.GetAsync(ConfigEntityZnode.Topics, "a/b")));
        Assert.Null(fixture.Run(() => fixture.Store.ConsumerOffsets.GetAsync("g/offsets", new("t", 0))));
        Assert.Null(fixture.Run(() => fixture.Store.PartitionStates.GetAsync(new TopicPartition("", 0))));
    }

    private static void Attack(string path, Func<byte[], IEnumerable<byte[]>> variants)
    {
        var (sample, decode) = Types[path];
        var bytes = Encoding.UTF8.GetBytes(sample);
        decode(bytes);
        foreach (var variant in variants(bytes))
        {
            try
            {
                decode(variant);
            }
            catch (MalformedDataException refused)
            {
                Assert.Contains(path, refused.Message);
            }
        }
    }

    /// <summary>The sample with each value anywhere in it swapped for each piece of junk, and with each key gone.</summary>
    private static IEnumerable<byte[]> Swapped(byte[] sample)
    {
        var text = Encoding.UTF8.GetString(sample);
        foreach (var pointer in Pointers(JsonNode.Parse(text)!))
        {
            foreach (var junk in Junk.Append(null))
            {
                yield return Encoding.UTF8.GetBytes(With(text, pointer, junk));
            }
        }
    }

    private static IEnumerable<object[]> Pointers(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(member => Below(member.Key, member.Value)),
        JsonArray items => items.SelectMany((item, index) => Below(index, item)),
        _ => [],
    };

    private static IEnumerable<object[]> Below(object step, JsonNode? value) =>
        [[step], .. (value is null ? [] : Pointers(value)).Select(rest => (object[])[step, .. rest])];

    private static string With(string text, object[] pointer, string? junk)
    {
        const string Mark = "@@@";
        var root = JsonNode.Parse(text)!;
        var owner = root;
        foreach (var step in pointer[..^1])
        {
            owner = step is string name ? owner[name]! : owner[(int)step]!;
        }

        switch (pointer[^1])
        {
            case string name when junk is null:
                owner.AsObject().Remove(name);
                break;
            case string name:
                owner[name] = Mark;
                break;
            case int index when junk is null:
                owner.AsArray().RemoveAt(index);
                break;
            case int index:
                owner[index] = Mark;
                break;
        }

        return root.ToJsonString().Replace($"\"{Mark}\"", junk, StringComparison.Ordinal);
    }

    private static void Check(BrokerRegistration broker) =>
        Assert.All(broker.Endpoints, endpoint => Assert.InRange(endpoint.Port, 0, ushort.MaxValue));

    private static void Check(TopicAssignment topic) =>
        Assert.All(topic.Partitions.Values, assignment => Assert.All(assignment.Replicas, id => Assert.True(id >= 0)));

    private static void Check(LeaderAndIsr state) =>
        Assert.True(state.LeaderEpoch >= 0 && state.WithNextEpoch().LeaderEpoch > state.LeaderEpoch && state.Leader >= -1);

    private static void Check(ProducerIdBlock? block) => Assert.True(block is null || (block.FirstId >= 0 && block.LastId >= block.FirstId));
}
