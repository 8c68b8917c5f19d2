using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Holds a simulated cluster's znodes and epoch checkpoints against those of a recorded step. Times, addresses and topic ids are masked; an
/// ISR is compared as a set, because who reads first is chance. Epochs and versions are compared by how much they grew since the step
/// before, so that one difference is told once. Threading: one test.
/// </summary>
internal sealed partial class LifeComparison(SimulatedCluster cluster, ConformanceReport report)
{
    private const string Absent = "absent";

    /// <summary>What the recording leaves out, or keeps from time to time only.</summary>
    private static readonly string[] LeftOut = ["/config/changes/", "/isr_change_notification/", "/log_dir_event_notification/"];

    /// <summary>What is compared with controllers of old.</summary>
    private static readonly string[] Topics = ["/brokers/topics/", "/config/topics/", "/admin/"];

    private readonly Dictionary<string, (int Epoch, int Version)> _ahead = new(StringComparer.Ordinal);
    private readonly HashSet<string> _apart = new(StringComparer.Ordinal);
    private readonly HashSet<string> _knownChanges = new(StringComparer.Ordinal);
    private int _step;

    /// <summary>The directories in which a broker keeps logs.</summary>
    public required IReadOnlyList<string> LogDirectories { get; init; }

    /// <summary>
    /// Is the recorded controller that of 3.9? Those before left dead brokers in ISRs, and some as leaders, counted epochs and wrote znodes
    /// otherwise: of them the leaders that live, replicas and, while all brokers run, ISRs are compared, and which topics there are.
    /// </summary>
    public bool IsOfOurOracle { get; init; } = true;

