using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>Starts moves between log directories and tells how far they are (KIP-113). Threading: used by one tool.</summary>
internal sealed class ReplicaMoves(AdminClient admin, TimeProvider time, TextWriter output)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Starts the moves. A replica that its broker has not got yet is tried again until <paramref name="timeout"/> has passed.
    /// </summary>
    public async Task StartAsync(IReadOnlyList<ReplicaLogDir> moves, TimeSpan timeout)
    {
        var deadline = time.GetUtcNow() + timeout;
        var pending = moves;
        while (true)
        {
            pending = await TryStartAsync(pending);
            if (pending.Count == 0)
            {
                return;
            }

            if (time.GetUtcNow() >= deadline)
            {
                throw new ToolException(
                    $"Timed out before log directory move{(pending.Count == 1 ? "" : "s")} could be started for: "
                    + string.Join(",", pending));
            }

            await Task.Delay(RetryPause, time);
        }
    }

    /// <summary>Starts those of the moves whose replicas there are, and tells brokers where the others are to be made.</summary>
    /// <returns>The moves that have no replica yet.</returns>
    public async Task<IReadOnlyList<ReplicaLogDir>> TryStartAsync(IReadOnlyList<ReplicaLogDir> moves)
    {
        var results = (await admin.AlterReplicaLogDirsAsync(moves)).OrderBy(result => result.Replica.BrokerId).ToArray();
        foreach (var (replica, failure) in results)
        {
            if (failure is not null and not { Code: ErrorCode.ReplicaNotAvailable })
            {
                throw ReassignmentJson.Failed($"Failed to alter dir for {replica}", JavaException.FromFuture(failure));
            }
        }

        foreach (var (replica, _) in results.Where(result => result.Failure is null))
        {
            output.WriteLine(
                $"Successfully started moving log directory to {replica.Path} for replica {replica.Partition} with broker "
                + $"{replica.BrokerId} ");
        }

        return results.Where(result => result.Failure is not null).Select(result => result.Replica).ToArray();
    }

    /// <summary>Where the replicas of a plan are, as <c>--verify</c> prints it.</summary>
    /// <returns>The lines, and whether one of the moves is under way.</returns>
    public async Task<(IReadOnlyList<string> Lines, bool IsOngoing)> StatesAsync(
        IReadOnlyList<ReplicaLogDir> moves, FactDocument? facts)
    {
        List<string> lines = [];
        var isOngoing = false;
        foreach (var (move, (current, future, isOffline)) in await LocateAsync(moves))
        {
            ReassignmentFacts.AddLogDir(facts, move, current, future);
            var place = $"Partition {move.Partition} on broker {move.BrokerId}";
            if (future is not null)
            {
                isOngoing = true;
                lines.Add(future == move.Path
                    ? $"Reassignment of replica {move} is still in progress."
                    : $"{place} is being moved to log dir {future} instead of {move.Path}.");
            }
            else if (current is null)
            {
                lines.Add($"Partition {move.Partition} is not found in any live log dir on broker {move.BrokerId}."
                    + (isOffline ? " There is likely an offline log directory on the broker." : ""));
            }
            else
            {
                lines.Add(current == move.Path
                    ? $"Reassignment of replica {move} completed successfully."
                    : $"{place} is not being moved from log dir {current} to {move.Path}.");
            }
        }

        return (lines, isOngoing);
    }

    /// <summary>The replicas of a plan that are being moved, each with the directory it is in.</summary>
    public async Task<IReadOnlyList<ReplicaLogDir>> ActiveAsync(IReadOnlyList<ReplicaLogDir> moves) =>
        (await LocateAsync(moves))
            .Where(found => found.Value.Future is not null && found.Value.Current is not null)
            .Select(found => found.Key with { Path = found.Value.Current! })
            .ToArray();

    /// <summary>The directory each replica of a plan is in, the one it is moving to, and whether its broker has lost one.</summary>
    public async Task<IReadOnlyList<KeyValuePair<ReplicaLogDir, (string? Current, string? Future, bool IsOffline)>>> LocateAsync(
        IReadOnlyList<ReplicaLogDir> moves)
    {
        var live = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id);
        var brokers = moves.Select(move => move.BrokerId).Distinct().Intersect(live).Order().ToArray();
        var directories = (await admin.DescribeLogDirsAsync(brokers)).SelectMany(broker => broker.ThrowIfFailed().Directories).ToArray();
        return moves
            .OrderBy(move => move.BrokerId)
            .ThenBy(move => move.Partition)
            .Select(move => KeyValuePair.Create(
                move, (Find(move, isFuture: false), Find(move, isFuture: true), IsOffline(move))))
            .ToArray();

        string? Find(ReplicaLogDir move, bool isFuture) =>
            directories
                .FirstOrDefault(directory => directory.BrokerId == move.BrokerId
                    && directory.Replicas.Any(replica => replica.Partition == move.Partition && replica.IsFuture == isFuture))
                ?.Path;

        bool IsOffline(ReplicaLogDir move) =>
            directories.Any(directory => directory.BrokerId == move.BrokerId && directory.Failure is not null);
    }
}
