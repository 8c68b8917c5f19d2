using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>Which topic id a partition directory belongs to (KIP-516): <c>partition.metadata</c>.</summary>
internal static class PartitionMetadataFile
{
    private const string VersionLine = "version: 0";
    private const string TopicIdKey = "topic_id: ";

    /// <summary>The topic id; <see cref="Uuid.Zero"/> where there is no file.</summary>
    /// <exception cref="MalformedDataException">The file is not what Kafka writes.</exception>
    public static Uuid Read(PartitionDirectory directory)
    {
        var path = directory.File(LogFileNames.PartitionMetadata);
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

    public static void Write(PartitionDirectory directory, Uuid topicId) =>
        AtomicFile.Write(directory.Files, directory.File(LogFileNames.PartitionMetadata), $"{VersionLine}\n{TopicIdKey}{topicId}");
}
