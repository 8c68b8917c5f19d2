using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>The checksum holds, but what it covers is not a well-formed batch or record: INVALID_RECORD.</summary>
public sealed class InvalidRecordException(string message) : RecordsException(ErrorCode.InvalidRecord, message);
