using System.Globalization;
using System.Text.Json;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Logs of a Kafka before and after its cleaner, in several passes, unpacked once for all tests of a class: data directories by stage, the
/// topics' settings, and when Kafka began to clean each.
/// </summary>
public abstract class GoldenCleaning : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly Dictionary<string, Dictionary<string, JsonElement>> _topics;
    private readonly Dictionary<string, Dictionary<string, long[]>> _moments;

    protected GoldenCleaning(string archiveName)
    {
        GoldenArchive.Unpack(archiveName, _scratch.Path);
        _topics = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, JsonElement>>>(Read("topics.json"))!;
        _moments = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, long[]>>>(Read("moments.json"))!;
    }

    public void Dispose()
    {
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    public string StagePath(string stage) => Path.Join(_scratch.Path, stage);

    /// <summary>The logs of a stage.</summary>
    public IEnumerable<string> Logs(string stage) =>
        Directory.GetDirectories(StagePath(stage)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>When Kafka began to clean the log, to within some milliseconds; null where it did not.</summary>
    public long? Moment(string after, string log) => _moments[after].TryGetValue(log, out var moments) ? moments[0] : null;

    public long LastMoment(string after) => _moments[after].Values.Max(moments => moments[0]);

    /// <summary>Copies one log of a stage into an empty directory, with the times its files were written at.</summary>
    public void CopyTo(string target, string stage, string log)
    {
        Directory.CreateDirectory(Path.Join(target, log));
        foreach (var source in Directory.GetFiles(Path.Join(StagePath(stage), log)))
        {
            File.Copy(source, Path.Join(target, log, Path.GetFileName(source)));
        }

        foreach (var checkpoint in Directory.GetFiles(StagePath(stage), "*-checkpoint"))
        {
            File.Copy(checkpoint, Path.Join(target, Path.GetFileName(checkpoint)));
        }

        File.WriteAllText(Path.Join(target, CleanShutdownMarker.FileName), string.Empty);
        using var times = JsonDocument.Parse(Read($"{stage}/mtimes.json"));
        var files = times.RootElement.EnumerateObject().Where(file => file.Name.StartsWith($"{log}/", StringComparison.Ordinal));
        foreach (var entry in files)
        {
            var writtenMs = entry.Value.GetProperty("mtime_ms").GetInt64();
            File.SetLastWriteTimeUtc(Path.Join(target, entry.Name), DateTimeOffset.FromUnixTimeMilliseconds(writtenMs).UtcDateTime);
        }
    }

    public LogConfig Config(string topic)
    {
        var values = _topics[topic];
        return new()
        {
            // Keyless records can be written under another policy only; the topic was compacted afterwards.
            CleanupPolicy = Text("cleanup.policy", "compact").Contains(',', StringComparison.Ordinal)
                ? CleanupPolicy.Compact | CleanupPolicy.Delete
                : CleanupPolicy.Compact,
            SegmentBytes = (int)Number("segment.bytes", 1 << 30),
            SegmentIndexBytes = (int)Number("segment.index.bytes", 10 << 20),
            IndexIntervalBytes = (int)Number("index.interval.bytes", 4096),
            DeleteRetentionMs = Number("delete.retention.ms", 24 * 3600 * 1000L),
            RetentionMs = Number("retention.ms", 7 * 24 * 3600 * 1000L),
            MinCompactionLagMs = Number("min.compaction.lag.ms", 0),
            MaxCompactionLagMs = Number("max.compaction.lag.ms", long.MaxValue),
            MaxMessageBytes = (int)Number("max.message.bytes", 1048588),
            MinCleanableDirtyRatio = double.Parse(Text("min.cleanable.dirty.ratio", "0.5"), CultureInfo.InvariantCulture),
        };

        string Text(string key, string otherwise) => values.TryGetValue(key, out var value) ? value.ToString() : otherwise;

        long Number(string key, long otherwise) =>
            long.Parse(Text(key, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    private string Read(string name) => File.ReadAllText(Path.Join(_scratch.Path, name));
}
