using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>The leader epochs of one partition and where each began. A line is <c>epoch startOffset</c>.</summary>
internal sealed class LeaderEpochCheckpointFile(PartitionDirectory directory)
{
    private const int Fields = 2;

    private string Path => directory.File(LogFileNames.LeaderEpochCheckpoint);

    /// <exception cref="MalformedDataException">The file is not what Kafka writes.</exception>
    public List<EpochEntry> Read() => [.. CheckpointFile.Read(directory.Files, Path, Fields).Select(fields => new EpochEntry(
        new LeaderEpoch(checked((int)CheckpointFile.Number(Path, fields[0]))),
        CheckpointFile.Number(Path, fields[1])))];

    public void Write(IEnumerable<EpochEntry> epochs) => CheckpointFile.Write(
        directory.Files,
        Path,
        [.. epochs.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Epoch.Value} {entry.StartOffset}"))]);

}
