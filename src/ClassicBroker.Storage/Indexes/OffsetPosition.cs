namespace ClassicBroker.Storage;

/// <summary>An entry of the offset index: an offset and the byte position in the log file from which a scan finds it.</summary>
internal readonly record struct OffsetPosition(long Offset, int Position);
