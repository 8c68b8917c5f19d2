using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>
/// The actions of <c>kafka-reassign-partitions.sh --zookeeper</c>, each with the output of Kafka 2.2: a plan is left to the controller,
/// which takes each partition off it that has moved. Only moves between log directories are asked of brokers. Threading: used by one tool.
/// </summary>
/// <param name="store">The cluster's znodes.</param>
/// <param name="admin">Its brokers; null where the command line names none.</param>
/// <param name="host">What the tool may touch.</param>
internal sealed class ZooKeeperMoves(MetadataStore store, AdminClient? admin, ToolHost host)
{
    private readonly ZooKeeperThrottles _throttles = new(store.Configs);

    public async Task GenerateAsync(IReadOnlyList<string> topics, IReadOnlyCollection<int> brokers, bool isRackAware)
    {
        var current = Replicas(await AssignmentAsync(topics));
        var live = (await store.Brokers.GetAllAsync())
            .Where(broker => brokers.Contains(broker.Id))
            .Select(broker => new BrokerRack(broker.Id, broker.Registration.Rack))
            .ToArray();
        ReassignmentProposal.Print(host, current, ReassignmentProposal.Make(current, live, isRackAware, host.Random));
    }

    /// <param name="plan">What to do.</param>
    /// <param name="throttle">Bytes a second between brokers; negative for no limit.</param>
    /// <param name="logDirThrottle">Bytes a second between log directories; negative for no limit.</param>
    /// <param name="timeout">How long a move between log directories may wait for its replica.</param>
    public async Task ExecuteAsync(ReassignmentPlan plan, long throttle, long logDirThrottle, TimeSpan timeout)
    {
        var logDirs = LogDirsOf(plan);
        var requested = await store.OperatorRequests.GetReassignmentsAsync();
        var assignment = await AssignmentAsync(plan.Topics);
        await RequireAsync(plan, assignment);
        var current = Replicas(assignment);
        var brokers = current.Values.Concat(plan.Partitions.Values).SelectMany(replicas => replicas)
            .Concat(plan.LogDirs.Select(move => move.BrokerId));
        if (requested.Count > 0 || plan.Partitions.Keys.Any(partition => assignment[partition].IsBeingReassigned))
        {
            host.Out.WriteLine("There is an existing assignment running.");
            await _throttles.LimitRatesAsync(brokers, throttle, logDirThrottle);
            ReassignmentFacts.AddAssignment(host.Facts, "started", []);
            return;
        }

        host.Out.WriteLine(
            $"Current partition replica assignment\n\n{ReassignmentJson.Format(current)}\n\n"
            + "Save this to use as the --reassignment-json-file option during rollback");
        ReassignmentFacts.AddAssignment(host.Facts, "current", current);
        await LimitAsync(plan, current, brokers, throttle, logDirThrottle);
        await StartAsync(plan, logDirs, timeout);
        host.Out.WriteLine("Successfully started reassignment of partitions.");
        ReassignmentFacts.AddAssignment(host.Facts, "started", plan.Partitions);
    }

    public async Task VerifyAsync(ReassignmentPlan plan, bool keepsThrottles)
    {
        var logDirs = LogDirsOf(plan);
        host.Out.WriteLine("Status of partition reassignment: ");

        // In this order: a partition that the controller finishes in between must not look like one that was given up.
        var requested = await store.OperatorRequests.GetReassignmentsAsync();
        var assignment = await AssignmentAsync(plan.Topics);
        List<string> lines = [];
        var isDone = true;
        foreach (var (partition, target) in plan.Partitions)
        {
            var found = assignment.GetValueOrDefault(partition, ReplicaAssignment.Empty);
            var isUnderWay = requested.ContainsKey(partition) || found.IsBeingReassigned;
            var isThere = !isUnderWay && found.Replicas.SequenceEqual(target);
            if (!isUnderWay && !isThere)
            {
                host.Out.WriteLine(
                    $"ERROR: Assigned replicas ({string.Join(",", found.Replicas)}) don't match the list of replicas for reassignment "
                    + $"({string.Join(",", target)}) for partition {partition}");
            }

            isDone &= isThere;
            lines.Add($"Reassignment of partition {partition} {State(isThere, isUnderWay)}");
            ReassignmentFacts.AddState(host.Facts, partition, target, found.Replicas, isUnderWay);
        }

        var places = logDirs is null ? [] : await logDirs.LocateAsync(plan.LogDirs);
        foreach (var (move, (current, future, isOffline)) in places)
        {
            var isThere = future is null && current == move.Path;
            if (!isThere && future != move.Path)
            {
                host.Out.WriteLine(Stray(move, current, future, isOffline));
            }

            isDone &= isThere;
            lines.Add($"Reassignment of replica {move} {State(isThere, future == move.Path)}");
            ReassignmentFacts.AddLogDir(host.Facts, move, current, future);
        }

        foreach (var line in lines)
        {
            host.Out.WriteLine(line);
        }

        if (isDone && !keepsThrottles)
        {
            await ClearAsync(plan);
        }
    }

