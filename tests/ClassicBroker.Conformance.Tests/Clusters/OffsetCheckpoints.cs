using System.Globalization;
using System.Text;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Holds the files of offsets that a simulated cluster's brokers have on their disks against those of a recorded step. Threading: one test.
/// </summary>
internal sealed class OffsetCheckpoints(SimulatedCluster cluster, ConformanceReport report, IReadOnlyList<string> directories)
{
    private const string None = "none";

    /// <summary>
    /// Partitions whose high watermark was read from a disk while records were on their way, or were written too late for the next file.
    /// </summary>
    public IReadOnlySet<(int Step, int Broker, string Partition)> OnTheirWay { get; init; } = new HashSet<(int, int, string)>();

    /// <summary>Which brokers stopped in order, and had not started when the step ended.</summary>
    public required IReadOnlySet<(int Step, int Broker)> Stops { get; init; }

    /// <param name="step">What was recorded.</param>
    /// <param name="next">The step after it.</param>
    public void Compare(RecordedStep step, RecordedStep? next)
    {
        foreach (var (broker, recorded) in step.Brokers.OrderBy(entry => entry.Key))
        {
            var what = $"{step.Name} broker {broker}";
            var highWatermarks = Read(broker, RecordedOffsets.HighWatermarks);
            CompareHighWatermarks(
                what, recorded, next?.Brokers[broker], highWatermarks, partition => OnTheirWay.Contains((step.Number, broker, partition)));
            var hasStopped = Stops.Contains((step.Number, broker));
            foreach (var file in new[] { RecordedOffsets.RecoveryPoints, RecordedOffsets.LogStarts })
            {
                Compare($"{what} {file}", recorded.Of(file), Read(broker, file), highWatermarks, hasStopped);
            }
        }
    }

    /// <summary>
    /// They are written every few seconds: a recorded step that ended sooner has the offsets of before, and its partitions; what the next
    /// one has then is as good.
    /// </summary>
    private void CompareHighWatermarks(
        string what, RecordedOffsets recorded, RecordedOffsets? next, IReadOnlyDictionary<string, long> ours, Predicate<string> isOnItsWay)
    {
        var file = RecordedOffsets.HighWatermarks;
        var (now, later) = (recorded.Of(file), next?.Of(file) ?? recorded.Of(file));
        foreach (var partition in now.Keys.Union(ours.Keys).Order(StringComparer.Ordinal).Where(partition => !isOnItsWay(partition)))
        {
            var own = Shown(ours, partition);
            report.Compare($"{what} {file} {partition}", own == Shown(later, partition) ? own : Shown(now, partition), own);
        }
    }

    /// <summary>
    /// They are written once a minute, whenever that is, and when a replica goes: of a broker that runs, they hold no other partitions than
    /// the high watermarks, and no offset above them. An orderly stop writes them: then they are as recorded.
    /// </summary>
    private void Compare(
        string what,
        IReadOnlyDictionary<string, long> recorded,
        IReadOnlyDictionary<string, long> ours,
        IReadOnlyDictionary<string, long> highWatermarks,
        bool hasStopped)
    {
        foreach (var (partition, offset) in ours)
        {
            var bound = highWatermarks.TryGetValue(partition, out var highWatermark) ? highWatermark : -1;
            report.Compare($"{what} {partition} is within {bound}", "True", $"{offset <= bound}");
        }

        if (!hasStopped)
        {
            return;
        }

        foreach (var partition in recorded.Keys.Union(ours.Keys).Order(StringComparer.Ordinal))
        {
            report.Compare($"{what} {partition}", Shown(recorded, partition), Shown(ours, partition));
        }
    }

    private static string Shown(IReadOnlyDictionary<string, long> offsets, string partition) =>
        offsets.TryGetValue(partition, out var offset) ? offset.ToString(CultureInfo.InvariantCulture) : None;

    /// <summary>The offsets of all log directories that can be read.</summary>
    private Dictionary<string, long> Read(int broker, string name)
    {
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var directory in directories)
        {
            foreach (var line in Lines(broker, $"{directory}/{name}"))
            {
                var words = line.Split(' ');
                offsets.Add($"{words[0]}-{words[1]}", long.Parse(words[2], CultureInfo.InvariantCulture));
            }
        }

        return offsets;
    }

    private IEnumerable<string> Lines(int broker, string path)
    {
        var files = cluster.Broker(broker).Files;
        try
        {
            if (!files.FileExists(path))
            {
                return [];
            }

            using var file = files.Open(path, FileOpenMode.Read);
            var bytes = new byte[file.Length];
            return Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2);
        }
        catch (StorageException)
        {
            return [];
        }
    }
}
