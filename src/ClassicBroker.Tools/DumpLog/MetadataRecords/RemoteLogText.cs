using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>Records of tiered storage's metadata in the words in which Kafka's classes show themselves. Stateless.</summary>
internal static class RemoteLogText
{
    private const string NoState = "state can not be null";

    private static readonly string[] SegmentStates =
        ["COPY_SEGMENT_STARTED", "COPY_SEGMENT_FINISHED", "DELETE_SEGMENT_STARTED", "DELETE_SEGMENT_FINISHED"];

    private static readonly string[] DeleteStates =
        ["DELETE_PARTITION_MARKED", "DELETE_PARTITION_STARTED", "DELETE_PARTITION_FINISHED"];

    /// <exception cref="MalformedDataException">No such segment can be; the message is that of Kafka's class.</exception>
    public static string Of(RecordSchema schema, ParsedFields record) => $"{schema.Name}{{{Fields(schema.Id, record)}}}";

    private static string Fields(short id, ParsedFields record) => id switch
    {
        RemoteLogSchemas.Segment => $"remoteLogSegmentId={Segment(record)}, {Extent(record)}",
        RemoteLogSchemas.SegmentSnapshot => $"segmentId={record["segmentId"]}, {Extent(record)}",
        RemoteLogSchemas.SegmentUpdate =>
            $"remoteLogSegmentId={Segment(record)}, customMetadata={Custom(record)}, state={State(record)}, "
            + $"eventTimestampMs={record["eventTimestampMs"]}, brokerId={record["brokerId"]}",
        _ =>
            $"topicPartition={Partition(record)}, state={Named(DeleteStates, record["remotePartitionDeleteState"])}, "
            + $"eventTimestampMs={record["eventTimestampMs"]}, brokerId={record["brokerId"]}",
    };

    private static string Extent(ParsedFields record)
    {
        var (start, end) = ((long)record["startOffset"]!, (long)record["endOffset"]!);
        if (start < 0)
        {
            throw new MalformedDataException(
                $"Unexpected start offset = {start}. StartOffset for a remote segment cannot be negative");
        }

        if (end < start)
        {
            throw new MalformedDataException(
                $"Unexpected end offset = {end}. EndOffset for a remote segment cannot be less than startOffset = {start}");
        }

        return $"startOffset={start}, endOffset={end}, brokerId={record["brokerId"]}, maxTimestampMs={record["maxTimestampMs"]}, "
            + $"eventTimestampMs={record["eventTimestampMs"]}, segmentLeaderEpochs={Epochs(record)}, "
            + $"segmentSizeInBytes={record["segmentSizeInBytes"]}, customMetadata={Custom(record)}, state={State(record)}";
    }

    /// <summary>A sorted map, in which of the same epoch the last counts.</summary>
    private static string Epochs(ParsedFields record)
    {
        SortedDictionary<long, long> epochs = [];
        foreach (var entry in ((object?[])record["segmentLeaderEpochs"]!).Cast<ParsedFields>())
        {
            epochs[(long)entry["leaderEpoch"]!] = (long)entry["offset"]!;
        }

        return epochs.Count > 0
            ? $"{{{string.Join(", ", epochs.Select(epoch => $"{epoch.Key}={epoch.Value}"))}}}"
            : throw new MalformedDataException("segmentLeaderEpochs can not be null or empty");
    }

    private static string Segment(ParsedFields record)
    {
        var segment = (ParsedFields)record["remoteLogSegmentId"]!;
        return $"RemoteLogSegmentId{{topicIdPartition={Partition(segment)}, id={segment["id"]}}}";
    }

    private static string Partition(ParsedFields owner)
    {
        var partition = (ParsedFields)owner["topicIdPartition"]!;
        return $"{partition["id"]}:{partition["name"]}-{partition["partition"]}";
    }

    private static string Custom(ParsedFields record) =>
        record["customMetadata"] is byte[] bytes ? $"Optional[CustomMetadata{{{bytes.Length} bytes}}]" : "Optional.empty";

    private static string State(ParsedFields record) => Named(SegmentStates, record["remoteLogSegmentState"]);

    private static string Named(string[] states, object? state) =>
        state is long number && (ulong)number < (ulong)states.Length ? states[number] : throw new MalformedDataException(NoState);
}
