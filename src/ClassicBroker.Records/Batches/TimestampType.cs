namespace ClassicBroker.Records;

/// <summary>Who chose a record's timestamp (KIP-32): bit 3 of a batch's attributes.</summary>
public enum TimestampType : sbyte
{
    /// <summary>Format 0 has no timestamps.</summary>
    NoTimestampType = -1,
    CreateTime = 0,
    LogAppendTime = 1,
}
