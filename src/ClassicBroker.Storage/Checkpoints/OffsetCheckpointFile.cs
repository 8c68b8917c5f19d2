using System.Globalization;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// One offset for each partition of a log directory: recovery points, high watermarks, log start offsets, first dirty offsets.
/// A line is <c>topic partition offset</c>. Threading: safe from any thread; one writes at a time.
/// </summary>
internal sealed class OffsetCheckpointFile(IFileSystem files, string path)
{
    public const string RecoveryPoint = "recovery-point-offset-checkpoint";
    public const string HighWatermark = "replication-offset-checkpoint";
    public const string LogStart = "log-start-offset-checkpoint";
    public const string Cleaner = "cleaner-offset-checkpoint";

    private const int Fields = 3;

    private readonly Lock _lock = new();

    public string Path { get; } = path;

    /// <exception cref="MalformedDataException">The file is not what Kafka writes.</exception>
    public Dictionary<TopicPartition, long> Read()
    {
        var offsets = new Dictionary<TopicPartition, long>();
        foreach (var fields in CheckpointFile.Read(files, Path, Fields))
        {
            offsets[new(fields[0], CheckpointFile.SmallNumber(Path, fields[1]))] = CheckpointFile.Number(Path, fields[2]);
        }

        return offsets;
    }

    /// <param name="offsets">Gone through only when it is this writer's turn, so that what is written last is what was true last.</param>
    public void Write(IEnumerable<KeyValuePair<TopicPartition, long>> offsets)
    {
        lock (_lock)
        {
            CheckpointFile.Write(
                files,
                Path,
                [.. offsets.OrderBy(entry => entry.Key).Select(entry =>
                    string.Create(CultureInfo.InvariantCulture, $"{entry.Key.Topic} {entry.Key.Partition} {entry.Value}"))]);
        }
    }
}
