using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.ZooKeeper;

/// <summary>The tree that a broker leaves in ZooKeeper, beside the trees recorded of Kafka 3.9.2: paths, data, owners, versions.</summary>
public sealed partial class RecordedTreeTests
{
    private readonly InProcessBroker _broker = new();

    [Fact]
    public void A_broker_that_starts_makes_the_tree_of_Kafka()
    {
        var recorded = Load("01-empty-cluster.json").Where(entry => entry.Key is not ("/brokers/ids/1" or "/brokers/ids/2"));
        Assert.Equal(
            recorded.Select(entry => $"{entry.Key} {Masked(entry.Value!["data"]?.GetValue<string>())} "
                + $"{entry.Value["ephemeral"]} {entry.Value["version"]}"),
            _broker.ZooKeeper.Paths.Select(path => $"{path} {Masked(Data(path))} "
                + $"{(_broker.ZooKeeper.Stat(path)!.Value.EphemeralOwner != 0 ? "true" : "false")} {_broker.ZooKeeper.Stat(path)!.Value.Version}"));
    }

    [Fact]
    public void Whatever_clients_make_it_write_has_the_form_that_Kafka_gives_it()
    {
        Work(_broker.Connect());
        var known = Load("05-after-everything.json")
            .GroupBy(entry => Kind(entry.Key))
            .ToDictionary(
                kind => kind.Key,
                kind => kind.Select(entry => Form(
                    entry.Value!["data"]?.GetValue<string>(), entry.Value["ephemeral"]!.GetValue<bool>())).ToHashSet());
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in _broker.ZooKeeper.Paths)
        {
            var form = Form(Data(path), _broker.ZooKeeper.Stat(path)!.Value.EphemeralOwner != 0);
            Assert.True(known.TryGetValue(Kind(path), out var forms), $"{path} is of no kind that Kafka writes");
            Assert.True(forms.Contains(form), $"{path} has the form {form}, Kafka's have {string.Join(" or ", forms)}");
            seen.Add(Kind(path));
        }

        Assert.Superset(
            new SortedSet<string>(StringComparer.Ordinal)
            {
                "/brokers/topics/T/partitions/N/state", "/config/topics/X", "/config/users/X/clients/C", "/config/ips/X",
                "/config/brokers/N", "/consumers/G/offsets/T/N", "/latest_producer_id_block", "/config/changes/config_change_N",
            },
            seen);
    }

    private static void Work(BrokerClient client)
    {
        client.CreateTopic("t", 3, ("cleanup.policy", "compact"), ("segment.bytes", "104857600"));
        client.CreateTopic("gone");
        client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["gone"], TimeoutMs = 0 }, 5);
        client.Ask<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = null, TransactionTimeoutMs = 1 }, 1);
        client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = "g",
                Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 3, CommittedMetadata = "" }] }],
            },
            0);
        foreach (var (type, name, key, value) in new[] { ((sbyte)4, "0", "log.retention.ms", "5"), ((sbyte)2, "t", "retention.ms", "7") })
        {
            var altered = client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
                new() { Resources = [new() { ResourceType = type, ResourceName = name, Configs = [new() { Name = key, Value = value }] }] }, 1);
            Assert.Equal(ErrorCode.None, altered.Responses[0].ErrorCode);
        }

        (string Type, string Name)[][] entities =
        [
            [("user", "u"), ("client-id", "c1")], [("client-id", "c2")], [("ip", "127.0.0.9")],
        ];
        foreach (var entity in entities)
        {
            var quota = client.Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
                new()
                {
                    Entries =
                    [
                        new()
                        {
                            Entity = [.. entity.Select(part => new AlterClientQuotasRequest.EntityData { EntityType = part.Type, EntityName = part.Name })],
                            Ops = [new() { Key = entity[0].Type == "ip" ? "connection_creation_rate" : "consumer_byte_rate", Value = 5 }],
                        },
                    ],
                },
                0);
            Assert.Equal(ErrorCode.None, quota.Entries[0].ErrorCode);
        }
    }

    private static JsonObject Load(string recording) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "ZooKeeper", recording)))!.AsObject();

    private string? Data(string path) => _broker.ZooKeeper.HoldsNull(path) ? null : _broker.ZooKeeper.Text(path);

    /// <summary>Null, empty, or the keys of the object in their order.</summary>
    private static string Form(string? data, bool isEphemeral)
    {
        var form = data switch
        {
            null => "null",
            "" => "empty",
            ['{', ..] => string.Join(',', JsonNode.Parse(data)!.AsObject().Select(member => member.Key)),
            _ => "text",
        };
        return isEphemeral ? $"{form}, ephemeral" : form;
    }

    /// <summary>Ports, times and ids differ between any two clusters; so does a port for metrics.</summary>
    private static string Masked(string? data) => data is null ? "null" : Varying().Replace(Id().Replace(data, "\"id\":\"\""), "#");

    private static string Kind(string path)
    {
        var kind = Sequence().Replace(path, "$1N");
        kind = Numbers().Replace(kind, "/N");
        kind = ConfigEntity().Replace(kind, "/config/$1/X");
        kind = ConfigClient().Replace(kind, "/clients/C");
        kind = OfTopic().Replace(kind, "/brokers/topics/T");
        return OfGroup().Replace(kind, match => match.Groups[1].Success ? "/consumers/G/offsets/T" : match.Groups[2].Success ? "/consumers/G/offsets" : "/consumers/G");
    }

    [GeneratedRegex("(config_change_)[0-9]+")]
    private static partial Regex Sequence();

    [GeneratedRegex("/[0-9]+(?=/|$)")]
    private static partial Regex Numbers();

    [GeneratedRegex("^/config/(topics|users|clients|ips)/[^/]+")]
    private static partial Regex ConfigEntity();

    [GeneratedRegex("(?<=/config/users/X)/clients/[^/]+")]
    private static partial Regex ConfigClient();

    [GeneratedRegex("^/brokers/topics/[^/]+")]
    private static partial Regex OfTopic();

    [GeneratedRegex("^/consumers/[^/]+(?:/offsets/([^/]+)|(/offsets))?")]
    private static partial Regex OfGroup();

    [GeneratedRegex("(?<=:)[0-9]{4,5}(?=\")|(?<=\"(?:jmx_port|port)\":)-?[0-9]+|(?<=\"timestamp\":\")[0-9]+")]
    private static partial Regex Varying();

    [GeneratedRegex("\"id\":\"[^\"]+\"")]
    private static partial Regex Id();
}
