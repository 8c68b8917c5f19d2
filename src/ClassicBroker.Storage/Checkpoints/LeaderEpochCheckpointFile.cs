using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// The leader epochs of one partition and where each began. A line is <c>epoch startOffset</c>. Not durable before it is synced, which
/// <see cref="LogFlush"/> does before it promises batches of those epochs. Threading: safe from any thread; one writes at a time.
/// </summary>
internal sealed class LeaderEpochCheckpointFile(PartitionDirectory directory)
{
    private const int Fields = 2;

    private readonly UnsyncedFile _file = new(directory, LogFileNames.LeaderEpochCheckpoint);

    private string Path => _file.Path;

    /// <exception cref="MalformedDataException">The file is not what Kafka writes.</exception>
    public List<EpochEntry> Read() => [.. CheckpointFile.Read(directory.Files, Path, Fields).Select(fields => new EpochEntry(
        new LeaderEpoch(CheckpointFile.SmallNumber(Path, fields[0])),
        CheckpointFile.Number(Path, fields[1])))];

    public void Write(IEnumerable<EpochEntry> epochs) => _file.Write(CheckpointFile.Format(
        [.. epochs.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Epoch.Value} {entry.StartOffset}"))]));

    /// <inheritdoc cref="UnsyncedFile.Sync"/>
    public bool Sync() => _file.Sync();
}
