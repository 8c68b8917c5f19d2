using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>A frame, a checksum or a compressed stream is broken: CORRUPT_MESSAGE.</summary>
public sealed class CorruptRecordException(string message, Exception? cause = null)
    : RecordsException(ErrorCode.CorruptMessage, message, cause);
