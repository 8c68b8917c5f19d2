namespace ClassicBroker.Tools.Groups;

/// <summary>Where <c>--reset-offsets</c> is to put a group.</summary>
internal enum OffsetTarget
{
    Earliest,
    Latest,
    Current,
    Offset,
    ShiftBy,
    Timestamp,
    File,
}
