using System.Collections;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.Hostile;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Security.Acls;

/// <summary>
/// Every API at every version, asked by everyone who has no right to it: the refusal is Kafka's, it is the same for all of them and for what
/// exists as for what does not, names nothing that was not asked for, and changes nothing. The codes are those that Kafka 3.9.2 was recorded
/// to answer a user without ACLs; the recordings themselves are replayed by the Conformance suite.
/// </summary>
public sealed class RefusalTests
{
    private const string Existing = "hidden";
    private const string Absent = "absent";

    /// <summary>The codes in the answers of an API, at any of its versions; a dash where it is not answered at all.</summary>
    private static readonly SortedDictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        ["AddOffsetsToTxn"] = "53",
        ["AddPartitionsToTxn"] = "31 53",
        ["AllocateProducerIds"] = "31",
        ["AlterClientQuotas"] = "31",
        ["AlterConfigs"] = "29",
        ["AlterPartition"] = "31",
        ["AlterPartitionReassignments"] = "31",
        ["AlterReplicaLogDirs"] = "31",
        ["AlterUserScramCredentials"] = "31",
        ["ApiVersions"] = "0",
        ["ConsumerGroupDescribe"] = "35",
        ["ConsumerGroupHeartbeat"] = "35",
        ["ControlledShutdown"] = "31",
        ["CreateAcls"] = "31",
        ["CreateDelegationToken"] = "64 65 67",
        ["CreatePartitions"] = "29",
        ["CreateTopics"] = "29",
        ["DeleteAcls"] = "31",
        ["DeleteGroups"] = "30",
        ["DeleteRecords"] = "29",
        ["DeleteTopics"] = "29",
        ["DescribeAcls"] = "31",
        ["DescribeClientQuotas"] = "31",
        ["DescribeCluster"] = "0",
        ["DescribeConfigs"] = "29",
        ["DescribeDelegationToken"] = "61 64",
        ["DescribeGroups"] = "30",
        ["DescribeLogDirs"] = "0 31",
        ["DescribeProducers"] = "29",
        ["DescribeTransactions"] = "53",
        ["DescribeUserScramCredentials"] = "31",
        ["ElectLeaders"] = "31",
        ["EndTxn"] = "53",
        ["Envelope"] = "-",
        ["ExpireDelegationToken"] = "61 64",
        ["Fetch"] = "29 100",
        ["FindCoordinator"] = "30 53",
        ["Heartbeat"] = "30",
        ["IncrementalAlterConfigs"] = "29",
        ["InitProducerId"] = "53",
        ["JoinGroup"] = "30",
        ["LeaderAndIsr"] = "31",
        ["LeaveGroup"] = "30",
        ["ListGroups"] = "0",
        ["ListOffsets"] = "29",
        ["ListPartitionReassignments"] = "31",
        ["ListTransactions"] = "0",
        ["Metadata"] = "29",
        ["OffsetCommit"] = "30",
        ["OffsetDelete"] = "30",
        ["OffsetFetch"] = "30",
        ["OffsetForLeaderEpoch"] = "29",
        ["Produce"] = "29",
        ["RenewDelegationToken"] = "61 64",
        ["SaslAuthenticate"] = "34",
        ["SaslHandshake"] = "34",
        ["StopReplica"] = "31",
        ["SyncGroup"] = "30",
        ["TxnOffsetCommit"] = "53",
        ["UpdateFeatures"] = "31",
        ["UpdateMetadata"] = "31",
        ["WriteTxnMarkers"] = "31",
    };

    /// <summary>Topics as resources of configurations.</summary>
    private const sbyte Topics = 2;

    private static readonly KafkaPrincipal Admin = new("User", "admin");

    /// <summary>Without an ACL; denied by name what all may do; allowed from elsewhere; allowed what is spelled alike; of another kind.</summary>
    private static readonly KafkaPrincipal[] Strangers =
    [
        new("User", "nobody"), new("User", "denied"), new("User", "elsewhere"), new("User", "neighbour"), new("Group", "trusted"),
        KafkaPrincipal.Anonymous,
    ];

    private readonly InProcessBroker _broker = new(
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer", "super.users=User:admin", "offsets.topic.num.partitions=1",
        "transaction.state.log.num.partitions=1", "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1");

    public static TheoryData<string> Apis => [.. ApiCatalog.All.Select(api => api.Name)];

    [Theory]
    [MemberData(nameof(Apis))]
    public void A_refusal_is_Kafkas_and_tells_strangers_apart_no_more_than_what_exists(string name)
    {
        Arrange();
        var api = ApiCatalog.All.Single(api => api.Name == name);
        var before = _broker.ZooKeeper.Paths.ToArray();
        var codes = new SortedSet<int>();
        var silent = false;
        for (var version = api.MinVersion; version <= api.MaxVersion; version++)
        {
            var first = Ask(Strangers[0], api, version, Existing);
            foreach (var stranger in Strangers)
            {
                var answer = Ask(stranger, api, version, Existing);
                silent |= answer is null;
                codes.UnionWith(answer is null ? [] : CodesOf(Decode(api, version, answer)));
                AssertNamesNothing(answer, stranger, $"{name} {version} to {stranger}");
                AssertSame(answer, Ask(stranger, api, version, Absent), $"{name} {version} to {stranger}, of what is absent");

                // An answer about tokens names who asks, and the anonymous have none at all.
                if (!name.EndsWith("DelegationToken", StringComparison.Ordinal))
                {
                    AssertSame(first, answer, $"{name} {version} to {stranger}");
                }
            }
        }

        Assert.Equal(Codes[name], codes.Count == 0 && silent ? "-" : string.Join(' ', codes));
        Assert.Equal(before, _broker.ZooKeeper.Paths);
    }

    [Fact]
    public void Requests_for_all_there_is_show_a_stranger_nothing()
    {
        Arrange();
        foreach (var stranger in Strangers)
        {
            var client = As(stranger);
            Assert.Empty(client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12).Topics);
            Assert.Empty(client.Ask<ListGroupsRequest, ListGroupsResponse>(new(), 4).Groups);
            Assert.Empty(client.Ask<ListTransactionsRequest, ListTransactionsResponse>(new(), 0).TransactionStates);
            Assert.Empty(client.Ask<DescribeLogDirsRequest, DescribeLogDirsResponse>(new() { Topics = null }, 4).Results);
            Assert.Empty(client.Ask<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(new() { Topics = null }, 0).Topics);
        }
    }

    /// <summary>A topic, a group and a transactional id of one name, and rights that come close to the strangers.</summary>
    private void Arrange()
    {
        var admin = As(Admin);
        admin.CreateTopic(Existing);
        foreach (sbyte kind in new[] { 0, 1 })
        {
            // The coordinators' topics are made.
            admin.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = kind, CoordinatorKeys = [Existing] }, 4);
        }

        Assert.Equal(
            ErrorCode.None,
            admin.Ask<InitProducerIdRequest, InitProducerIdResponse>(
                new() { TransactionalId = Existing, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 }, 3).ErrorCode);
        var committed = admin.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = Existing,
                GenerationIdOrMemberEpoch = -1,
                MemberId = "",
                Topics = [new() { Name = Existing, Partitions = [new() { CommittedOffset = 1, CommittedMetadata = "" }] }],
            },
            2);
        Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);
        foreach (var type in new[] { AclResourceType.Topic, AclResourceType.Group, AclResourceType.TransactionalId, AclResourceType.Cluster })
        {
            Grant(admin, type, "*", AclPatternType.Literal, "User:denied", "*", AclPermission.Allow);
            Grant(admin, type, "*", AclPatternType.Literal, "User:denied", "*", AclPermission.Deny);
            Grant(admin, type, "*", AclPatternType.Literal, "User:elsewhere", "10.9.9.9", AclPermission.Allow);
            Grant(admin, type, "*", AclPatternType.Literal, "User:trusted", "*", AclPermission.Allow);
            if (type != AclResourceType.Cluster)
            {
                Grant(admin, type, "hidden-", AclPatternType.Prefixed, "User:neighbour", "*", AclPermission.Allow);
                Grant(admin, type, "Hidden", AclPatternType.Literal, "User:neighbour", "*", AclPermission.Allow);
            }
        }
    }

    private static void Grant(
        BrokerClient admin, AclResourceType type, string name, AclPatternType pattern, string principal, string host, AclPermission permission)
    {
        var response = admin.Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations =
                [
                    new()
                    {
                        ResourceType = (sbyte)type,
                        ResourceName = type == AclResourceType.Cluster ? AclResource.ClusterName : name,
                        ResourcePatternType = (sbyte)pattern,
                        Principal = principal,
                        Host = host,
                        Operation = (sbyte)AclOperation.All,
                        PermissionType = (sbyte)permission,
                    },
                ],
            },
            3);
        Assert.Equal(ErrorCode.None, response.Results[0].ErrorCode);
    }

    /// <summary>What the broker names of its own: topics, groups and ids that the stranger did not name first.</summary>
    private static void AssertNamesNothing(byte[]? answer, KafkaPrincipal stranger, string about)
    {
        string[] secrets = ["__consumer_offsets", "__transaction_state", "admin", .. Strangers.Select(one => one.Name)];
        foreach (var secret in secrets.Where(secret => secret != stranger.Name))
        {
            Assert.False(Text(answer)?.Contains(secret, StringComparison.Ordinal) == true, $"{about} names {secret}");
        }
    }

    private static void AssertSame(byte[]? expected, byte[]? actual, string about) =>
        Assert.True(
            Text(expected)?.Replace(Absent, Existing, StringComparison.Ordinal) == Text(actual)?.Replace(Absent, Existing, StringComparison.Ordinal),
            $"{about}: {(actual is null ? "no answer" : Convert.ToHexString(actual))}, not {(expected is null ? "none" : Convert.ToHexString(expected))}");

    private static string? Text(byte[]? answer) => answer is null ? null : Encoding.Latin1.GetString(answer);

    private static IResponse Decode(ApiDescriptor api, short version, byte[] answer)
    {
        var reader = new ProtocolReader(answer, 1 << 20);
        new ResponseHeader().Read(ref reader, api.ResponseHeaderVersion(version));
        var response = api.NewResponse();
        response.Read(ref reader, version);
        return response;
    }

    /// <summary>All error codes in a message; where there is any other, 0 says no more than that the rest went well.</summary>
    private static IEnumerable<int> CodesOf(object message)
    {
        var codes = Collect(message).ToHashSet();
        return codes.Count > 1 ? codes.Where(code => code != 0) : codes.Count == 0 ? [0] : codes;
    }

    private static IEnumerable<int> Collect(object owner)
    {
        foreach (var property in owner.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0))
        {
            switch (property.GetValue(owner))
            {
                case ErrorCode code:
                    yield return (int)code;
                    break;
                case IEnumerable items and not string and not byte[]:
                    foreach (var code in items.Cast<object>().Where(item => item.GetType().IsClass && item is not string).SelectMany(Collect))
                    {
                        yield return code;
                    }

                    break;
            }
        }
    }

    private byte[]? Ask(KafkaPrincipal principal, ApiDescriptor api, short version, string name)
    {
        var client = As(principal);
        var request = SampleRequest.Of(api, version, name);
        switch (request)
        {
            case DescribeConfigsRequest describe:
                describe.Resources[0].ResourceType = Topics;
                break;
            case AlterConfigsRequest alter:
                alter.Resources[0].ResourceType = Topics;
                break;
            case IncrementalAlterConfigsRequest alter:
                alter.Resources[0].ResourceType = Topics;
                break;
            case DeleteTopicsRequest { Topics: [{ } topic] }:
                topic.TopicId = default;
                break;
            case MetadataRequest { Topics: [{ } topic] }:
                topic.TopicId = default;
                break;
            case FetchRequest fetch:
                (fetch.SessionId, fetch.SessionEpoch) = (0, -1);
                break;
        }

        client.Send(request, version);
        return client.TakeFrame();
    }

    private BrokerClient As(KafkaPrincipal principal)
    {
        var client = _broker.Connect();
        ((ClientConnection)client.Channel.Attachment!).Authenticate(principal);
        return client;
    }
}
