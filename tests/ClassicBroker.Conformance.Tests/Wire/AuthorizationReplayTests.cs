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
    private const string Authorizer = "authorizer.class.name=kafka.security.authorizer.AclAuthorizer";

    private static readonly string[] Refused = ["refused", "refused-configs", "no-authorizer", "everyone-if-no-acl"];

    private static readonly KafkaPrincipal Admin = new("User", "admin");

    /// <summary>What refuses access, and what tells an id that is not known.</summary>
    private static readonly HashSet<string> Refusals = ["29", "30", "31", "53", "54", "65", "100"];

    /// <summary>What another broker than the one asked answers of a group.</summary>
    private const string NotCoordinator = "16";

    /// <summary>Of whom the recordings speak: none of these may be named to users that may not see them.</summary>
    private static readonly HashSet<string> Secrets = ["secret", "g", "g2", "tx"];

    /// <summary>The recorded ids of topics.</summary>
    private readonly Dictionary<Uuid, string> _recordedTopics = new()
    {
        [Id("WHjVoic8RTGK56AXb7ziIw")] = "everyone",
        [Id("MI_6NCefRRKFqun86u9eOA")] = "secret",
    };

    private readonly Dictionary<Uuid, string> _ownTopics = [];
    private readonly ConformanceReport _report = new("authorization");
    private ReplayedBroker _broker = new(
        Authorizer, "super.users=User:admin;User:root", "auto.create.topics.enable=true", "delegation.token.secret.key=secret");

    [Fact]
    public void Users_without_rights_get_what_Kafka_gives_them()
    {
        var admin = _broker.ConnectAs(Admin);
        admin.CreateTopic("everyone");
        admin.CreateTopic("secret");
        Grant(admin, ("User:*", AclResourceType.Topic, "everyone", [AclOperation.All]));
        GrantOneRightEach(admin);
        // The topic of the groups' coordinator is made.
        _broker.Ask(
            admin, ApiCatalog.Get(ApiKey.FindCoordinator), 0, new FindCoordinatorRequest { Key = "g" });
        foreach (var topic in _broker.Cluster(admin).Topics)
        {
            _ownTopics[topic.TopicId] = topic.Name!;
        }

        foreach (var exchange in Recorded("by-hand").Where(IsOfAcls))
        {
            Replay(exchange, CompareAcls);
        }

        foreach (var exchange in Recorded("authorized-operations"))
        {
            Replay(exchange, CompareOperations);
        }

        Grant(admin, ("User:uta", AclResourceType.User, "User:bob", [AclOperation.CreateTokens, AclOperation.DescribeTokens]));
        ReplayRefusals("refused");
        Grant(
            admin,
            ("User:alta", AclResourceType.Topic, "secret", [AclOperation.AlterConfigs]),
            ("User:alta", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.AlterConfigs]),
            ("User:tess", AclResourceType.Cluster, AclResource.ClusterName, [AclOperation.Alter]));
        ReplayRefusals("refused-configs");
        ReplayOpen();
        _report.Verify(output);
    }

    /// <summary>Brokers that refuse less: one without an authorizer, and one that lets all do what no ACL speaks of.</summary>
    private void ReplayOpen()
    {
        Open(new("auto.create.topics.enable=true"), "no-authorizer");
        ReplayRefusals("no-authorizer");
        Open(new(Authorizer, "allow.everyone.if.no.acl.found=true", "auto.create.topics.enable=true"), "everyone-if-no-acl");
        Grant(
            _broker.ConnectAs(Admin),
            ("User:bob", AclResourceType.Topic, "secret", [AclOperation.Read]),
            ("User:bob", AclResourceType.Group, "g", [AclOperation.Read]));
        ReplayRefusals("everyone-if-no-acl");
    }

    /// <summary>Goes on with another broker, whose topics had other ids when it was recorded.</summary>
    private void Open(ReplayedBroker broker, string file)
    {
        _broker = broker;
        var admin = _broker.ConnectAs(Admin);
        admin.CreateTopic("everyone");
        admin.CreateTopic("secret");
        _broker.Ask(admin, ApiCatalog.Get(ApiKey.FindCoordinator), 0, new FindCoordinatorRequest { Key = "g" });
        _ownTopics.Clear();
        foreach (var topic in _broker.Cluster(admin).Topics)
        {
            _ownTopics[topic.TopicId] = topic.Name!;
        }

        foreach (var topic in Recorded(file)
            .Where(exchange => KeyOf(exchange) == ApiKey.Metadata && exchange.Response is not null)
            .Select(exchange => (MetadataResponse)ReplayedBroker.Decode(
                ApiCatalog.Get(ApiKey.Metadata), BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2)), exchange.Response!))
            .SelectMany(response => response.Topics)
            .Where(topic => topic.Name is not null && !topic.TopicId.IsZero))
        {
            _recordedTopics[topic.TopicId] = topic.Name!;
        }
    }

    private void ReplayRefusals(string file)
    {
        foreach (var exchange in Recorded(file))
        {
            Replay(exchange, CompareRefusals);
        }
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

    private static List<RecordedExchange> Recorded(string file)
    {
        var recorded = RecordingArchive.Read(Archive)
            .Where(exchange => exchange.Source.EndsWith($"/{file}.jsonl", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(recorded);
        return recorded;
    }

    /// <summary>Whether an exchange is compared here.</summary>
    public static bool IsReplayed(RecordedExchange exchange) =>
        Refused.Any(file => exchange.Source.EndsWith($"/{file}.jsonl", StringComparison.Ordinal))
        || exchange.Source.EndsWith("/authorized-operations.jsonl", StringComparison.Ordinal)
        || (exchange.Source.EndsWith("/by-hand.jsonl", StringComparison.Ordinal) && IsOfAcls(exchange));

    private static ApiKey KeyOf(RecordedExchange exchange) => (ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request);

    private static bool IsOfAcls(RecordedExchange exchange) => KeyOf(exchange) is ApiKey.CreateAcls or ApiKey.DescribeAcls or ApiKey.DeleteAcls;

    private void Replay(RecordedExchange exchange, Action<string, IResponse, IResponse> compare)
    {
        var api = ApiCatalog.Get(KeyOf(exchange));
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        var request = ReplayedBroker.DecodeRequest(api, version, exchange);
        TranslateTopics(request);
        var client = _broker.ConnectAs(new("User", exchange.ClientId.Replace("User:", "", StringComparison.Ordinal)));
        var ours = _broker.Ask(client, api, version, request);
        var what = $"{api} v{version} {exchange.ClientId}#{exchange.Line}";
        if (exchange.Response is not { } frame || ours is null)
        {
            _report.Compare(what, exchange.Response is null ? "no answer" : "an answer", ours is null ? "no answer" : "an answer");
            return;
        }

        compare(what, ReplayedBroker.Decode(api, version, frame), ours);
    }

    private void CompareOperations(string what, IResponse recorded, IResponse ours)
    {
        var (kafkas, own) = (Errors(recorded), Errors(ours));
        foreach (var (path, operations) in kafkas.Where(line => line.Key.EndsWith("AuthorizedOperations", StringComparison.Ordinal)))
        {
            _report.Compare($"{what} {path}", operations, own.GetValueOrDefault(path, "absent"));
        }
    }

    /// <summary>Of what was there before only the ACLs made by hand are known here.</summary>
    private void CompareAcls(string what, IResponse recorded, IResponse ours)
    {
        var (kafkas, own) = (AclLines(recorded), AclLines(ours));
        _report.Compare(what, string.Join(", ", kafkas), string.Join(", ", own));
    }

    private static IEnumerable<string> AclLines(IResponse response) => response switch
    {
        CreateAclsResponse created => created.Results.Select(result => $"{result.ErrorCode} '{result.ErrorMessage}' {result.ErrorMessage is null}"),
        DeleteAclsResponse deleted => deleted.FilterResults.SelectMany(filter => filter.MatchingAcls
            .Where(acl => IsMadeByHand(acl.ResourceName))
            .Select(acl => $"{acl.ResourceType} {acl.ResourceName} {acl.PatternType} {acl.Principal} {acl.Host} {acl.Operation} {acl.PermissionType}")
            .Order(StringComparer.Ordinal)
            .Prepend($"{filter.ErrorCode} {filter.ErrorMessage is null}")),
        DescribeAclsResponse described => described.Resources.Where(resource => IsMadeByHand(resource.ResourceName))
            .SelectMany(resource => resource.Acls.Select(
                acl => $"{resource.ResourceType} {resource.ResourceName} {resource.PatternType} {acl.Principal} {acl.Host} {acl.Operation} {acl.PermissionType}"))
            .Order(StringComparer.Ordinal)
            .Prepend($"{described.ErrorCode} '{described.ErrorMessage}'"),
        _ => throw new ArgumentException($"{response.Api}", nameof(response)),
    };

    private static bool IsMadeByHand(string name) => name[0] is 'w' or 'm' or 'n' or 'v';

    private void CompareRefusals(string what, IResponse recorded, IResponse ours)
    {
        var (kafkas, own) = (Errors(recorded), Errors(ours));
        var elsewhere = kafkas.Where(line => line.Key.EndsWith("ErrorCode", StringComparison.Ordinal) && line.Value == NotCoordinator)
            .Select(line => line.Key[..(line.Key.LastIndexOf('.') + 1)]).ToList();
        foreach (var path in kafkas.Keys.Union(own.Keys)
            .Where(path => path.EndsWith("ErrorCode", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var (theirs, mine) = (kafkas.GetValueOrDefault(path, "absent"), own.GetValueOrDefault(path, "absent"));
            if (elsewhere.Exists(prefix => path.StartsWith(prefix, StringComparison.Ordinal)))
            {
                _report.LeftOut("groups and transactions that another broker coordinates");
            }
            else if (Refusals.Contains(theirs) || Refusals.Contains(mine))
            {
                _report.Compare($"{what} {path}", theirs, mine);
            }
        }

        foreach (var name in elsewhere.Count > 0 ? [] : MessageTree.Names(ours).Except(MessageTree.Names(recorded)).Intersect(Secrets))
        {
            _report.Differs(what, "not named", name);
        }
    }

    private SortedDictionary<string, string> Errors(IResponse response) =>
        MessageTree.Lines(
            response,
            (field, value) => value is Uuid id ? _recordedTopics.GetValueOrDefault(id) ?? _ownTopics.GetValueOrDefault(id, "")
                : field != "ErrorMessage" && value is string or int or ErrorCode ? MessageTree.Plain(value)
                : null,
            static element => !MessageTree.IsOtherBroker(element));

    private void TranslateTopics(object owner)
    {
        foreach (var field in MessageTree.Fields(owner))
        {
            switch (field.GetValue(owner))
            {
                case Uuid id when _recordedTopics.TryGetValue(id, out var name):
                    field.SetValue(owner, _ownTopics.First(topic => topic.Value == name).Key);
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
