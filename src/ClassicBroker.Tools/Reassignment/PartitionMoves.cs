using ClassicBroker.Client;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>The actions of <c>kafka-reassign-partitions.sh</c>, each with the output of Kafka 3.9. Threading: used by one tool.</summary>
internal sealed class PartitionMoves(AdminClient admin, ToolHost host)
{
    private const string ExistingMoves =
        "Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition "
        + "assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the "
        + "current reassignment.";

    private static readonly TimeSpan WaitPause = TimeSpan.FromMilliseconds(500);

    private readonly ReplicaMoves _logDirs = new(admin, host.Time, host.Out);
    private readonly ReplicationThrottles _throttles = new(admin, host.Out);

    public async Task ListAsync()
    {
        var moves = await admin.ListReassignmentsAsync();
        if (host.Facts is not null)
        {
            ReassignmentFacts.AddMoves(host.Facts, moves);
            return;
        }

        if (moves.Count == 0)
        {
            host.Out.WriteLine("No partition reassignments found.");
            return;
        }

        host.Out.WriteLine("Current partition reassignments:");
        foreach (var (partition, move) in moves)
        {
            var adding = move.Adding.Count == 0 ? "" : $" adding: {string.Join(",", move.Adding)}.";
            var removing = move.Removing.Count == 0 ? "" : $" removing: {string.Join(",", move.Removing)}.";
            host.Out.WriteLine($"{partition}: replicas: {string.Join(",", move.Replicas)}.{adding}{removing}");
        }
    }

    public async Task GenerateAsync(IReadOnlyList<string> topics, IReadOnlyCollection<int> brokers, bool isRackAware)
    {
        var current = await AssignmentAsync(topics);
        var live = (await admin.DescribeClusterAsync()).Nodes
            .Where(node => brokers.Contains(node.Id))
            .Select(node => new BrokerRack(node.Id, node.Rack))
            .ToArray();
        ReassignmentProposal.Print(host, current, ReassignmentProposal.Make(current, live, isRackAware, host.Random));
    }

