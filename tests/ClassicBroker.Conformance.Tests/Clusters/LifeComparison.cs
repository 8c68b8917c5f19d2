using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Holds a simulated cluster's znodes and checkpoints against those of a recorded step. Times, addresses and topic ids are masked. Epochs
/// and versions are compared by how much they grew since the step before, so that one difference is told once. Threading: one test.
/// </summary>
internal sealed partial class LifeComparison(SimulatedCluster cluster, ConformanceReport report)
{
    private const string Absent = "absent";

    /// <summary>What the recording leaves out, or keeps from time to time only.</summary>
    private static readonly string[] LeftOut = ["/config/changes/", "/isr_change_notification/", "/log_dir_event_notification/"];

    private const string Reassignments = "/admin/reassign_partitions";
    private const string Ids = "/brokers/ids/";
    private const string State = "/state";

    /// <summary>What no Kafka 2.2 knows.</summary>
    private static readonly string[] UnknownOfOld = ["/config/ips"];

    private readonly Dictionary<string, (int Epoch, int Version)> _ahead = new(StringComparer.Ordinal);
    private readonly OldControllers _oldControllers = new(cluster, report) { ByLeader = OldReplicationLife.ByLeader };
    private readonly HashSet<string> _disordered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lostBefore = new(StringComparer.Ordinal);
    private readonly HashSet<string> _knownChanges = new(StringComparer.Ordinal);
    private int _step;

    /// <summary>The directories in which a broker keeps logs.</summary>
    public required IReadOnlyList<string> LogDirectories { get; init; }

    /// <summary>
    /// Is the recorded controller that of 3.9? Of those before, partition states are compared by <see cref="OldControllers"/>; how often
    /// topics and the znode of reassignments were written is not, because KIP-455 writes them at other moments.
    /// </summary>
    public bool IsOfOurOracle { get; init; } = true;

    /// <summary>Topics of which, in a step, epochs and versions are not compared.</summary>
    public IReadOnlySet<(int Step, string Topic)> Racing { get; init; } = new HashSet<(int, string)>();

    /// <summary>Of each step in which the controller died: the broker that was it.</summary>
    public IReadOnlyDictionary<int, int> LostControllers { get; init; } = new Dictionary<int, int>();

    /// <summary>The step in which all stop, and the broker that is the last.</summary>
    public (int Step, int Broker)? LastController { get; init; }

    /// <inheritdoc cref="OffsetCheckpoints.OnTheirWay"/>
    public IReadOnlySet<(int Step, int Broker, string Partition)> OnTheirWay { get; init; } = new HashSet<(int, int, string)>();

    /// <inheritdoc cref="OffsetCheckpoints.Stops"/>
    public required IReadOnlySet<(int Step, int Broker)> Stops { get; init; }

    /// <param name="step">What was recorded.</param>
    /// <param name="next">
    /// The step after one that was recorded while the controller was still at work: what changes in it is compared then. Null where all
    /// had settled.
    /// </param>
    /// <param name="areCut">Had replicas cut the epochs they did not share with their leaders?</param>
    public void Compare(RecordedStep step, RecordedStep? next, bool areCut)
    {
        _step = step.Number;
        var recorded = step.Znodes.Keys.Where(IsCompared);
        var ours = cluster.ZooKeeper.Paths.Where(path => IsCompared(path) && step.Znodes.Keys.Any(known => IsBeside(path, known)));
        foreach (var path in recorded.Union(ours).Order(StringComparer.Ordinal))
        {
            if (next is not null && step.Znodes.GetValueOrDefault(path) != next.Znodes.GetValueOrDefault(path))
            {
                if (LostControllers.TryGetValue(step.Number, out var lost))
                {
                    _lostBefore[path] = lost;
                }

                continue;
            }

            Compare($"{step.Name} {path}", path, step.Znodes.GetValueOrDefault(path));
        }

        CompareChanges(step);
        var left = cluster.ZooKeeper.Paths.Where(path => path.StartsWith(LeftOut[1], StringComparison.Ordinal));
        report.Compare($"{step.Name} {LeftOut[1]}", "", string.Join(' ', left));
        if (next is null && areCut)
        {
            CompareEpochs(step);
        }
    }

