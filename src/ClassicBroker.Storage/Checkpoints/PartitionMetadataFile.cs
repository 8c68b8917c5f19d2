using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// Which topic id a partition directory belongs to (KIP-516): <c>partition.metadata</c>. Not durable before it is synced, which
/// <see cref="LogFlush"/> does before it promises a record of that topic. Threading: safe from any thread; one writes at a time.
/// </summary>
internal sealed class PartitionMetadataFile(PartitionDirectory directory)
{
    private const string VersionLine = "version: 0";
    private const string TopicIdKey = "topic_id: ";

    private readonly UnsyncedFile _file = new(directory, LogFileNames.PartitionMetadata);

    /// <summary>The topic id; <see cref="Uuid.Zero"/> where there is no file.</summary>
    /// <exception cref="MalformedDataException">The file is not what Kafka writes.</exception>
    public Uuid Read()
    {
        var path = _file.Path;
        var content = AtomicFile.Read(directory.Files, path);
        if (content is null)
        {
            return Uuid.Zero;
        }

        var lines = content.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length >= 2
            && lines[0] == VersionLine
            && lines[1].StartsWith(TopicIdKey, StringComparison.Ordinal)
            && Uuid.TryParse(lines[1].AsSpan(TopicIdKey.Length), out var topicId)
            && !topicId.IsZero
                ? topicId
                : throw new MalformedDataException($"Invalid partition metadata file {path}");
    }

    public void Write(Uuid topicId) => _file.Write($"{VersionLine}\n{TopicIdKey}{topicId}");

    /// <inheritdoc cref="UnsyncedFile.WriteAgain"/>
    public void WriteAgain() => _file.WriteAgain();

    /// <inheritdoc cref="UnsyncedFile.Sync"/>
    public bool Sync() => _file.Sync();
}
