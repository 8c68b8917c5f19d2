using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>What is known of a set of records once it is ready to be written.</summary>
/// <param name="FirstOffset">-1 where only decompression would tell.</param>
internal readonly record struct AppendPlan(
    long FirstOffset,
    long LastOffset,
    long MaxTimestamp,
    long ShallowOffsetOfMaxTimestamp,
    int RecordCount,
    long LogAppendTime,
    bool IsConverted,
    AppendOrigin Origin)
{
    public LogAppend ToAppend(long logStartOffset, int sizeInBytes) => new()
    {
        FirstOffset = FirstOffset,
        LastOffset = LastOffset,
        MaxTimestamp = MaxTimestamp,
        LogAppendTime = LogAppendTime,
        LogStartOffset = logStartOffset,
        RecordCount = RecordCount,
        SizeInBytes = sizeInBytes,
        IsConverted = IsConverted,
    };
}
