using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Security.Acls;

/// <summary>ACLs made and removed by requests, what they leave in ZooKeeper, and what they decide.</summary>
public sealed class AclApiTests
{
    private static readonly KafkaPrincipal Admin = new("User", "admin");
    private static readonly KafkaPrincipal Alice = new("User", "alice");

    private readonly InProcessBroker _broker = new(
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer", "super.users=User:admin;User:root");

    [Fact]
    public void The_start_makes_the_paths_that_Kafka_makes() =>
        Assert.Equal(
            [
                "/kafka-acl-changes", "/kafka-acl-extended-changes", "/kafka-acl-extended/prefixed/Cluster",
                "/kafka-acl-extended/prefixed/DelegationToken", "/kafka-acl-extended/prefixed/Group", "/kafka-acl-extended/prefixed/Topic",
                "/kafka-acl-extended/prefixed/TransactionalId", "/kafka-acl-extended/prefixed/User", "/kafka-acl/Cluster",
                "/kafka-acl/DelegationToken", "/kafka-acl/Group", "/kafka-acl/Topic", "/kafka-acl/TransactionalId", "/kafka-acl/User",
            ],
            Leaves().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("User:admin;User:ANONYMOUS", true)]
    [InlineData("User:admin", false)]
    public void A_start_where_strangers_are_super_users_warns(string users, bool warns) =>
        Assert.Equal(
            warns,
            new InProcessBroker("authorizer.class.name=kafka.security.authorizer.AclAuthorizer", $"super.users={users}").Log.Lines
                .Any(line => line.StartsWith("Warning: super.users has User:ANONYMOUS", StringComparison.Ordinal)));

    [Fact]
    public void An_ACL_is_written_and_told_as_Kafka_does()
    {
        Create(AclResourceType.TransactionalId, "tx", AclPatternType.Literal, "User:wim", AclOperation.IdempotentWrite);
        Assert.Equal(
            "{\"acls\":[{\"principal\":\"User:wim\",\"permissionType\":\"Allow\",\"host\":\"*\",\"operation\":\"IdempotentWrite\"}],\"version\":1}",
            Data("/kafka-acl/TransactionalId/tx"));
        Assert.Equal("TRANSACTIONAL_ID:tx", Data("/kafka-acl-changes/acl_changes_0000000000"));
    }

    [Fact]
    public void A_prefixed_ACL_is_written_and_told_as_Kafka_does()
    {
        Create(AclResourceType.Topic, "w-", AclPatternType.Prefixed, "User:bob", AclOperation.Read);
        Assert.Equal(
            "{\"acls\":[{\"principal\":\"User:bob\",\"permissionType\":\"Allow\",\"host\":\"*\",\"operation\":\"Read\"}],\"version\":1}",
            Data("/kafka-acl-extended/prefixed/Topic/w-"));
        Assert.Equal(
            "{\"version\":1,\"resourceType\":\"TOPIC\",\"name\":\"w-\",\"patternType\":\"PREFIXED\"}",
            Data("/kafka-acl-extended-changes/acl_changes_0000000000"));
    }

    [Fact]
    public void Removing_the_last_ACL_removes_the_znode()
    {
        Create(AclResourceType.Topic, "t", AclPatternType.Literal, "User:bob", AclOperation.Read);
        Assert.Equal(["User:bob"], Delete(AclResourceType.Topic, "t", AclPatternType.Literal));
        Assert.DoesNotContain("/kafka-acl/Topic/t", _broker.ZooKeeper.Paths);
    }

    [Theory]
    [InlineData("/kafka-acl/Topic/t", AclPatternType.Literal)]
    [InlineData("/kafka-acl-extended/prefixed/Topic/t", AclPatternType.Prefixed)]
    public void An_ACL_that_this_broker_has_not_heard_of_yet_is_removed_where_the_filter_names_its_resource(
        string path, AclPatternType pattern)
    {
        _broker.ZooKeeper.Put(
            path, """{"version":1,"acls":[{"principal":"User:bob","permissionType":"Allow","operation":"READ","host":"*"}]}""");
        Assert.Empty(Delete(AclResourceType.Any, "t", pattern));
        Assert.Empty(Delete(AclResourceType.Topic, null, pattern));
        Assert.Empty(Delete(AclResourceType.Topic, "t", AclPatternType.Any));
        Assert.Empty(Delete(AclResourceType.Topic, "t/u", pattern));
        Assert.Equal(["User:bob"], Delete(AclResourceType.Topic, "t", pattern));
        Assert.DoesNotContain(path, _broker.ZooKeeper.Paths);
        Assert.Empty(Delete(AclResourceType.Topic, "t", pattern));
    }

    [Fact]
    public void Who_may_alter_the_cluster_may_end_transactions_without_a_line_about_ClusterAction()
    {
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, WriteMarker());
        Assert.Equal(["ClusterAction"], DenialsOnTheCluster());
        Create(AclResourceType.Cluster, AclResource.ClusterName, AclPatternType.Literal, "User:alice", AclOperation.ClusterAction);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, WriteMarker());
        Delete(AclResourceType.Cluster, AclResource.ClusterName, AclPatternType.Literal);
        Create(AclResourceType.Cluster, AclResource.ClusterName, AclPatternType.Literal, "User:alice", AclOperation.Alter);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, WriteMarker());
        Assert.Equal(["ClusterAction"], DenialsOnTheCluster());

        ErrorCode WriteMarker()
        {
            var answer = As(Alice).Ask<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(
                new() { Markers = [new() { ProducerId = 1, Topics = [new() { Name = "t", PartitionIndexes = [0] }] }] }, 1);
            return answer.Markers[0].Topics[0].Partitions[0].ErrorCode;
        }

        IEnumerable<string> DenialsOnTheCluster() => _broker.Log.Lines
            .Where(line => line.Contains("User:alice is Denied", StringComparison.Ordinal))
            .Select(line => line.Split("Operation = ")[1].Split(' ')[0]);
    }

    [Fact]
    public void A_grant_counts_from_its_answer_on_and_lasts_over_a_restart()
    {
        As(Admin).CreateTopic("t");
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, As(Alice).Produce("t", 0, 1, "a").ErrorCode);
        Create(AclResourceType.Topic, "t", AclPatternType.Literal, "User:alice", AclOperation.Write);
        Assert.Equal(ErrorCode.None, As(Alice).Produce("t", 0, 1, "a").ErrorCode);
        _broker.Stop();
        _broker.Start();
        Assert.Equal(ErrorCode.None, As(Alice).Produce("t", 0, 1, "b").ErrorCode);
        Assert.Equal(
            ErrorCode.TopicAuthorizationFailed, As(Alice).Fetch("t", 0, 0).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_change_that_another_broker_tells_of_counts()
    {
        As(Admin).CreateTopic("t");
        Create(AclResourceType.Topic, "t", AclPatternType.Literal, "User:alice", AclOperation.Write);
        _broker.ZooKeeper.Put(
            "/kafka-acl/Topic/t",
            """{"version":1,"acls":[{"principal":"User:alice","permissionType":"Deny","operation":"ALL","host":"*"}]}""");
        _broker.ZooKeeper.Put("/kafka-acl-changes/acl_changes_0000000077", "Topic:t");
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, As(Alice).Produce("t", 0, 1, "a").ErrorCode);
    }

    [Fact]
    public void Lists_that_cannot_be_read_keep_their_last_good_content_and_deny_after_a_start()
    {
        As(Admin).CreateTopic("t");
        Create(AclResourceType.Topic, "t", AclPatternType.Literal, "User:alice", AclOperation.Write);
        _broker.ZooKeeper.Put("/kafka-acl/Topic/t", "{\"acls\":7}");
        _broker.ZooKeeper.Put("/kafka-acl-changes/acl_changes_0000000077", "TOPIC:t");
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, As(Alice).Produce("t", 0, 1, "a").ErrorCode);
        Create(AclResourceType.Topic, "*", AclPatternType.Literal, "User:alice", AclOperation.All);
        _broker.Stop();
        _broker.Start();
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, As(Alice).Produce("t", 0, 1, "b").ErrorCode);
        Assert.Equal(ErrorCode.None, As(Admin).Produce("t", 0, 1, "b").ErrorCode);
    }

    [Fact]
    public void A_denial_is_logged_in_Kafkas_words()
    {
        As(Admin).CreateTopic("secret");
        As(Alice).Fetch("secret", 0, 0);
        Assert.Contains(
            _broker.Log.Lines,
            line => line.EndsWith(
                "Principal = User:alice is Denied Operation = Read from host = 127.0.0.1 on resource = Topic:LITERAL:secret for request = "
                + "Fetch with resourceRefCount = 1",
                StringComparison.Ordinal));
    }

    [Fact]
    public void Acks_0_to_a_refused_topic_closes_the_connection()
    {
        As(Admin).CreateTopic("secret");
        var client = As(Alice);
        client.Send(BrokerClient.ProduceRequestOf("secret", 0, 0, BrokerClient.Batch("a")), 8);
        Assert.False(client.IsOpen);
    }

    private void Create(AclResourceType type, string name, AclPatternType pattern, string principal, AclOperation operation)
    {
        var response = As(Admin).Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations =
                [
                    new()
                    {
                        ResourceType = (sbyte)type,
                        ResourceName = name,
                        ResourcePatternType = (sbyte)pattern,
                        Principal = principal,
                        Host = "*",
                        Operation = (sbyte)operation,
                        PermissionType = (sbyte)AclPermission.Allow,
                    },
                ],
            },
            3);
        Assert.Equal((ErrorCode.None, ""), (response.Results[0].ErrorCode, response.Results[0].ErrorMessage));
    }

    /// <summary>Whose entries a filter by resource removed.</summary>
    private IEnumerable<string> Delete(AclResourceType type, string? name, AclPatternType pattern) =>
        As(Admin).Ask<DeleteAclsRequest, DeleteAclsResponse>(
            new()
            {
                Filters =
                [
                    new()
                    {
                        ResourceTypeFilter = (sbyte)type,
                        ResourceNameFilter = name,
                        PatternTypeFilter = (sbyte)pattern,
                        PrincipalFilter = null,
                        HostFilter = null,
                        Operation = (sbyte)AclOperation.Any,
                        PermissionType = (sbyte)AclPermission.Any,
                    },
                ],
            },
            3).FilterResults[0].MatchingAcls.Select(removed => removed.Principal);

    private BrokerClient As(KafkaPrincipal principal)
    {
        var client = _broker.Connect();
        ((ClientConnection)client.Channel.Attachment!).Authenticate(principal);
        return client;
    }

    private IEnumerable<string> Leaves()
    {
        var paths = _broker.ZooKeeper.Paths.Where(path => path.StartsWith("/kafka-acl", StringComparison.Ordinal)).ToList();
        return paths.Where(path => !paths.Exists(other => other.StartsWith(path + "/", StringComparison.Ordinal)));
    }

    private string Data(string path) => _broker.ZooKeeper.Text(path)!;
}