    /// <param name="plan">What to do.</param>
    /// <param name="isAdditional">Whether other reassignments may be under way.</param>
    /// <param name="throttle">Bytes a second between brokers; negative for no limit.</param>
    /// <param name="logDirThrottle">Bytes a second between log directories; negative for no limit.</param>
    /// <param name="timeout">How long a move between log directories may wait for its replica.</param>
    public async Task ExecuteAsync(ReassignmentPlan plan, bool isAdditional, long throttle, long logDirThrottle, TimeSpan timeout)
    {
        var underWay = await admin.ListReassignmentsAsync();
        if (!isAdditional && underWay.Count > 0)
        {
            throw new ToolException(ExistingMoves);
        }

        await RequireBrokersAsync(plan);
        var current = await AssignmentAsync(plan.Topics);
        RequirePartitions(plan, current);
        var before = current.Where(entry => plan.Partitions.ContainsKey(entry.Key)).ToArray();
        host.Out.WriteLine(
            $"Current partition replica assignment\n\n{ReassignmentJson.Format(before)}\n\n"
            + "Save this to use as the --reassignment-json-file option during rollback");
        ReassignmentFacts.AddAssignment(host.Facts, "current", before);
        await LimitAsync(plan, underWay, current, throttle, logDirThrottle);
        var targets = plan.Partitions.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<int>?)entry.Value);
        RequireTaken(
            await admin.AlterReassignmentsAsync(targets),
            _ => "Error reassigning partition(s):");
        host.Out.WriteLine(
            $"Successfully started partition reassignment{Plural(plan.Partitions.Count)} for {string.Join(",", plan.Partitions.Keys)}");
        ReassignmentFacts.AddAssignment(host.Facts, "started", plan.Partitions);
        if (plan.LogDirs.Count > 0)
        {
            await _logDirs.StartAsync(plan.LogDirs, timeout);
        }
    }

    /// <summary>Ends when none of a plan's moves is under way any more, and shows on a terminal how far they are.</summary>
    public async Task AwaitAsync(ReassignmentPlan plan)
    {
        var progress = new MoveProgress(admin, plan);
        var line = ProgressLine.On(host);
        for (var look = await progress.LookAsync(); look.Left > 0; look = await progress.LookAsync())
        {
            line?.Show($"{look.Left} replica{Plural(look.Left)} on the way", look.Copied, look.Total);
            await Task.Delay(WaitPause, host.Time);
        }

        line?.Clear();
    }

    public async Task VerifyAsync(ReassignmentPlan plan, bool keepsThrottles)
    {
        var underWay = await admin.ListReassignmentsAsync();
        var atRest = plan.Partitions.Keys.Where(partition => !underWay.ContainsKey(partition));
        var current = await AssignmentAsync([.. atRest.Select(partition => partition.Topic).Distinct()], leavesOutUnknown: true);
        host.Out.WriteLine("Status of partition reassignment:");
        foreach (var (partition, replicas) in plan.Partitions)
        {
            var actual = underWay.TryGetValue(partition, out var move) ? move.Replicas : current.GetValueOrDefault(partition, []);
            ReassignmentFacts.AddState(host.Facts, partition, replicas, actual, isUnderWay: move is not null);
            host.Out.WriteLine(
                move is not null ? $"Reassignment of partition {partition} is still in progress."
                : actual.SequenceEqual(replicas) ? $"Reassignment of partition {partition} is completed."
                : $"There is no active reassignment of partition {partition}, but replica set is {string.Join(",", actual)} "
                    + $"rather than {string.Join(",", replicas)}.");
        }

        var (lines, isMoving) = await _logDirs.StatesAsync(plan.LogDirs, host.Facts);
        host.Out.WriteLine(string.Join('\n', lines));

        // Those of other plans count too: the limits are of all that moves.
        if (underWay.Count == 0 && !isMoving && !keepsThrottles)
        {
            await _throttles.ClearAsync(plan);
        }
    }

    /// <param name="plan">What to give up.</param>
    /// <param name="keepsThrottles">Whether the limits stay.</param>
    /// <param name="timeout">How long the way back of a move between log directories may wait for its replica.</param>
    public async Task CancelAsync(ReassignmentPlan plan, bool keepsThrottles, TimeSpan timeout)
    {
        var underWay = (await admin.ListReassignmentsAsync(plan.Partitions.Keys))
            .Where(move => move.Value.Adding.Count > 0 || move.Value.Removing.Count > 0)
            .Select(move => move.Key)
            .ToArray();
        if (underWay.Length == 0)
        {
            host.Out.WriteLine("None of the specified partition reassignments are active.");
        }
        else
        {
            RequireTaken(
                await admin.AlterReassignmentsAsync(underWay.ToDictionary(partition => partition, _ => (IReadOnlyList<int>?)null)),
                count => $"Error cancelling partition reassignment{Plural(count)} for:");
            host.Out.WriteLine(
                $"Successfully cancelled partition reassignment{Plural(underWay.Length)} for: {string.Join(",", underWay)}");
            ReassignmentFacts.AddCancelled(host.Facts, underWay);
        }

        var moving = await _logDirs.ActiveAsync(plan.LogDirs);
        if (moving.Count == 0)
        {
            // Kafka ends this line with nothing.
            host.Out.Write("None of the specified partition moves are active.");
        }
        else
        {
            // A move ends where its replica is ordered back to the directory it is in.
            await _logDirs.StartAsync(moving, timeout);
        }

        if (!keepsThrottles)
        {
            await _throttles.ClearAsync(plan);
        }
    }

    private static string Plural(int count) => count == 1 ? "" : "s";

    private static void RequireTaken(IReadOnlyList<ReassignmentResult> results, Func<int, string> complaint)
    {
        var refused = results.Where(result => result.Failure is not null).ToArray();
        if (refused.Length > 0)
        {
            var lines = refused.Select(result => $"{result.Partition}: {result.Failure!.Message}");
            throw new ToolException($"{complaint(refused.Length)}\n{string.Join('\n', lines)}");
        }
    }

    private static void RequirePartitions(
        ReassignmentPlan plan, SortedDictionary<TopicPartition, IReadOnlyList<int>> current)
    {
        var missing = plan.Partitions.Keys.Where(partition => !current.ContainsKey(partition)).ToArray();
        if (missing.Length > 0)
        {
            throw JavaException.FromFuture(
                new KafkaException(ErrorCode.UnknownTopicOrPartition, $"Unable to find partition: {string.Join(", ", missing)}"));
        }
    }

    private async Task RequireBrokersAsync(ReassignmentPlan plan)
    {
        var live = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id).ToHashSet();
        foreach (var broker in plan.Partitions.Values.SelectMany(replicas => replicas))
        {
            if (!live.Contains(broker))
            {
                throw ReassignmentJson.Failed($"Unknown broker id {broker}");
            }
        }
    }

    private async Task LimitAsync(
        ReassignmentPlan plan,
        IReadOnlyDictionary<TopicPartition, PartitionReassignment> underWay,
        SortedDictionary<TopicPartition, IReadOnlyList<int>> current,
        long throttle,
        long logDirThrottle)
    {
        if (throttle < 0 && logDirThrottle < 0)
        {
            return;
        }

        host.Out.WriteLine(
            "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.");
        if (throttle >= 0)
        {
            var moves = new SortedDictionary<TopicPartition, (IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations)>();
            foreach (var (partition, move) in underWay)
            {
                moves[partition] = (move.Replicas.Except(move.Adding).ToArray(), move.Adding);
            }

            foreach (var (partition, replicas) in plan.Partitions)
            {
                var sources = moves.TryGetValue(partition, out var move) ? move.Sources : current[partition];
                moves[partition] = (sources, replicas.Except(sources).ToArray());
            }

            await _throttles.LimitReplicationAsync(moves, throttle);
        }

        if (logDirThrottle >= 0)
        {
            await _throttles.LimitLogDirsAsync(plan.LogDirs.Select(move => move.BrokerId), logDirThrottle);
        }
    }

    /// <summary>The replicas of all partitions of topics.</summary>
    private async Task<SortedDictionary<TopicPartition, IReadOnlyList<int>>> AssignmentAsync(
        IReadOnlyList<string> topics, bool leavesOutUnknown = false)
    {
        var assignment = new SortedDictionary<TopicPartition, IReadOnlyList<int>>();
        foreach (var topic in topics.Count == 0 ? [] : await admin.DescribeTopicsAsync(topics))
        {
            if (topic.Failure is { Code: ErrorCode.UnknownTopicOrPartition } unknown)
            {
                if (leavesOutUnknown)
                {
                    continue;
                }

                throw JavaException.FromFuture(new KafkaException(unknown.Code, $"Topic {unknown.Topic} not found."));
            }

            foreach (var partition in topic.ThrowIfFailed().Partitions)
            {
                assignment[new TopicPartition(topic.Name, partition.Partition)] = partition.Replicas;
            }
        }

        return assignment;
    }
}