    private static string State(bool isThere, bool isUnderWay) =>
        isThere ? "completed successfully" : isUnderWay ? "is still in progress" : "failed";

    /// <summary>Why a replica will not get to the directory it was meant for.</summary>
    private static string Stray(ReplicaLogDir move, string? current, string? future, bool isOffline) =>
        future is not null
            ? $"Partition {move.Partition} on broker {move.BrokerId} is being moved to log dir {future} instead of {move.Path}"
        : current is null ? $"Partition {move.Partition} is not found in any live log dir on broker {move.BrokerId}."
            + (isOffline ? " There is likely offline log directory on the broker." : "")
        : $"Partition {move.Partition} on broker {move.BrokerId} is not being moved from log dir {current} to {move.Path}";

    private static SortedDictionary<TopicPartition, IReadOnlyList<int>> Replicas(
        SortedDictionary<TopicPartition, ReplicaAssignment> assignment) =>
        new(assignment.ToDictionary(entry => entry.Key, entry => entry.Value.Replicas));

    /// <summary>What moves the plan's replicas between log directories; null where it moves none.</summary>
    private ReplicaMoves? LogDirsOf(ReassignmentPlan plan) =>
        plan.LogDirs.Count == 0 ? null
        : admin is not null ? new ReplicaMoves(admin, host.Time, TextWriter.Null)
        : throw ReassignmentJson.Failed(
            "bootstrap-server needs to be provided in order to reassign replica to the specified log directory");

    private async Task RequireAsync(ReassignmentPlan plan, SortedDictionary<TopicPartition, ReplicaAssignment> assignment)
    {
        var absent = plan.Partitions.Keys.Where(partition => !assignment.ContainsKey(partition)).ToArray();
        if (absent.Length > 0)
        {
            throw ReassignmentJson.Failed(
                $"The proposed assignment contains non-existent partitions: ListBuffer({string.Join(", ", absent)})");
        }

        var unknown = plan.Partitions.Values
            .SelectMany(replicas => replicas)
            .Except(await store.Brokers.GetIdsAsync())
            .ToArray();
        if (unknown.Length > 0)
        {
            throw ReassignmentJson.Failed($"The proposed assignment contains non-existent brokerIDs: {string.Join(",", unknown)}");
        }
    }

    private async Task LimitAsync(
        ReassignmentPlan plan,
        SortedDictionary<TopicPartition, IReadOnlyList<int>> current,
        IEnumerable<int> brokers,
        long throttle,
        long logDirThrottle)
    {
        if (throttle < 0 && logDirThrottle < 0)
        {
            return;
        }

        host.Out.WriteLine(
            "Warning: You must run Verify periodically, until the reassignment completes, to ensure the throttle is removed. You can also "
            + "alter the throttle by rerunning the Execute command passing a new value.");
        if (throttle >= 0)
        {
            await _throttles.LimitReplicasAsync(current, plan.Partitions);
        }

        await _throttles.LimitRatesAsync(brokers, throttle, logDirThrottle);
        if (throttle >= 0)
        {
            host.Out.WriteLine($"The inter-broker throttle limit was set to {throttle} B/s");
        }

        if (logDirThrottle >= 0)
        {
            host.Out.WriteLine($"The replica-alter-dir throttle limit was set to {logDirThrottle} B/s");
        }
    }

    private async Task StartAsync(ReassignmentPlan plan, ReplicaMoves? logDirs, TimeSpan timeout)
    {
        if (logDirs is not null)
        {
            // A broker that is yet to get a replica makes it in the directory it was told before.
            await logDirs.TryStartAsync(plan.LogDirs);
        }

        if (!await store.OperatorRequests.RequestReassignmentsAsync(plan.Partitions))
        {
            var requested = (await store.OperatorRequests.GetReassignmentsAsync())
                .Select(entry => $"{entry.Key} -> List({string.Join(", ", entry.Value)})");
            throw ReassignmentJson.Failed(
                $"Partition reassignment currently in progress for Map({string.Join(", ", requested)}). Aborting operation");
        }

        if (logDirs is not null)
        {
            await logDirs.StartAsync(plan.LogDirs, timeout);
        }
    }

    private async Task ClearAsync(ReassignmentPlan plan)
    {
        var brokers = (await store.Brokers.GetIdsAsync()).Concat(plan.Partitions.Values.SelectMany(replicas => replicas));
        if (await _throttles.ClearAsync(brokers, plan.Topics))
        {
            host.Out.WriteLine("Throttle was removed.");
        }
    }

    /// <summary>The partitions of those of the topics that exist.</summary>
    private async Task<SortedDictionary<TopicPartition, ReplicaAssignment>> AssignmentAsync(IReadOnlyList<string> topics) =>
        new((await store.Topics.GetAsync(topics))
            .SelectMany(topic => topic.Value.Partitions.Select(
                partition => KeyValuePair.Create(new TopicPartition(topic.Key, partition.Key), partition.Value)))
            .ToDictionary());
}
