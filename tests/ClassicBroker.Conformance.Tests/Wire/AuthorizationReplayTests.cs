using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// What each API answers to users without rights, with one right each, and to a super user who handles ACLs, against what a recorded Kafka
/// 3.9.2 answered to the same frames. Of other users only what authorization decides is compared: the state behind is not that of then.
/// </summary>
public sealed class AuthorizationReplayTests(ITestOutputHelper output)
{
    private const string Archive = "kafka-3.9-security";

    private static readonly KafkaPrincipal Admin = new("User", "admin");

    /// <summary>What refuses access, and what tells an id that is not known.</summary>
    private static readonly HashSet<string> Refusals = ["29", "30", "31", "53", "65", "100"];

    /// <summary>Of whom the recordings speak: none of these may be named to users that may not see them.</summary>
    private static readonly HashSet<string> Secrets = ["secret", "g", "g2", "tx"];

    private static readonly Dictionary<ApiKey, string> Missing = new()
    {
        [ApiKey.AddPartitionsToTxn] = "transactions",
        [ApiKey.TxnOffsetCommit] = "transactions",
        [ApiKey.ListTransactions] = "transactions",
        [ApiKey.DescribeTransactions] = "transactions",
        [ApiKey.InitProducerId] = "transactions",
        [ApiKey.CreateDelegationToken] = "delegation tokens",
        [ApiKey.RenewDelegationToken] = "delegation tokens",
        [ApiKey.ExpireDelegationToken] = "delegation tokens",
        [ApiKey.DescribeDelegationToken] = "delegation tokens",
    };

    private static readonly Dictionary<Uuid, string> TopicIds = new()
    {
        [Id("WHjVoic8RTGK56AXb7ziIw")] = "everyone",
        [Id("MI_6NCefRRKFqun86u9eOA")] = "secret",
    };

    private readonly ConformanceReport _report = new("authorization");
    private readonly ReplayedBroker _broker = new(
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer", "super.users=User:admin;User:root", "auto.create.topics.enable=true");

    [Fact]
    public void Users_without_rights_get_what_Kafka_gives_them()
    {
        var admin = _broker.ConnectAs(Admin);
        admin.CreateTopic("everyone");
        admin.CreateTopic("secret");
        Grant(admin, ("User:*", AclResourceType.Topic, "everyone", [AclOperation.All]));
        var byHand = RecordingArchive.Read(Archive).Where(exchange => exchange.Source.EndsWith("/refused.jsonl", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(byHand);
        GrantOneRightEach(admin);
        foreach (var exchange in byHand)
        {
            Replay(exchange);
        }

        _report.Verify(output);
    }

    private static void GrantOneRightEach(BrokerClient admin) =>
        Grant(
            admin,
            ("User:dora", AclResourceType.Topic, "secret", [AclOperation.Describe]),
            ("User:dora", AclResourceType.Group, "g", [AclOperation.Describe]),
            ("User:dora", AclResourceType.TransactionalId, "tx", [AclOperation.Describe]),
            ("User:dora", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.Describe]),
            ("User:rita", AclResourceType.Topic, "secret", [AclOperation.Read]),
            ("User:wim", AclResourceType.Topic, "secret", [AclOperation.Write]),
            ("User:wim", AclResourceType.TransactionalId, "tx", [AclOperation.Write]),
            ("User:gus", AclResourceType.Group, "g", [AclOperation.Read]),
            ("User:dea", AclResourceType.Group, "g", [AclOperation.Delete]),
            ("User:alta", AclResourceType.Topic, "secret", [AclOperation.Alter]),
            ("User:ida", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.IdempotentWrite]),
            ("User:cfg", AclResourceType.Topic, "secret", [AclOperation.DescribeConfigs]),
            ("User:cfg", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.DescribeConfigs]),
            ("User:clu", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.ClusterAction]));

    private static void Grant(
        BrokerClient admin, params (string Principal, AclResourceType Type, string Name, AclOperation[] Operations)[] grants)
    {
        var response = admin.Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations = [.. grants.SelectMany(grant => grant.Operations.Select(operation => new CreateAclsRequest.AclCreation
                {
                    ResourceType = (sbyte)grant.Type,
                    ResourceName = grant.Name,
                    ResourcePatternType = (sbyte)AclPatternType.Literal,
                    Principal = grant.Principal,
                    Host = "*",
                    Operation = (sbyte)operation,
                    PermissionType = (sbyte)AclPermission.Allow,
                }))],
            },
            3);
        Assert.All(response.Results, result => Assert.Equal(ErrorCode.None, result.ErrorCode));
    }

    private void Replay(RecordedExchange exchange)
    {
        var api = ApiCatalog.Get((ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request));
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        if (Missing.TryGetValue(api.Key, out var subsystem))
        {
            _report.NotYet(subsystem);
            return;
        }

        var request = ReplayedBroker.DecodeRequest(api, version, exchange);
        TranslateTopics(request);
        var client = _broker.ConnectAs(new("User", exchange.ClientId["User:".Length..]));
        var ours = _broker.Ask(client, api, version, request);
        Compare($"{api} v{version} {exchange.ClientId}#{exchange.Line}", exchange, api, version, ours);
    }

    private void Compare(string what, RecordedExchange exchange, ApiDescriptor api, short version, IResponse? ours)
    {
        if (exchange.Response is not { } frame)
        {
            _report.Compare(what, "no answer", ours is null ? "no answer" : "an answer");
            return;
        }

        if (ours is null)
        {
            _report.Differs(what, "an answer", "no answer");
            return;
        }

        var recorded = ReplayedBroker.Decode(api, version, frame);
        var (kafkas, own) = (Errors(recorded), Errors(ours));
        foreach (var path in kafkas.Keys.Union(own.Keys).Order(StringComparer.Ordinal))
        {
            var (theirs, mine) = (kafkas.GetValueOrDefault(path, "absent"), own.GetValueOrDefault(path, "absent"));
            if (Refusals.Contains(theirs) || Refusals.Contains(mine))
            {
                _report.Compare($"{what} {path}", theirs, mine);
            }
        }

        foreach (var name in MessageTree.Names(ours).Except(MessageTree.Names(recorded)).Intersect(Secrets))
        {
            _report.Differs(what, "not named", name);
        }
    }

    private static SortedDictionary<string, string> Errors(IResponse response) =>
        MessageTree.Lines(
            response,
            static (field, value) => field.EndsWith("ErrorCode", StringComparison.Ordinal) ? MessageTree.Plain(value)
                : field is "TopicId" ? TopicIds.GetValueOrDefault((Uuid)value!, "") : field is "ErrorMessage" ? null
                : value is string or int ? MessageTree.Plain(value) : null,
            static _ => true);

    private void TranslateTopics(object owner)
    {
        foreach (var field in MessageTree.Fields(owner))
        {
            switch (field.GetValue(owner))
            {
                case Uuid id when TopicIds.TryGetValue(id, out var name):
                    var own = _broker.ConnectAs(Admin).Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12);
                    field.SetValue(owner, own.Topics.First(topic => topic.Name == name).TopicId);
                    break;
                case Array array when array.GetType().GetElementType() is { IsClass: true } type && type != typeof(string):
                    foreach (var element in array)
                    {
                        TranslateTopics(element);
                    }

                    break;
            }
        }
    }

    private static Uuid Id(string text) => Uuid.TryParse(text, out var id) ? id : throw new ArgumentException(text, nameof(text));
}
