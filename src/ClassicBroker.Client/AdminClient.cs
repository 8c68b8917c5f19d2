using ClassicBroker.Client.Admin;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client;

/// <summary>
/// Looks after a cluster: topics, configs, log directories, leaders. Calls are tried again after failures that pass, until
/// <c>default.api.timeout.ms</c>. Safe from any thread.
/// </summary>
/// <remarks>
/// What fails for one item of a call, such as a partition whose leader or a broker that cannot be reached, is in that item's result, as its
/// <c>Failure</c>, which its <c>ThrowIfFailed</c> throws. What fails for the call as a whole is thrown from any of them:
/// <see cref="KafkaTimeoutException"/> where failures did not pass in time, which names the last; <see cref="KafkaException"/> where a
/// broker refuses, with its id and address; <see cref="OperationCanceledException"/> where the call's cancellation comes, after which
/// nothing more is sent for it; what was sent may still be carried out.
/// </remarks>
/// <example><code>
/// await using var admin = new AdminClient(new AdminConfig { BootstrapServers = "localhost:9092" });
/// var created = await admin.CreateTopicsAsync([new NewTopic("orders") { Partitions = 3 }]);
/// created[0].ThrowIfFailed();
/// </code></example>
public sealed class AdminClient : IAsyncDisposable
{
    private readonly AdminConfig _config;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly ClusterClient _cluster;
    private readonly CallsUnderWay _underWay;

    /// <summary>Makes a client; it connects when it is asked for something.</summary>
    /// <param name="config">What it is to do; <see cref="AdminConfig.FromProperties"/> reads Java's property names.</param>
    /// <param name="network">A network shared with other clients; null makes one for this client alone.</param>
    /// <param name="loggers">Where the client logs.</param>
    /// <exception cref="KafkaConfigException">The configuration names no broker, or key stores that cannot be used.</exception>
    public AdminClient(AdminConfig config, ClientNetwork? network = null, ILoggerFactory? loggers = null)
    {
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("ClassicBroker.Client.AdminClient");
        _config = config.ClientId.Length > 0 ? config : config with { ClientId = "adminclient-1" };
        _ownsNetwork = network is null;
        (_network, _cluster) = ClientNetwork.Join(
            network, loggers, on => new ClusterClient(_config, on.Loop, on.Connector, on.Random, logger));
        _underWay = new CallsUnderWay(_cluster);
        _network.Loop.Execute(_cluster.Start);
    }

    /// <summary>All topics, sorted by name.</summary>
    public Task<IReadOnlyList<TopicListing>> ListTopicsAsync(bool includeInternal = false, CancellationToken cancellation = default) =>
        Topics(cancellation).ListAsync(includeInternal);

    /// <summary>
    /// Topics in full, in the order asked for; null for all, sorted by name. One that does not exist has a failure in place of partitions.
    /// </summary>
    public Task<IReadOnlyList<TopicDescription>> DescribeTopicsAsync(
        IReadOnlyCollection<string>? names = null, CancellationToken cancellation = default) =>
        Topics(cancellation).DescribeAsync(names);

    /// <summary>Creates topics; ends when their partitions have leaders, or after <c>request.timeout.ms</c>.</summary>
    /// <param name="topics">The topics.</param>
    /// <param name="validateOnly">Whether only to say if they could be created.</param>
    /// <returns>What became of each.</returns>
    public Task<IReadOnlyList<AdminResult>> CreateTopicsAsync(
        IReadOnlyCollection<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default) =>
        Topics(cancellation).CreateAsync(topics, validateOnly);