    private bool IsCompared(string path) =>
        !LeftOut.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal))
        && (IsOfOurOracle || !UnknownOfOld.Contains(path));

    /// <summary>Is a path in a part of the tree that was recorded?</summary>
    private static bool IsBeside(string path, string known) =>
        path.StartsWith(known.Split('/') is { Length: > 1 } parts ? $"/{parts[1]}" : known, StringComparison.Ordinal);

    /// <summary>The files of offsets, in which a broker names its partitions.</summary>
    public void CompareOffsets(RecordedStep step, RecordedStep? next) =>
        new OffsetCheckpoints(cluster, report, LogDirectories) { OnTheirWay = OnTheirWay, Stops = Stops }.Compare(step, next);

    private void Compare(string what, string path, RecordedZnode? recorded)
    {
        var ours = cluster.ZooKeeper.Stat(path) is { } stat
            ? new RecordedZnode(cluster.ZooKeeper.HoldsNull(path) ? null : cluster.ZooKeeper.Text(path), stat.EphemeralOwner != 0, stat.Version)
            : null;
        if (recorded is null || ours is null)
        {
            if (recorded is null != ours is null)
            {
                report.Differs(what, recorded is null ? Absent : Shown(recorded.Data), ours is null ? Absent : Shown(ours.Data));
            }

            _ahead.Remove(path);
            _oldControllers.Forget(path);
            return;
        }

        report.Compare($"{what} ephemeral", $"{recorded.IsEphemeral}", $"{ours.IsEphemeral}");
        if (path.EndsWith(State, StringComparison.Ordinal))
        {
            CompareState(what, path, recorded, ours);
            return;
        }

        report.Compare(what, Masked(path, recorded.Data), Masked(path, ours.Data));
        CompareGrowth(what, path, (0, recorded.Version), (0, ours.Version));
    }

    private static string Shown(string? data) => data ?? "null";

    private string Masked(string path, string? data)
    {
        var text = Moment().Replace(Shown(data), match => $"{match.Groups[1].Value}…\"");
        var isBroker = path.StartsWith(Ids, StringComparison.Ordinal);
        text = isBroker
            ? Address().Replace(text, match => $"{match.Groups[1].Value}\"…\"")
            : TopicId().Replace(text, match => $"{match.Groups[1].Value}…\"");
        return IsOfOurOracle ? text : isBroker ? Ordered(text) : IsTopic(path) ? Assignment(text) : text;
    }

    private void CompareState(string what, string path, RecordedZnode recorded, RecordedZnode ours)
    {
        var kafkas = PartitionState.Parse(recorded.Data!, recorded.Version);
        var own = PartitionState.Parse(ours.Data!, ours.Version);
        if (!IsOfOurOracle)
        {
            CompareOldState(what, path, new(kafkas, own));
            return;
        }

        report.Compare($"{what} leader", $"{kafkas.Leader}", $"{own.Leader}");
        report.Compare($"{what} isr", kafkas.IsrSet, own.IsrSet);
        report.Compare($"{what} keys", kafkas.Fields, own.Fields);
        report.Compare($"{what} leader_recovery_state", $"{kafkas.Recovery}", $"{own.Recovery}");
        report.Compare($"{what} controller_epoch", $"{kafkas.ControllerEpoch}", $"{own.ControllerEpoch}");
        CompareGrowth(what, path, (kafkas.Epoch, recorded.Version), (own.Epoch, ours.Version), Racing.Contains((_step, TopicOf(path))));
        CompareOrder(what, path, kafkas.Isr, own.Isr);
    }

    /// <summary>A replica that left the ISR and came back of itself stands last, until the others have been away as well.</summary>
    private void CompareOrder(string what, string path, IReadOnlyList<int> recorded, IReadOnlyList<int> ours)
    {
        if (recorded.SequenceEqual(ours))
        {
            _disordered.Remove(path);
        }

        if (!_disordered.Contains(path))
        {
            report.Compare($"{what} order of isr", string.Join(' ', recorded), string.Join(' ', ours));
        }
    }

    private void CompareOldState(string what, string path, OldControllers.Pair pair)
    {
        if (LastController is { } last && _step == last.Step)
        {
            _oldControllers.CompareLast(what, pair, last.Broker);
            return;
        }

        var lost = LostControllers.TryGetValue(_step, out var broker) || _lostBefore.Remove(path, out broker) ? broker : (int?)null;
        var isDeleted = cluster.ZooKeeper.Stat($"/admin/delete_topics/{TopicOf(path)}") is not null;
        var controllerEpoch = int.Parse(cluster.ZooKeeper.Text("/controller_epoch")!, CultureInfo.InvariantCulture);
        _oldControllers.Compare(what, path, pair, lost, controllerEpoch, isDeleted);
    }

    /// <summary>
    /// On the busy machine of the recording replicas left ISRs and came back of themselves, which shows in the version alone: where the
    /// version alone grew more, nothing is told.
    /// </summary>
    private void CompareGrowth(
        string what, string path, (int Epoch, int Version) recorded, (int Epoch, int Version) ours, bool isRacing = false)
    {
        if (!IsOfOurOracle && (IsTopic(path) || path == Reassignments))
        {
            return;
        }

        var known = _ahead.GetValueOrDefault(path);
        var ahead = (Epoch: recorded.Epoch - ours.Epoch, Version: recorded.Version - ours.Version);
        _ahead[path] = ahead;
        var isOfBusyMachine = path.EndsWith(State, StringComparison.Ordinal) && ahead.Epoch == known.Epoch && ahead.Version > known.Version;
        if (isOfBusyMachine)
        {
            _disordered.Add(path);
        }
        else if (!isRacing)
        {
            report.Compare($"{what} epoch ahead", $"{known.Epoch}", $"{ahead.Epoch}");
            report.Compare($"{what} version ahead", $"{known.Version}", $"{ahead.Version}");
        }
    }

    /// <summary>Which entities were notified of in the step, in any order; the znodes go after a while.</summary>
    private void CompareChanges(RecordedStep step)
    {
        var recorded = step.Znodes.Where(znode => znode.Key.StartsWith(LeftOut[0], StringComparison.Ordinal) && _knownChanges.Add($"recorded {znode.Key}"))
            .Select(znode => znode.Value.Data!).Order(StringComparer.Ordinal);
        var ours = cluster.ZooKeeper.Paths.Where(path => path.StartsWith(LeftOut[0], StringComparison.Ordinal) && _knownChanges.Add($"ours {path}"))
            .Select(path => cluster.ZooKeeper.Text(path)!).Order(StringComparer.Ordinal);
        report.Compare($"{step.Name} /config/changes", string.Join(' ', recorded), string.Join(' ', ours));
    }

    private void CompareEpochs(RecordedStep step)
    {
        foreach (var ((broker, partition), entries) in step.Epochs.OrderBy(entry => entry.Key.Broker).ThenBy(entry => entry.Key.Partition, StringComparer.Ordinal))
        {
            if (Checkpoint(broker, partition) is not { } ours)
            {
                continue;
            }

            if (!IsOfOurOracle)
            {
                var highWatermark = step.Brokers[broker].Of(RecordedOffsets.HighWatermarks).GetValueOrDefault(partition);
                CompareBegins($"{step.Name} broker {broker} {partition}", entries, ours, highWatermark);
            }
            else if (IsInStep(partition))
            {
                report.Compare($"{step.Name} broker {broker} {partition} epochs", entries, ours);
            }
        }
    }

    /// <summary>Has a partition as many epochs behind it as the recorded one? Where it has not, that was told.</summary>
    private bool IsInStep(string partition)
    {
        var dash = partition.LastIndexOf('-');
        var path = $"/brokers/topics/{partition[..dash]}/partitions/{partition[(dash + 1)..]}/state";
        return _ahead.GetValueOrDefault(path).Epoch == 0;
    }

    /// <summary>Null where it lies in a directory that cannot be read.</summary>
    public string? Checkpoint(int broker, string partition)
    {
        try
        {
            return ReadCheckpoint(broker, partition);
        }
        catch (StorageException)
        {
            return null;
        }
    }

    private string ReadCheckpoint(int broker, string partition)
    {
        var files = cluster.Broker(broker).Files;
        foreach (var directory in LogDirectories)
        {
            var path = $"{directory}/{partition}/leader-epoch-checkpoint";
            if (files.FileExists(path))
            {
                using var file = files.Open(path, FileOpenMode.Read);
                var bytes = new byte[file.Length];
                var text = Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0));
                return string.Join(';', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2));
            }
        }

        return "";
    }

    /// <summary>
    /// With controllers of 2.2, epochs have other numbers, and one without records stays at the end of a follower's log that 3.9 cuts off:
    /// wherever an epoch with records began there, one began here.
    /// </summary>
    private void CompareBegins(string what, string recorded, string ours, long highWatermark)
    {
        var missing = Begins(recorded).Where(begin => begin < highWatermark).Except(Begins(ours));
        report.Compare($"{what} begins of epochs that are missing", "", string.Join(' ', missing));
    }

    private static IEnumerable<long> Begins(string entries) => entries.Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => long.Parse(entry.Split(' ')[1], CultureInfo.InvariantCulture));

    private static string TopicOf(string path) => path.Split('/')[3];

    private static bool IsTopic(string path) =>
        path.StartsWith("/brokers/topics/", StringComparison.Ordinal) && path.Count(letter => letter == '/') == 3;

    /// <summary>The fields of an object, by their names: a hash map wrote them.</summary>
    private static string Ordered(string text)
    {
        using var json = JsonDocument.Parse(text);
        return string.Join(
            ' ',
            json.RootElement.EnumerateObject()
                .OrderBy(field => field.Name, StringComparer.Ordinal)
                .Select(field => $"{field.Name}:{field.Value.GetRawText()}"));
    }

    private static string Assignment(string topic)
    {
        using var json = JsonDocument.Parse(topic);
        return string.Join(
            ' ',
            json.RootElement.GetProperty("partitions").EnumerateObject()
                .OrderBy(partition => partition.Name, StringComparer.Ordinal)
                .Select(partition => $"{partition.Name}:{partition.Value.GetRawText()}"));
    }

    [GeneratedRegex("(\"timestamp\":\")[0-9]+\"")]
    private static partial Regex Moment();

    [GeneratedRegex("(\"topic_id\": ?\")[^\"]+\"")]
    private static partial Regex TopicId();

    [GeneratedRegex("(\"port\":|\"host\":|\"endpoints\":)(?:[0-9]+|\"[^\"]*\"|\\[[^\\]]*\\])")]
    private static partial Regex Address();
}
