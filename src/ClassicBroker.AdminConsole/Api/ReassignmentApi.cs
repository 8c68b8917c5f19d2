using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Reassignment;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Replicas moved between brokers: proposed, reviewed, started with a throttle, watched, cancelled. Stateless.</summary>
internal static class ReassignmentApi
{
    private const int TopicsMax = 500;
    private const long ThrottleMin = 1024;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/reassignments", "Partitions that move, and how far they have come", "", ConsoleJson.Default.ReassignmentList,
            ListAsync);
        routes.Post(
            "/api/reassignments/proposal", ConsoleRole.Operator, "Proposes where the replicas of topics should lie, and what that moves",
            ConsoleJson.Default.ProposalOrder, ConsoleJson.Default.Proposal, ProposeAsync);
        routes.Post(
            "/api/reassignments", ConsoleRole.Admin, "Starts moving; throttle is in bytes a second", ConsoleJson.Default.ReassignmentOrder,
            ConsoleJson.Default.Outcomes, StartAsync);
        routes.Post(
            "/api/reassignments/cancel", ConsoleRole.Admin, "Cancels what moves; confirm is cancel", ConsoleJson.Default.Cancellation,
            ConsoleJson.Default.Outcomes, CancelAsync);
        routes.Post(
            "/api/reassignments/throttle", ConsoleRole.Admin, "Changes the throttle of what moves; null clears it everywhere",
            ConsoleJson.Default.ThrottleOrder, ThrottleAsync);
    }

    private static async Task<ReassignmentList> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.ListPartitionReassignments);
        var moving = await call.Cluster.Admin.ListReassignmentsAsync();
        var sizes = await call.Cluster.SizesAsync();
        return new([.. moving.OrderBy(each => each.Key).Select(each => Row(each.Key, each.Value, sizes))]);
    }

    /// <summary>What a replica that comes has, of what the largest replica has.</summary>
    private static ReassignmentRow Row(TopicPartition partition, PartitionReassignment moving, ClusterSizes sizes)
    {
        var size = sizes.OfPartition(partition);
        return new(
            partition.Topic,
            partition.Partition,
            [.. moving.Replicas.Except(moving.Removing)],
            moving.Adding,
            moving.Removing,
            size * moving.Adding.Count,
            size is null ? null : moving.Adding.Sum(broker => sizes.OfReplica(partition, broker)?.Size ?? 0));
    }

    private static async Task<Proposal> ProposeAsync(ConsoleCall call, ProposalOrder order)
    {
        if (order.Topics is not { Count: > 0 and <= TopicsMax })
        {
            throw ApiException.BadRequest($"Choose from 1 to {TopicsMax} topics.");
        }

        var nodes = (await call.Cluster.DescriptionAsync()).Nodes;
        BrokerNode[] brokers = order.Brokers is { Count: > 0 } chosen ? [.. nodes.Where(node => chosen.Contains(node.Id))] : [.. nodes];
        var topics = new List<TopicDescription>();
        foreach (var name in order.Topics)
        {
            topics.Add(await call.Cluster.TopicAsync(name));
        }

        var needed = order.ReplicationFactor ?? topics.Max(topic => topic.Partitions.Max(partition => partition.Replicas.Count));
        if (needed < 1 || needed > brokers.Length)
        {
            throw ApiException.BadRequest($"{needed} replicas do not fit on {brokers.Length} brokers: choose more brokers, or fewer replicas.");
        }

        var current = topics.SelectMany(topic => topic.Partitions.Select(partition =>
            KeyValuePair.Create(new TopicPartition(topic.Name, partition.Partition), partition.Replicas))).ToArray();
        var proposed = ReplicaProposal.Make(current, brokers, order.ReplicationFactor);
        var sizes = await call.Cluster.SizesAsync();
        ProposalRow[] rows =
        [
            .. current.Where(each => !each.Value.SequenceEqual(proposed[each.Key])).Select(each => new ProposalRow(
                each.Key.Topic, each.Key.Partition, each.Value, proposed[each.Key],
                sizes.OfPartition(each.Key) * proposed[each.Key].Except(each.Value).Count())),
        ];
        return new(rows, current.Length, sizes.IsKnown ? rows.Sum(row => row.Bytes ?? 0) : null);
    }

    private static async Task<Outcomes> StartAsync(ConsoleCall call, ReassignmentOrder order)
    {
        if (order.Partitions is not { Count: > 0 } partitions || partitions.Any(each => each.Replicas is not { Count: > 0 }))
        {
            throw ApiException.BadRequest("There is nothing to move.");
        }

        await call.Cluster.RequireAsync(ApiKey.AlterPartitionReassignments);
        if (order.BytesPerSecond is { } rate)
        {
            RequireThrottle(rate);
            var moves = new Dictionary<TopicPartition, (IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations)>();
            foreach (var each in partitions)
            {
                var now = (await call.Cluster.TopicAsync(each.Topic))
                    .Partitions.FirstOrDefault(partition => partition.Partition == each.Partition)
                    ?? throw ApiException.NotFound($"There is no partition {each.Topic}-{each.Partition}.");
                moves[new(each.Topic, each.Partition)] = (now.Replicas, [.. each.Replicas.Except(now.Replicas)]);
            }

            await ReplicationThrottle.SetAsync(call.Cluster.Admin, moves, rate);
        }

        var results = await call.Cluster.Admin.AlterReassignmentsAsync(partitions.ToDictionary(
            each => new TopicPartition(each.Topic, each.Partition), each => (IReadOnlyList<int>?)each.Replicas));
        call.Cluster.Forget();
        call.Audit("reassign", string.Join(", ", partitions.Select(each => $"{each.Topic}-{each.Partition} to {string.Join('/', each.Replicas)}")));
        return Outcomes.Of(results.Select(result => (result.Partition.ToString(), result.Failure)));
    }

    private static async Task<Outcomes> CancelAsync(ConsoleCall call, Cancellation order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, "cancel");
        await call.Cluster.RequireAsync(ApiKey.AlterPartitionReassignments);
        var moving = (await call.Cluster.Admin.ListReassignmentsAsync()).Keys
            .Where(partition =>
                order.Topic is null
                || (partition.Topic == order.Topic && (order.Partition is null || order.Partition == partition.Partition)))
            .ToArray();
        if (moving.Length == 0)
        {
            throw ApiException.NotFound("Nothing moves any more.");
        }

        var results = await call.Cluster.Admin.AlterReassignmentsAsync(
            moving.ToDictionary(partition => partition, _ => (IReadOnlyList<int>?)null));
        call.Cluster.Forget();
        call.Audit("cancel reassignment", string.Join(", ", moving));
        return Outcomes.Of(results.Select(result => (result.Partition.ToString(), result.Failure)));
    }

    private static async Task ThrottleAsync(ConsoleCall call, ThrottleOrder order)
    {
        var moving = await call.Cluster.Admin.ListReassignmentsAsync();
        if (order.BytesPerSecond is { } rate)
        {
            RequireThrottle(rate);
            if (moving.Count == 0)
            {
                throw ApiException.NotFound("Nothing moves: there is nothing to throttle.");
            }

            await ReplicationThrottle.SetAsync(
                call.Cluster.Admin,
                moving.ToDictionary(
                    each => each.Key, each => ((IReadOnlyList<int>)[.. each.Value.Replicas.Except(each.Value.Adding)], each.Value.Adding)),
                rate);
            call.Audit("throttle", $"{rate} bytes a second");
            return;
        }

        var nodes = (await call.Cluster.DescriptionAsync()).Nodes;
        var topics = (order.Topics ?? []).Union(moving.Keys.Select(partition => partition.Topic));
        await ReplicationThrottle.ClearAsync(call.Cluster.Admin, topics, nodes.Select(node => node.Id));
        call.Audit("clear throttle", string.Join(", ", topics));
    }

    private static void RequireThrottle(long rate)
    {
        if (rate < ThrottleMin)
        {
            throw ApiException.BadRequest($"A throttle is at least {ThrottleMin} bytes a second: with less, replicas never catch up.");
        }
    }

    /// <summary>What moves.</summary>
    internal sealed record ReassignmentList(IReadOnlyList<ReassignmentRow> Partitions);

    /// <summary>A partition that moves. Bytes are null where the brokers do not tell of them.</summary>
    internal sealed record ReassignmentRow(
        string Topic, int Partition, IReadOnlyList<int> Replicas, IReadOnlyList<int> Adding, IReadOnlyList<int> Removing,
        long? BytesToCopy, long? BytesCopied);

    /// <summary>What to propose for.</summary>
    internal sealed record ProposalOrder(IReadOnlyList<string>? Topics, IReadOnlyList<int>? Brokers, int? ReplicationFactor);

    /// <summary>Partitions that would change, of how many, and the bytes that would be copied.</summary>
    internal sealed record Proposal(IReadOnlyList<ProposalRow> Partitions, int OfPartitions, long? Bytes);

    /// <summary>A partition that would change.</summary>
    internal sealed record ProposalRow(string Topic, int Partition, IReadOnlyList<int> Now, IReadOnlyList<int> Then, long? Bytes);

    /// <summary>What to move.</summary>
    internal sealed record ReassignmentOrder(IReadOnlyList<TargetRow>? Partitions, long? BytesPerSecond);

    /// <summary>The replicas a partition is to have.</summary>
    internal sealed record TargetRow(string Topic, int Partition, IReadOnlyList<int> Replicas);

    /// <summary>What to cancel: all, a topic, or a partition.</summary>
    internal sealed record Cancellation(string? Topic, int? Partition, string? Confirm);

    /// <summary>The new throttle; null clears that of the brokers, and of the topics.</summary>
    internal sealed record ThrottleOrder(long? BytesPerSecond, IReadOnlyList<string>? Topics);
}
