namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>The records of the topic in which tiered storage keeps its metadata (KIP-405), as Kafka 3.9 writes them. Stateless.</summary>
internal static class RemoteLogSchemas
{
    public const short Segment = 0;
    public const short SegmentUpdate = 1;
    public const short PartitionDelete = 2;
    public const short SegmentSnapshot = 3;

    private static readonly RecordField Partition = new("topicIdPartition", FieldType.Struct)
    {
        Fields = [new("name", FieldType.String), new("id", FieldType.Uuid), new("partition", FieldType.Int32)],
    };

    private static readonly RecordField SegmentId = new("remoteLogSegmentId", FieldType.Struct)
    {
        Fields = [Partition, new("id", FieldType.Uuid)],
    };

    private static readonly RecordField CustomMetadata = new("customMetadata", FieldType.Bytes) { IsNullable = true };

    private static readonly RecordField SegmentState = new("remoteLogSegmentState", FieldType.Int8);

    private static readonly RecordField[] Extent =
    [
        new("startOffset", FieldType.Int64),
        new("endOffset", FieldType.Int64),
        new("brokerId", FieldType.Int32),
        new("maxTimestampMs", FieldType.Int64),
        new("eventTimestampMs", FieldType.Int64),
        new("segmentLeaderEpochs", FieldType.Struct)
        {
            IsArray = true,
            Fields = [new("leaderEpoch", FieldType.Int32), new("offset", FieldType.Int64)],
        },
        new("segmentSizeInBytes", FieldType.Int32),
        CustomMetadata,
        SegmentState,
    ];

    /// <summary>The kinds of records, by the id in their frame; the name is the class Kafka shows.</summary>
    public static IReadOnlyDictionary<short, RecordSchema> Records { get; } = new RecordSchema[]
    {
        new(Segment, "RemoteLogSegmentMetadata", 0, [SegmentId, .. Extent]),
        new(
            SegmentUpdate, "RemoteLogSegmentMetadataUpdate", 0,
            SegmentId,
            new("brokerId", FieldType.Int32),
            new("eventTimestampMs", FieldType.Int64),
            CustomMetadata,
            SegmentState),
        new(
            PartitionDelete, "RemotePartitionDeleteMetadata", 0,
            Partition,
            new("brokerId", FieldType.Int32),
            new("eventTimestampMs", FieldType.Int64),
            new("remotePartitionDeleteState", FieldType.Int8)),
        new(SegmentSnapshot, "RemoteLogSegmentMetadataSnapshot", 0, [new("segmentId", FieldType.Uuid), .. Extent]),
    }.ToDictionary(schema => schema.Id);
}
