namespace ClassicBroker.Records;

/// <summary>The faults of records that Kafka counts by kind.</summary>
public enum RecordFault
{
    Other,

    /// <summary>A record without key for a compacted topic.</summary>
    NoKey,

    /// <summary>A batch of another format than the first one.</summary>
    Magic,

    /// <summary>A checksum that does not match.</summary>
    Checksum,

    /// <summary>Offsets or a sequence that do not fit the batch.</summary>
    OffsetOrSequence,
}