    /// <summary>Topics of which, in a step, epochs and versions are not compared.</summary>
    public IReadOnlySet<(int Step, string Topic)> Racing { get; init; } = new HashSet<(int, string)>();

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
                continue;
            }

            Compare($"{step.Name} {path}", path, step.Znodes.GetValueOrDefault(path));
        }

        if (IsOfOurOracle)
        {
            CompareChanges(step);
        }

        if (IsOfOurOracle && next is null && areCut)
        {
            CompareCheckpoints(step);
        }
    }

    private bool IsCompared(string path) =>
        !LeftOut.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal))
        && (IsOfOurOracle || Topics.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Is a path in a part of the tree that was recorded?</summary>
    private static bool IsBeside(string path, string known) =>
        path.StartsWith(known.Split('/') is { Length: > 1 } parts ? $"/{parts[1]}" : known, StringComparison.Ordinal);

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
            return;
        }

        report.Compare($"{what} ephemeral", $"{recorded.IsEphemeral}", $"{ours.IsEphemeral}");
        if (path.EndsWith("/state", StringComparison.Ordinal))
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
        text = path.StartsWith("/brokers/ids/", StringComparison.Ordinal)
            ? Address().Replace(text, match => $"{match.Groups[1].Value}…")
            : TopicId().Replace(text, match => $"{match.Groups[1].Value}…\"");
        return IsOfOurOracle || !IsTopic(path) ? text : Assignment(text);
    }

    private void CompareState(string what, string path, RecordedZnode recorded, RecordedZnode ours)
    {
        using var kafkas = JsonDocument.Parse(recorded.Data!);
        using var own = JsonDocument.Parse(ours.Data!);
        if (!IsOfOurOracle)
        {
            CompareOldState(what, path, kafkas, own);
            return;
        }

        report.Compare($"{what} leader", Leader(kafkas), Leader(own));
        report.Compare($"{what} isr", Isr(kafkas), Isr(own));

        report.Compare($"{what} keys", Keys(kafkas), Keys(own));
        report.Compare($"{what} leader_recovery_state", Value(kafkas, "leader_recovery_state"), Value(own, "leader_recovery_state"));
        report.Compare($"{what} controller_epoch", Value(kafkas, "controller_epoch"), Value(own, "controller_epoch"));
        CompareGrowth(what, path, (Epoch(kafkas), recorded.Version), (Epoch(own), ours.Version), Racing.Contains((_step, TopicOf(path))));
    }

    /// <summary>A partition that kept a dead broker in its ISR is led by it when it comes back: until that has evened out it is left alone.</summary>
    private void CompareOldState(string what, string path, JsonDocument kafkas, JsonDocument own)
    {
        var allRun = cluster.Brokers.All(broker => IsRegistered(broker.Id));
        var isEven = Isr(kafkas) == Isr(own);
        if (isEven && Leader(kafkas) == Leader(own))
        {
            _apart.Remove(path);
        }
        else if (!isEven && !allRun)
        {
            _apart.Add(path);
        }

        if (!_apart.Contains(path))
        {
            report.Compare($"{what} leader", Leader(kafkas), Leader(own));
        }

        if (allRun)
        {
            report.Compare($"{what} isr", Isr(kafkas), Isr(own));
        }
    }

    /// <summary>
    /// On the busy machine of the recording replicas left ISRs and came back of themselves, which shows in the version alone: where the
    /// version alone grew more, nothing is told.
    /// </summary>
    private void CompareGrowth(
        string what, string path, (int Epoch, int Version) recorded, (int Epoch, int Version) ours, bool isRacing = false)
    {
        if (!IsOfOurOracle)
        {
            return;
        }

        var known = _ahead.GetValueOrDefault(path);
        var ahead = (Epoch: recorded.Epoch - ours.Epoch, Version: recorded.Version - ours.Version);
        _ahead[path] = ahead;
        var isOfBusyMachine = path.EndsWith("/state", StringComparison.Ordinal) && ahead.Epoch == known.Epoch && ahead.Version > known.Version;
        if (!isOfBusyMachine && !isRacing)
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

    private void CompareCheckpoints(RecordedStep step)
    {
        foreach (var ((broker, partition), entries) in step.Epochs.OrderBy(entry => entry.Key.Broker).ThenBy(entry => entry.Key.Partition, StringComparer.Ordinal))
        {
            if (IsInStep(partition) && Checkpoint(broker, partition) is { } ours)
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
    private string? Checkpoint(int broker, string partition)
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

    private static string TopicOf(string path) => path.Split('/')[3];

    private static bool IsTopic(string path) =>
        path.StartsWith("/brokers/topics/", StringComparison.Ordinal) && path.Count(letter => letter == '/') == 3;

    private static string Assignment(string topic)
    {
        using var json = JsonDocument.Parse(topic);
        return string.Join(
            ' ',
            json.RootElement.GetProperty("partitions").EnumerateObject()
                .OrderBy(partition => partition.Name, StringComparer.Ordinal)
                .Select(partition => $"{partition.Name}:{partition.Value.GetRawText()}"));
    }

    private static int Epoch(JsonDocument state) => state.RootElement.GetProperty("leader_epoch").GetInt32();

    private string Leader(JsonDocument state) =>
        Value(state, "leader") is var leader && (IsOfOurOracle || cluster.Brokers.Any(broker => $"{broker.Id}" == leader && IsRegistered(broker.Id))) ? leader : "none";

    private bool IsRegistered(int broker) => cluster.ZooKeeper.Stat($"/brokers/ids/{broker}") is not null;

    private static string Value(JsonDocument state, string name) =>
        state.RootElement.TryGetProperty(name, out var value) ? value.GetRawText() : Absent;

    private static string Keys(JsonDocument state) => string.Join(' ', state.RootElement.EnumerateObject().Select(property => property.Name));

    private static string Isr(JsonDocument state) =>
        string.Join(' ', state.RootElement.GetProperty("isr").EnumerateArray().Select(broker => broker.GetInt32()).Order());

    [GeneratedRegex("(\"timestamp\":\")[0-9]+\"")]
    private static partial Regex Moment();

    [GeneratedRegex("(\"topic_id\": ?\")[^\"]+\"")]
    private static partial Regex TopicId();

    [GeneratedRegex("(\"port\":|\"host\":|\"endpoints\":)(?:[0-9]+|\"[^\"]*\"|\\[[^\\]]*\\])")]
    private static partial Regex Address();
}
