using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// What each API checks, against what KafkaApis of 3.9 checks: no operation is another than the documented one (CVE-2026-41115), and none is
/// forgotten (CVE-2023-50976).
/// </summary>
public sealed class AccessTableTests
{
    /// <summary>
    /// One API a line: its checks in the order in which they are made. A check with brackets stands before the whole request; one with a
    /// question mark makes those behind it unnecessary; one with a tilde hides what it refuses.
    /// </summary>
    private const string Kafka39 =
        """
        Produce: Write TransactionalId, Write Topic
        Fetch: ClusterAction Cluster, Read Topic, Describe Topic
        ListOffsets: Describe Topic
        Metadata: Describe Topic, ~Describe Topic, ?Create Cluster, Create Topic
        LeaderAndIsr: [ClusterAction Cluster]
        StopReplica: [ClusterAction Cluster]
        UpdateMetadata: [ClusterAction Cluster]
        ControlledShutdown: [ClusterAction Cluster]
        OffsetCommit: [Read Group], Read Topic
        OffsetFetch: Describe Group, Describe Topic, ~Describe Topic
        FindCoordinator: Describe Group, Describe TransactionalId, ClusterAction Cluster
        JoinGroup: [Read Group]
        Heartbeat: [Read Group]
        LeaveGroup: [Read Group]
        SyncGroup: [Read Group]
        DescribeGroups: Describe Group
        ListGroups: ?Describe Cluster, ~Describe Group
        SaslHandshake: -
        ApiVersions: -
        CreateTopics: ?Create Cluster, Create Topic, ~DescribeConfigs Topic
        DeleteTopics: Describe Topic, Delete Topic
        DeleteRecords: Delete Topic
        InitProducerId: [Write TransactionalId], ?IdempotentWrite Cluster, Write Topic
        OffsetForLeaderEpoch: ?ClusterAction Cluster, Describe Topic
        AddPartitionsToTxn: [ClusterAction Cluster 4+], [Write TransactionalId 0-3], Write Topic 0-3
        AddOffsetsToTxn: [Write TransactionalId], [Read Group]
        EndTxn: [Write TransactionalId]
        WriteTxnMarkers: ?Alter Cluster, [ClusterAction Cluster]
        TxnOffsetCommit: [Write TransactionalId], [Read Group], Read Topic
        DescribeAcls: [Describe Cluster]
        CreateAcls: [Alter Cluster]
        DeleteAcls: [Alter Cluster]
        DescribeConfigs: DescribeConfigs Topic, DescribeConfigs Cluster
        AlterConfigs: AlterConfigs Topic, AlterConfigs Cluster
        AlterReplicaLogDirs: [Alter Cluster]
        DescribeLogDirs: [Describe Cluster]
        SaslAuthenticate: -
        CreatePartitions: Alter Topic
        CreateDelegationToken: CreateTokens User
        RenewDelegationToken: -
        ExpireDelegationToken: -
        DescribeDelegationToken: Describe DelegationToken, DescribeTokens User
        DeleteGroups: Delete Group
        ElectLeaders: [Alter Cluster]
        IncrementalAlterConfigs: AlterConfigs Topic, AlterConfigs Cluster
        AlterPartitionReassignments: [Alter Cluster]
        ListPartitionReassignments: [Describe Cluster]
        OffsetDelete: [Delete Group], Read Topic
        DescribeClientQuotas: [DescribeConfigs Cluster]
        AlterClientQuotas: [AlterConfigs Cluster]
        DescribeUserScramCredentials: [Describe Cluster]
        AlterUserScramCredentials: [Alter Cluster]
        AlterPartition: [ClusterAction Cluster]
        UpdateFeatures: [Alter Cluster]
        Envelope: -
        DescribeCluster: -
        DescribeProducers: Read Topic
        DescribeTransactions: Describe TransactionalId, ~Describe Topic
        ListTransactions: ~Describe TransactionalId
        AllocateProducerIds: [ClusterAction Cluster]
        ConsumerGroupHeartbeat: -
        ConsumerGroupDescribe: -
        """;

    [Fact]
    public void Every_api_declares_the_checks_that_Kafka_makes() =>
        Assert.Equal(
            Kafka39.ReplaceLineEndings("\n"),
            string.Join('\n', new InProcessBroker().Server.AccessRules.Select(api => $"{api.Api}: {Describe(api.Rules)}")));

    private static string Describe(IReadOnlyList<AccessRule> rules) =>
        rules.Count == 0 ? "-" : string.Join(", ", rules.Select(Describe));

    private static string Describe(AccessRule rule)
    {
        var versions = (rule.FirstVersion, rule.LastVersion) switch
        {
            (0, short.MaxValue) => "",
            (_, short.MaxValue) => $" {rule.FirstVersion}+",
            _ => $" {rule.FirstVersion}-{rule.LastVersion}",
        };
        var text = $"{rule.Operation} {rule.ResourceType}{versions}";
        return rule.Scope switch
        {
            AccessScope.Request => $"[{text}]",
            AccessScope.Shortcut => $"?{text}",
            AccessScope.Visibility => $"~{text}",
            _ => text,
        };
    }
}
