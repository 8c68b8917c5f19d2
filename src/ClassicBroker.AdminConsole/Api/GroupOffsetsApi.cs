using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Offsets of groups that have no members: computed, looked at in a dry run, then set; and deleted. Stateless.</summary>
internal static class GroupOffsetsApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Post(
            "/api/group/offsets", ConsoleRole.Operator,
            "Moves a group's offsets; to is earliest, latest, offset, shift, time or file; with dryRun only tells where they would be",
            ConsoleJson.Default.OffsetReset, ConsoleJson.Default.ResetPlan, ResetAsync);
        routes.Post(
            "/api/group/offsets/delete", ConsoleRole.Admin, "Deletes a group's offsets of a topic; confirm is the topic",
            ConsoleJson.Default.OffsetDeletion, ConsoleJson.Default.Outcomes, DeleteAsync);
    }

    private static async Task<ResetPlan> ResetAsync(ConsoleCall call, OffsetReset order)
    {
        await call.Cluster.RequireAsync(ApiKey.OffsetCommit);
        var group = await call.Cluster.Admin.DescribeGroupAsync(order.GroupId);
        if (group.State is not ("Empty" or "Dead"))
        {
            throw ApiException.Conflict(
                $"The group {order.GroupId} is {group.State}: offsets can be moved only while it has no members. Stop its consumers first.");
        }

        var committed = await call.Cluster.Admin.ListGroupOffsetsAsync(order.GroupId);
        var partitions = await PartitionsAsync(call, order, committed);
        var starts = await call.Cluster.OffsetsAsync(partitions, ConsoleCluster.Earliest);
        var ends = await call.Cluster.OffsetsAsync(partitions, ConsoleCluster.Latest);
        var wanted = await WantedAsync(call, order, partitions, committed, starts, ends);
        var rows = partitions
            .Where(partition => wanted.ContainsKey(partition) && starts.ContainsKey(partition) && ends.ContainsKey(partition))
            .Select(partition => new ResetRow(
            partition.Topic,
            partition.Partition,
            committed.TryGetValue(partition, out var offset) ? offset.Offset : null,
            Math.Clamp(wanted[partition], starts[partition], ends[partition]),
            wanted[partition] < starts[partition] || wanted[partition] > ends[partition])).ToArray();
        if (rows.Length == 0)
        {
            throw ApiException.BadRequest("There is no offset to move: name a topic that the group is to read.");
        }

        if (!order.DryRun)
        {
            await SetAsync(call, order, rows);
        }

        return new(!order.DryRun, rows);
    }

    private static async Task<IReadOnlyList<TopicPartition>> PartitionsAsync(
        ConsoleCall call, OffsetReset order, IReadOnlyDictionary<TopicPartition, GroupOffset> committed)
    {
        if (order.To == "file")
        {
            return [.. (order.Offsets ?? []).Select(each => new TopicPartition(each.Topic, each.Partition)).Distinct().Order()];
        }

        if (order.Topic is not { Length: > 0 } name)
        {
            return [.. committed.Keys.Order()];
        }

        var topic = await call.Cluster.TopicAsync(name);
        var chosen = order.Partitions is { Count: > 0 } numbers ? topic.Partitions.Where(each => numbers.Contains(each.Partition))
            : topic.Partitions;
        return [.. chosen.Select(each => new TopicPartition(name, each.Partition))];
    }

    private static async Task<IReadOnlyDictionary<TopicPartition, long>> WantedAsync(
        ConsoleCall call, OffsetReset order, IReadOnlyList<TopicPartition> partitions,
        IReadOnlyDictionary<TopicPartition, GroupOffset> committed,
        IReadOnlyDictionary<TopicPartition, long> starts, IReadOnlyDictionary<TopicPartition, long> ends)
    {
        switch (order.To)
        {
            case "earliest":
                return starts;
            case "latest":
                return ends;
            case "offset":
                var offset = order.Value ?? throw ApiException.BadRequest("The offset is missing.");
                return partitions.ToDictionary(partition => partition, _ => offset);
            case "shift":
                var by = order.Value ?? throw ApiException.BadRequest("The number of offsets to move by is missing.");
                return partitions.Where(committed.ContainsKey)
                    .ToDictionary(partition => partition, partition => committed[partition].Offset + by);
            case "time":
                var time = order.Value ?? throw ApiException.BadRequest("The time is missing.");
                var found = await call.Cluster.OffsetsAsync(partitions, time);
                return ends.ToDictionary(end => end.Key, end =>
                    found.TryGetValue(end.Key, out var first) && first >= 0 ? first : end.Value);
            case "file":
                return (order.Offsets ?? []).GroupBy(each => new TopicPartition(each.Topic, each.Partition))
                    .ToDictionary(each => each.Key, each => each.Last().Offset);
            default:
                throw ApiException.BadRequest("to is earliest, latest, offset, shift, time or file.");
        }
    }

    private static async Task SetAsync(ConsoleCall call, OffsetReset order, ResetRow[] rows)
    {
        var results = await call.Cluster.Admin.AlterGroupOffsetsAsync(order.GroupId, rows.ToDictionary(
            row => new TopicPartition(row.Topic, row.Partition), row => new GroupOffset(row.NewOffset, -1, "")));
        if (results.FirstOrDefault(result => result.Failure is not null) is { Failure: { } failure })
        {
            throw failure;
        }

        call.Cluster.Forget();
        call.Audit("move offsets", $"{order.GroupId} to {order.To}: "
            + string.Join(", ", rows.Select(row => $"{row.Topic}-{row.Partition} from {row.OldOffset?.ToString() ?? "none"} to {row.NewOffset}")));
    }

    private static async Task<Outcomes> DeleteAsync(ConsoleCall call, OffsetDeletion order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.Topic);
        await call.Cluster.RequireAsync(ApiKey.OffsetDelete);
        var committed = await call.Cluster.Admin.ListGroupOffsetsAsync(order.GroupId);
        TopicPartition[] partitions = [.. committed.Keys.Where(partition => partition.Topic == order.Topic)];
        if (partitions.Length == 0)
        {
            throw ApiException.NotFound($"The group {order.GroupId} has no offsets of {order.Topic}.");
        }

        var results = await call.Cluster.Admin.DeleteGroupOffsetsAsync(order.GroupId, partitions);
        call.Audit("delete offsets", $"{order.GroupId}: {order.Topic}");
        return Outcomes.Of(results.Select(result => (result.Partition.ToString(), result.Failure)));
    }

    /// <summary>Where a group is to go on.</summary>
    internal sealed record OffsetReset
    {
        public required string GroupId { get; init; }

        /// <summary>The topic to move in; all that the group has offsets of where it is not given.</summary>
        public string? Topic { get; init; }

        /// <summary>The partitions of the topic; all where none are given.</summary>
        public IReadOnlyList<int>? Partitions { get; init; }

        public required string To { get; init; }

        /// <summary>The offset, how far to shift, or milliseconds since 1970.</summary>
        public long? Value { get; init; }

        /// <summary>The offsets of a file, with <c>file</c>.</summary>
        public IReadOnlyList<FileOffset>? Offsets { get; init; }

        public bool DryRun { get; init; } = true;
    }

    /// <summary>A line of a file.</summary>
    internal sealed record FileOffset(string Topic, int Partition, long Offset);

    /// <summary>Where a group goes on, or would.</summary>
    internal sealed record ResetPlan(bool IsDone, IReadOnlyList<ResetRow> Rows);

    /// <summary>One partition of the plan.</summary>
    /// <param name="Topic">Its topic.</param>
    /// <param name="Partition">Its number.</param>
    /// <param name="OldOffset">What is committed now; null for nothing.</param>
    /// <param name="NewOffset">What will be.</param>
    /// <param name="IsClamped">The partition does not go as far as was asked for.</param>
    internal sealed record ResetRow(string Topic, int Partition, long? OldOffset, long NewOffset, bool IsClamped);

    /// <summary>Offsets to delete, and what the user typed to confirm that.</summary>
    internal sealed record OffsetDeletion(string GroupId, string Topic, string? Confirm);
}