    /// <summary>Deletes topics with all their records.</summary>
    /// <returns>What became of each.</returns>
    public Task<IReadOnlyList<AdminResult>> DeleteTopicsAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellation = default) =>
        Topics(cancellation).DeleteAsync(names);

    /// <summary>Raises the number of a topic's partitions.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="totalCount">How many partitions it is to have in all.</param>
    /// <param name="assignments">Brokers of each new partition; null lets the controller choose.</param>
    /// <param name="validateOnly">Whether only to say if it could be done.</param>
    public Task<AdminResult> CreatePartitionsAsync(
        string topic,
        int totalCount,
        IReadOnlyList<IReadOnlyList<int>>? assignments = null,
        bool validateOnly = false,
        CancellationToken cancellation = default) =>
        Topics(cancellation).CreatePartitionsAsync(topic, totalCount, assignments, validateOnly);

    /// <summary>Configs of resources, in the order asked for. A broker describes its own and those of its loggers itself.</summary>
    /// <param name="resources">Whose configs.</param>
    /// <param name="includeSynonyms">Whether to tell what else would set a config.</param>
    public Task<IReadOnlyList<ConfigDescription>> DescribeConfigsAsync(
        IReadOnlyCollection<ConfigResource> resources, bool includeSynonyms = false, CancellationToken cancellation = default) =>
        Configs(cancellation).DescribeAsync(resources, includeSynonyms);

    /// <summary>Changes single configs of a resource (KIP-339): all of <paramref name="changes"/>, or none.</summary>
    /// <param name="resource">Whose configs.</param>
    /// <param name="changes">What to set, delete, append or subtract.</param>
    /// <param name="validateOnly">Whether only to say if it could be done.</param>
    public Task<AdminResult> IncrementalAlterConfigsAsync(
        ConfigResource resource,
        IReadOnlyCollection<ConfigChange> changes,
        bool validateOnly = false,
        CancellationToken cancellation = default) =>
        Configs(cancellation).IncrementalAlterAsync(resource, changes, validateOnly);

    /// <summary>Replaces all dynamic configs of a resource, for brokers that cannot change single ones.</summary>
    /// <param name="resource">Whose configs.</param>
    /// <param name="configs">Those it is to have; all others go back to their defaults.</param>
    /// <param name="validateOnly">Whether only to say if it could be done.</param>
    public Task<AdminResult> AlterConfigsAsync(
        ConfigResource resource,
        IReadOnlyDictionary<string, string> configs,
        bool validateOnly = false,
        CancellationToken cancellation = default) =>
        Configs(cancellation).AlterAsync(resource, configs, validateOnly);

    /// <summary>The cluster's id, controller and live brokers.</summary>
    public Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default) =>
        Partitions(cancellation).DescribeClusterAsync();

    /// <summary>Log directories of brokers, given by id, with the replicas in them and their sizes in bytes.</summary>
    /// <returns>What each broker told, in the order given.</returns>
    public Task<IReadOnlyList<BrokerLogDirs>> DescribeLogDirsAsync(
        IReadOnlyCollection<int> brokers, CancellationToken cancellation = default) =>
        Partitions(cancellation).DescribeLogDirsAsync(brokers);

    /// <summary>
    /// What one replica holds from the given offsets on, up to its high watermark, leader or follower; where replicas are compared.
    /// </summary>
    /// <param name="broker">The broker whose replicas are read.</param>
    /// <param name="offsets">Where to begin, by partition.</param>
    /// <param name="maxBytes">The most to read of a partition, but for one batch that is larger.</param>
    /// <param name="maxWait">How long the broker may wait for something to come.</param>
    /// <exception cref="KafkaException">The broker cannot be asked.</exception>
    public Task<IReadOnlyDictionary<TopicPartition, ReplicaRecords>> ReadReplicasAsync(
        int broker,
        IReadOnlyDictionary<TopicPartition, long> offsets,
        int maxBytes,
        TimeSpan maxWait,
        CancellationToken cancellation = default) =>
        Replicas(cancellation).ReadAsync(broker, offsets, maxBytes, maxWait);

    /// <summary>Deletes records before an offset of each partition, -1 for all that consumers can see (KIP-107).</summary>
    /// <returns>What became of each partition, sorted.</returns>
    public Task<IReadOnlyList<DeletedRecords>> DeleteRecordsAsync(
        IReadOnlyDictionary<TopicPartition, long> beforeOffsets, CancellationToken cancellation = default) =>
        Partitions(cancellation).DeleteRecordsAsync(beforeOffsets);

    /// <summary>Offsets by timestamps: of the earliest record of each partition that is not older.</summary>
    /// <param name="timestamps">Milliseconds since 1970; -1 latest, -2 earliest, -3 the record with the largest timestamp.</param>
    /// <param name="isolation">Whether the latest is the high watermark or the last stable offset.</param>
    /// <returns>What was found in each partition, sorted.</returns>
    public Task<IReadOnlyDictionary<TopicPartition, ListedOffset>> ListOffsetsAsync(
        IReadOnlyDictionary<TopicPartition, long> timestamps,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted,
        CancellationToken cancellation = default) =>
        Offsets(cancellation).ListAsync(timestamps, isolation);

    /// <summary>Elects leaders (KIP-460); null partitions mean all.</summary>
    /// <returns>What became of each election, by partition; of all partitions only those that needed one.</returns>
    public Task<IReadOnlyList<ElectionResult>> ElectLeadersAsync(
        ElectionType type, IReadOnlyCollection<TopicPartition>? partitions, CancellationToken cancellation = default) =>
        Partitions(cancellation).ElectLeadersAsync(type, partitions);

    /// <summary>Partitions that are being reassigned, by partition (KIP-455).</summary>
    public Task<IReadOnlyDictionary<TopicPartition, PartitionReassignment>> ListReassignmentsAsync(
        IReadOnlyCollection<TopicPartition>? partitions = null, CancellationToken cancellation = default) =>
        Partitions(cancellation).ListReassignmentsAsync(partitions);

    /// <summary>Orders partitions to other brokers (KIP-455); null replicas cancel what is under way.</summary>
    /// <returns>What became of each order, by partition.</returns>
    public Task<IReadOnlyList<ReassignmentResult>> AlterReassignmentsAsync(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>?> targets, CancellationToken cancellation = default) =>
        Reassignments(cancellation).AlterAsync(targets);

    /// <summary>Moves replicas between the log directories of their brokers (KIP-113).</summary>
    /// <returns>Which moves were started, by partition.</returns>
    public Task<IReadOnlyList<ReplicaMoveResult>> AlterReplicaLogDirsAsync(
        IReadOnlyCollection<ReplicaLogDir> replicas, CancellationToken cancellation = default) =>
        Reassignments(cancellation).MoveAsync(replicas);

    /// <summary>The finalized features of the cluster, and those a broker supports (KIP-584).</summary>
    public Task<FeatureMetadata> DescribeFeaturesAsync(CancellationToken cancellation = default) => Features(cancellation).DescribeAsync();

    /// <summary>Sets the levels of finalized features (KIP-584).</summary>
    /// <param name="updates">The levels.</param>
    /// <param name="validateOnly">Whether only to say if it could be done.</param>
    public Task<IReadOnlyList<AdminResult>> UpdateFeaturesAsync(
        IReadOnlyCollection<FeatureUpdate> updates, bool validateOnly = false, CancellationToken cancellation = default) =>
        Features(cancellation).UpdateAsync(updates, validateOnly);

    /// <summary>All groups of all live brokers, sorted by id; with filters those in one of the states, or of one of the types.</summary>
    public Task<ClusterListing<GroupListing>> ListGroupsAsync(
        IReadOnlyCollection<string>? states = null,
        IReadOnlyCollection<string>? types = null,
        CancellationToken cancellation = default) =>
        Groups(cancellation).ListAsync(states ?? [], types ?? []);

    /// <summary>A group with its members. One that does not exist is described as dead.</summary>
    public Task<GroupDescription> DescribeGroupAsync(string group, CancellationToken cancellation = default) =>
        Groups(cancellation).DescribeAsync(group);

    /// <summary>The offsets a group committed, by partition.</summary>
    public Task<IReadOnlyDictionary<TopicPartition, GroupOffset>> ListGroupOffsetsAsync(
        string group, CancellationToken cancellation = default) =>
        Groups(cancellation).OffsetsAsync(group);

    /// <summary>The offsets a group committed for partitions; null for those it has committed none for.</summary>
    public Task<IReadOnlyDictionary<TopicPartition, GroupOffset?>> ListGroupOffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) =>
        Groups(cancellation).OffsetsAsync(group, partitions);

    /// <summary>Sets offsets of a group that has no members (KIP-396).</summary>
    /// <returns>What became of each partition, sorted.</returns>
    public Task<IReadOnlyList<PartitionResult>> AlterGroupOffsetsAsync(
        string group, IReadOnlyDictionary<TopicPartition, GroupOffset> offsets, CancellationToken cancellation = default) =>
        Groups(cancellation).AlterOffsetsAsync(group, offsets);

    /// <summary>Deletes offsets of a group for topics it does not read (KIP-496).</summary>
    /// <returns>What became of each partition, sorted.</returns>
    /// <exception cref="KafkaException">The group cannot be asked, or does not exist.</exception>
    public Task<IReadOnlyList<PartitionResult>> DeleteGroupOffsetsAsync(
        string group, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) =>
        Groups(cancellation).DeleteOffsetsAsync(group, partitions);

    /// <summary>Has members leave a group, whether or not they still run.</summary>
    /// <returns>What became of each, by its instance id or, without one, its member id.</returns>
    /// <exception cref="KafkaException">The coordinator refuses all of them.</exception>
    public Task<IReadOnlyList<AdminResult>> RemoveGroupMembersAsync(
        string group, IReadOnlyCollection<GroupMember> members, CancellationToken cancellation = default) =>
        Groups(cancellation).RemoveMembersAsync(group, members);

    /// <summary>Deletes a group that has no members, with its offsets.</summary>
    public Task<AdminResult> DeleteGroupAsync(string group, CancellationToken cancellation = default) =>
        Groups(cancellation).DeleteAsync(group);

    /// <summary>Quotas of the entities that match all of <paramref name="filters"/> (KIP-546).</summary>
    /// <param name="filters">What the parts of an entity must be.</param>
    /// <param name="strict">Whether an entity with more parts than there are filters is left out.</param>
    public Task<IReadOnlyList<ClientQuota>> DescribeClientQuotasAsync(
        IReadOnlyCollection<ClientQuotaFilter> filters, bool strict = true, CancellationToken cancellation = default) =>
        Users(cancellation).DescribeQuotasAsync(filters, strict);

    /// <summary>Sets quotas of an entity by key, and with null removes them.</summary>
    /// <exception cref="KafkaException">The brokers refuse.</exception>
    public Task AlterClientQuotasAsync(
        IReadOnlyList<ClientQuotaPart> entity,
        IReadOnlyDictionary<string, double?> changes,
        CancellationToken cancellation = default) =>
        Users(cancellation).AlterQuotasAsync(entity, changes);

    /// <summary>Users that have SCRAM credentials, of those asked for; null for all (KIP-554).</summary>
    public Task<IReadOnlyList<ScramUser>> DescribeScramUsersAsync(
        IReadOnlyCollection<string>? names = null, CancellationToken cancellation = default) =>
        Users(cancellation).DescribeScramUsersAsync(names);

    /// <summary>Sets and deletes SCRAM credentials of a user: all of <paramref name="changes"/>, or none.</summary>
    /// <exception cref="KafkaException">The brokers refuse.</exception>
    public Task AlterScramUserAsync(string user, IReadOnlyCollection<ScramChange> changes, CancellationToken cancellation = default) =>
        Users(cancellation).AlterScramUserAsync(user, changes);

    /// <summary>The ACLs that a filter picks (KIP-140).</summary>
    /// <exception cref="KafkaException">The brokers have no authorizer, or refuse.</exception>
    public Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>> DescribeAclsAsync(
        AclFilter filter, CancellationToken cancellation = default) =>
        Acls(cancellation).DescribeAsync(filter);

    /// <summary>Adds ACLs. Where one is refused the others are made all the same.</summary>
    /// <returns>What became of each, in the order given.</returns>
    public Task<IReadOnlyList<AclResult>> CreateAclsAsync(
        IReadOnlyList<(AclResource Resource, AclEntry Entry)> acls, CancellationToken cancellation = default) =>
        Acls(cancellation).CreateAsync(acls);

    /// <summary>Removes the ACLs that filters pick.</summary>
    /// <returns>What each filter picked, in the order given.</returns>
    public Task<IReadOnlyList<DeletedAcls>> DeleteAclsAsync(IReadOnlyList<AclFilter> filters, CancellationToken cancellation = default) =>
        Acls(cancellation).DeleteAsync(filters);

    /// <summary>Makes a delegation token (KIP-48).</summary>
    /// <param name="renewers">Who may renew and end it beside its owner, such as <c>User:alice</c>.</param>
    /// <param name="maxLifetimeMs">How long it may live at most; negative for as long as the brokers allow.</param>
    /// <param name="owner">Whom it stands for; null for this client's own principal (KIP-373).</param>
    /// <exception cref="KafkaException">The brokers have no tokens, or refuse.</exception>
    public Task<DelegationToken> CreateDelegationTokenAsync(
        IReadOnlyCollection<string> renewers,
        long maxLifetimeMs = -1,
        string? owner = null,
        CancellationToken cancellation = default) =>
        Tokens(cancellation).CreateAsync(owner, renewers, maxLifetimeMs);

    /// <summary>Prolongs a token, by as long as is usual where the period is negative; when it ends now.</summary>
    /// <exception cref="KafkaException">The brokers refuse.</exception>
    public Task<long> RenewDelegationTokenAsync(byte[] hmac, long periodMs = -1, CancellationToken cancellation = default) =>
        Tokens(cancellation).RenewAsync(hmac, periodMs);

    /// <summary>Has a token end after a period, at once where that is negative; when it ends now.</summary>
    /// <exception cref="KafkaException">The brokers refuse.</exception>
    public Task<long> ExpireDelegationTokenAsync(byte[] hmac, long periodMs = -1, CancellationToken cancellation = default) =>
        Tokens(cancellation).ExpireAsync(hmac, periodMs);

    /// <summary>The tokens of owners, or with null all, that this client's principal may see.</summary>
    /// <exception cref="KafkaException">The brokers have no tokens, or refuse.</exception>
    public Task<IReadOnlyList<DelegationToken>> DescribeDelegationTokensAsync(
        IReadOnlyCollection<string>? owners = null, CancellationToken cancellation = default) =>
        Tokens(cancellation).DescribeAsync(owners);

    /// <summary>Transactional ids at all coordinators, in no order.</summary>
    /// <param name="producerIds">Only those of these producers; of all where empty.</param>
    /// <param name="durationMs">Only those whose last transaction began longer ago; all where negative.</param>
    public Task<ClusterListing<TransactionListing>> ListTransactionsAsync(
        IReadOnlyCollection<long>? producerIds = null, long durationMs = -1, CancellationToken cancellation = default) =>
        Transactions(cancellation).ListAsync(producerIds ?? [], durationMs);

    /// <summary>A transactional id in full.</summary>
    /// <exception cref="KafkaException">Its coordinator does not know it.</exception>
    public Task<TransactionDescription> DescribeTransactionAsync(string transactionalId, CancellationToken cancellation = default) =>
        Transactions(cancellation).DescribeAsync(transactionalId);

    /// <summary>The producers a partition knows; <paramref name="broker"/> asks a replica other than the leader.</summary>
    public Task<IReadOnlyList<ProducerDescription>> DescribeProducersAsync(
        TopicPartition partition, int? broker = null, CancellationToken cancellation = default) =>
        Transactions(cancellation).DescribeProducersAsync(partition, broker);

    /// <summary>Fences the producers of transactional ids and aborts what transactions they left open (KIP-588).</summary>
    /// <returns>What became of each, in the order given.</returns>
    public Task<IReadOnlyList<FencedProducer>> FenceProducersAsync(
        IReadOnlyCollection<string> transactionalIds, CancellationToken cancellation = default) =>
        Transactions(cancellation).FenceAsync(transactionalIds);

    /// <summary>Writes an abort marker into a partition, for a transaction that no coordinator will end.</summary>
    public Task AbortTransactionAsync(
        TopicPartition partition,
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        CancellationToken cancellation = default) =>
        Transactions(cancellation).AbortAsync(partition, producerId, producerEpoch, coordinatorEpoch);

    /// <summary>What each live broker speaks; one that cannot be asked has its failure in its place.</summary>
    public Task<IReadOnlyList<NodeApiVersions>> DescribeApiVersionsAsync(CancellationToken cancellation = default) =>
        Partitions(cancellation).DescribeApiVersionsAsync();

    /// <summary>Closes the connections. Calls under way fail with <see cref="ClientClosedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _network.Loop.InvokeAsync(_underWay.CloseAsync);
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private AdminCalls Calls(CancellationToken cancellation) => new(_config, _cluster, _underWay, cancellation);

    private TopicAdmin Topics(CancellationToken cancellation) => new(Calls(cancellation));

    private ConfigAdmin Configs(CancellationToken cancellation) => new(Calls(cancellation));

    private PartitionAdmin Partitions(CancellationToken cancellation) => new(Calls(cancellation));

    private OffsetAdmin Offsets(CancellationToken cancellation) => new(Calls(cancellation));

    private ReassignmentAdmin Reassignments(CancellationToken cancellation) => new(Calls(cancellation));

    private FeatureAdmin Features(CancellationToken cancellation) => new(Calls(cancellation));

    private GroupAdmin Groups(CancellationToken cancellation) => new(Calls(cancellation));

    private TransactionAdmin Transactions(CancellationToken cancellation) => new(Calls(cancellation));

    private UserAdmin Users(CancellationToken cancellation) => new(Calls(cancellation), _network.Random);

    private AclAdmin Acls(CancellationToken cancellation) => new(Calls(cancellation));

    private TokenAdmin Tokens(CancellationToken cancellation) => new(Calls(cancellation));

    private ReplicaReader Replicas(CancellationToken cancellation) => new(Calls(cancellation));
}
